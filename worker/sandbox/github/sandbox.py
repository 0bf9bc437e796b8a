"""Start a simulated GitHub inside a test or a command, and speak to it over real HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worker.sandbox.clock import SandboxClock
from worker.sandbox.errors import SandboxError
from worker.sandbox.github.model import Hook, Issue
from worker.sandbox.github.site import ENTERPRISE, GitHubSite
from worker.sandbox.running import Refusal, Running
from worker.sandbox.seeds import Seed


class GitHubSandbox(Running[GitHubSite]):
    """A GitHub on loopback. A context manager: `with GitHubSandbox() as sandbox: …`.

    `faults` is a list of rules or a file with one, `latency_ms` delays every request; both are in force again after a
    reset. `seed` is None (the default seed), a mapping, or a file; see `worker.sandbox.github.seed`. `port` 0 takes
    a free one.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: Seed = None,
        clock: SandboxClock | None = None,
        faults: object = None,
        latency_ms: float = 0.0,
    ) -> None:
        super().__init__(GitHubSite(seed, clock), port=port, faults=faults, latency_ms=latency_ms)

    @property
    def api_url(self) -> str:
        """The REST base in the shape of an Enterprise Server; GraphQL is then at `/api/graphql`."""
        return self.url + ENTERPRISE

    def issue(self, key: str) -> Issue:
        """Return the record of `owner/repo#12`. Raises SandboxError where there is none."""
        place, _, number = key.rpartition("#")
        repo = self.site.store.repo(*place.split("/", 1)) if "/" in place else None
        found = repo.issues.get(int(number)) if repo is not None and number.isdecimal() else None
        if found is None:
            raise SandboxError(f"there is no issue {key!r}")
        return found

    def add_hook(self, url: str, secret: str = "", events: Sequence[str] = ("*",)) -> Hook:
        """Send webhooks to this address from now on."""
        with self.site.lock:
            return self.site.add_hook(url, secret, tuple(events))

    def plan(self, login: str, key: str, board: int = 1, **values: str) -> None:
        """Put the issue `owner/repo#12` on the project of this number as a person, over GraphQL, and fill in its
        fields: a date, or the name of an option or iteration; a blank in a field's name is written `_`."""
        found = next((one for one in self.site.store.boards if one.number == board), None)
        if found is None:
            raise SandboxError(f"there is no project {board}")
        put = "mutation($i: AddProjectV2ItemByIdInput!) { addProjectV2ItemById(input: $i) { item { id } } }"
        given: dict[str, object] = {"projectId": found.node_id, "contentId": self.issue(key).node_id}
        item = self.graphql(login, put, i=given)["addProjectV2ItemById"]["item"]["id"]
        fill = (
            "mutation($i: UpdateProjectV2ItemFieldValueInput!) "
            "{ updateProjectV2ItemFieldValue(input: $i) { clientMutationId } }"
        )
        for name, value in values.items():
            field = found.fields[name.replace("_", " ")]
            kind = {"date": "date", "iteration": "iterationId", "single_select": "singleSelectOptionId"}
            given = {"projectId": found.node_id, "itemId": item, "fieldId": field.node_id}
            self.graphql(login, fill, i={**given, "value": {kind.get(field.kind, "text"): value}})

    def act(self, login: str, method: str, path: str, payload: object = None) -> Any:
        """Do something as a person, over HTTP: `act("alice", "POST", "/repos/acme/incidents/issues", {"title": "…"})`.

        Returns the JSON answer (None where there is none). Raises Refusal for an answer of 400 and more.
        """
        headers = {"Authorization": f"Bearer {self.token_of(login)}"}
        return self._ask(login, method, ENTERPRISE + path, payload, headers)

    def graphql(self, login: str, query: str, **variables: object) -> Any:
        """Run a GraphQL document as a person and return its data. Raises Refusal where it has errors."""
        path = "/graphql"
        answer = self.act(login, "POST", path, {"query": query, "variables": variables})
        if answer.get("errors"):
            raise Refusal(str(answer["errors"]), status=200, body=answer)
        return answer["data"]
