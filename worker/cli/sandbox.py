"""`followthrough sandbox`: a GitHub on this machine, over real HTTP, until Ctrl-C. For trying out and for testing."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.exits import USAGE, Stop
from worker.sandbox.errors import SandboxError
from worker.sandbox.github import GitHubSandbox


def sandbox(
    github_port: Annotated[int, typer.Option(help="The port of the GitHub; 0 takes a free one.")] = 0,
    jira_port: Annotated[int | None, typer.Option(help="The port of the Jira (comes with a later version).")] = None,
    seed: Annotated[Path | None, typer.Option(help="A YAML or JSON file with what it holds at its start.")] = None,
    latency_ms: Annotated[int, typer.Option(min=0, help="How long each request takes at least.")] = 0,
    faults: Annotated[Path | None, typer.Option(help="A YAML or JSON file with what goes wrong, and when.")] = None,
) -> None:
    """Run a GitHub on this machine, for trying and testing."""
    if jira_port is not None:
        raise Stop("A Jira in the sandbox comes with a later version; leave --jira-port out.", USAGE)
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with GitHubSandbox(port=github_port, seed=seed, faults=faults, latency_ms=latency_ms) as github:
            print(_how_to(github))
            sys.stdout.flush()
            ended.wait()
    except SandboxError as err:
        raise Stop(str(err), USAGE) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _how_to(github: GitHubSandbox) -> str:
    """Where it is, who is in it, and what to type in another terminal."""
    tokens = github.site.store.tokens.values()
    service = next((t for t in tokens if t.account.type == "Bot" and t.issues == "write"), None)
    person = next((t.secret for t in tokens if t.account.type == "User"), service.secret if service else "")
    first = service or next(iter(tokens), None)
    repos = sorted(repo.full_name for repo in github.site.store.repos.values())
    issues = sorted(i.key for repo in github.site.store.repos.values() for i in repo.issues.values())
    lines = [
        f"GitHub sandbox   {github.url}",
        f"  REST           {github.api_url}",
        f"  GraphQL        {github.url}/api/graphql",
        f"  look inside    {github.url}/_sandbox/state  /requests  /faults  /clock",
        f"  repositories   {', '.join(repos) or 'none'}",
        "",
        "Tokens (they open nothing but this sandbox):",
        *(f"  {t.secret:<26} {t.account.login}{'' if t.issues == 'write' else ', may only read'}" for t in tokens),
    ]
    if first is None:
        return "\n".join([*lines, "  none: the seed names none", "", "Ctrl-C ends it."])
    lines += [
        "",
        "In another terminal:",
        "",
        *([] if shutil.which("followthrough") else [f"  export PATH={Path(sys.executable).parent}:$PATH"]),
        f"  export GITHUB_API_URL={github.api_url}",
        f"  export GITHUB_TOKEN={first.secret}",
        "  export FOLLOWTHROUGH_MODE=comment",
    ]
    if issues:
        repo, _, number = issues[0].partition("#")
        label = "postmortem"
        lines += [
            "",
            f"  curl -X POST -H 'Authorization: Bearer {person}' -d '{{\"labels\": [\"{label}\"]}}' \\",
            f"    {github.api_url}/repos/{repo}/issues/{number}/labels",
            f"  followthrough plan {github.url}/{repo}/issues/{number}",
            f"  followthrough apply {github.url}/{repo}/issues/{number} --service-stopped",
            "",
            "The items become issues after half an hour, or at once when somebody says so; then apply again:",
            "",
            f"  curl -X POST -H 'Authorization: Bearer {person}' -d '{{\"body\": \"ft track\"}}' \\",
            f"    {github.api_url}/repos/{repo}/issues/{number}/comments",
        ]
    if repos:
        lines += [
            "",
            "Or run the whole service on it:",
            "",
            "  mkdir -p trial",
            f"  echo 'sites: {{github: {{repositories: [{', '.join(repos)}]}}}}' > trial/followthrough.yaml",
            "  followthrough run --config trial",
        ]
    return "\n".join([*lines, "", "Ctrl-C ends it."])
