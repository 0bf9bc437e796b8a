"""`followthrough sandbox`: a GitHub and a Jira on this machine, over real HTTP, until Ctrl-C, to try and test with."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from worker.cli.exits import USAGE, Stop
from worker.sandbox.errors import SandboxError
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox
from worker.sandbox.seeds import Seed, read_file

SERVICE = "http://127.0.0.1:8080"
WEBHOOK_SECRET = "sandbox-webhooks"  # noqa: S105 (it signs nothing but this sandbox's own news)


def sandbox(
    github_port: Annotated[int, typer.Option(help="The port of the GitHub; 0 takes a free one.")] = 0,
    jira_port: Annotated[int, typer.Option(help="The port of the Jira; 0 takes a free one.")] = 0,
    jira_face: Annotated[str, typer.Option(help="What the Jira is: cloud or datacenter.")] = "cloud",
    seed: Annotated[Path | None, typer.Option(help="A YAML or JSON file with what they hold at their start.")] = None,
    latency_ms: Annotated[int, typer.Option(min=0, help="How long each request takes at least.")] = 0,
    faults: Annotated[Path | None, typer.Option(help="A YAML or JSON file with what goes wrong, and when.")] = None,
    webhooks: Annotated[
        str, typer.Option(help=f"Where both send signed webhooks: the service's address, such as {SERVICE}.")
    ] = "",
) -> None:
    """Run a GitHub and a Jira on this machine, for trying and testing."""
    if webhooks and (urlsplit(webhooks).scheme not in {"http", "https"} or not urlsplit(webhooks).hostname):
        raise Stop(f"--webhooks {webhooks!r} is no address; write {SERVICE}", USAGE)
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            GitHubSandbox(port=github_port, seed=seed, faults=faults, latency_ms=latency_ms) as github,
            JiraSandbox(
                port=jira_port, seed=_jira_part(seed), face=jira_face, faults=faults, latency_ms=latency_ms
            ) as jira,
        ):
            parts = [_how_to(github), _jira_how_to(jira)]
            if webhooks:
                parts.append(_send_webhooks(github, jira, webhooks.rstrip("/")))
            print(*parts, "Ctrl-C ends both.", sep="\n\n")
            sys.stdout.flush()
            ended.wait()
    except SandboxError as err:
        raise Stop(str(err), USAGE) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _send_webhooks(github: GitHubSandbox, jira: JiraSandbox, service: str) -> str:
    """Have both send webhooks to the service from now on; what it needs to know for that."""
    github.add_hook(f"{service}/webhooks/github", WEBHOOK_SECRET)
    jira.add_hook(f"{service}/webhooks/jira", WEBHOOK_SECRET)
    return "\n".join(
        [
            f"Both send webhooks to {service}, until a reset. Before `followthrough run`:",
            "",
            f"  export GITHUB_WEBHOOK_SECRET={WEBHOOK_SECRET}",
            f"  export JIRA_WEBHOOK_SECRET={WEBHOOK_SECRET}",
            "",
            f"  curl {github.url}/_sandbox/deliveries     what was sent, and what the service answered",
            f"  curl {jira.url}/_sandbox/deliveries",
        ]
    )


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
        return "\n".join([*lines, "  none: the seed names none"])
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
    return "\n".join(lines)


def _jira_part(seed: Path | None) -> Seed:
    """The seed as the Jira takes it: a file that describes but one tracker, without saying which, is the GitHub's."""
    if seed is None:
        return None
    raw = read_file(seed)
    return seed if isinstance(raw, dict) and raw.keys() & {"github", "jira"} else {"jira": {}}


def _jira_how_to(jira: JiraSandbox) -> str:
    """Where it is, who is in it, and what the service needs to be told."""
    store = jira.site.store
    tokens = [token for token in store.tokens.values() if not token.expired]
    notes = {
        token.secret: ", ".join(
            note
            for note, applies in (("at the gateway alone", token.scoped), ("may only read", token.rights == "read"))
            if applies
        )
        for token in tokens
    }
    service = next((t for t in tokens if t.account.login == "followthrough" and not notes[t.secret]), None)
    lines = [
        f"Jira sandbox     {jira.url}",
        f"  REST           {jira.url}/rest/api/{3 if store.cloud else 2}",
        *([f"  gateway        {jira.gateway_url}"] if store.cloud else []),
        f"  look inside    {jira.url}/_sandbox/state  /requests  /faults  /clock  /index_lag",
        f"  projects       {', '.join(sorted(store.projects)) or 'none'}",
        "",
        f"{'API tokens, each with its mail address' if store.cloud else 'Personal access tokens'}:",
        *(
            f"  {token.secret:<29} {token.account.email if store.cloud else token.account.name}"
            f"{', ' if notes[token.secret] else ''}{notes[token.secret]}"
            for token in tokens
        ),
    ]
    if service is None:
        return "\n".join(lines if tokens else [*lines, "  none: the seed names none"])
    lines += ["", "For the service on it:", "", f"  export JIRA_URL={jira.url}"]
    if store.cloud:
        lines += [f"  export JIRA_EMAIL={service.account.email}", f"  export JIRA_API_TOKEN={service.secret}"]
    else:
        lines += [f"  export JIRA_PAT={service.secret}"]
    issue = next(iter(sorted(issue.key for issue in store.issues.values() if issue.values.get("description"))), "")
    person = next((t for t in tokens if t.account.login == "alice" and not notes[t.secret]), None)
    if issue and person is not None:
        who = (
            f"-u {person.account.email}:{person.secret}"
            if store.cloud
            else f"-H 'Authorization: Bearer {person.secret}'"
        )
        label = '{"update": {"labels": [{"add": "postmortem"}]}}'
        lines += [
            "",
            f"  curl -X PUT {who} -H 'Content-Type: application/json' \\",
            f"    -d '{label}' {jira.url}/rest/api/2/issue/{issue}",
            f"  followthrough plan {jira.url}/browse/{issue}",
            f"  followthrough apply {jira.url}/browse/{issue} --service-stopped",
            "",
            "Here too the items become issues after half an hour, or at once when somebody says so; then apply again:",
            "",
            f"  curl -X POST {who} -H 'Content-Type: application/json' \\",
            f'    -d \'{{"body": "ft track"}}\' {jira.url}/rest/api/2/issue/{issue}/comment',
        ]
    return "\n".join(lines)
