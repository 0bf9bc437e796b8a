"""What people and administrators do on a tracker that nobody planned for, and what can be made to fail there.

The same words for GitHub and Jira, on top of their everyday desks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, Protocol

from tests.acceptance.desks import Desk, GitHubDesk, JiraDesk, Record, adf_row, adf_text
from worker.domain.model import IssueRef

LEDGER_LABEL = "followthrough-ledger"


class Meddler(Desk, Protocol):
    """One tracker, as it is used by whoever knows nothing of the service."""

    def ragged(self, record: Record) -> object: ...
    def delete(self, ref: IssueRef) -> None: ...
    def move(self, ref: IssueRef) -> IssueRef: ...
    def ledgers(self) -> list[IssueRef]: ...
    def unmark_ledger(self, ref: IssueRef) -> None: ...
    def edit_sticky(self, ref: IssueRef, change: Callable[[str], str]) -> None: ...
    def delete_sticky(self, ref: IssueRef) -> None: ...
    def copy_sticky(self, ref: IssueRef) -> None: ...
    def forge_state(self, ref: IssueRef) -> None: ...
    def copy_state(self, of: IssueRef, to: IssueRef) -> None: ...
    def fail(self, kind: str, what: str, ref: IssueRef | None = None, **how: Any) -> None: ...
    def heal(self) -> None: ...


class GitHubMeddler(GitHubDesk):
    """GitHub with the default seed."""

    def ragged(self, record: Record) -> object:
        """The first row ends before its date and ticket, the second has two cells too many, a third has none."""
        *rest, first, second = self.body(replace(record, rows=record.rows[:2])).rstrip().splitlines()
        return "\n".join([*rest, "|".join(first.split("|")[:3]) + "|", f"{second} x | y |", "|", ""])

    def delete(self, ref: IssueRef) -> None:
        """An administrator deletes an issue."""
        mutation = "mutation($i: ID!) { deleteIssue(input: {issueId: $i}) { clientMutationId } }"
        self.sandbox.graphql("dario", mutation, i=self.act("dario", "GET", ref)["node_id"])

    def move(self, ref: IssueRef) -> IssueRef:
        """An administrator takes an issue to the other repository; its new address."""
        place = "acme/payments" if ref.container == "acme/incidents" else "acme/incidents"
        there = self.sandbox.act("dario", "GET", f"/repos/{place}")["node_id"]
        mutation = (
            "mutation($i: ID!, $r: ID!) { transferIssue("
            "input: {issueId: $i, repositoryId: $r, createLabelsIfMissing: true}) { issue { number } } }"
        )
        moved = self.sandbox.graphql("dario", mutation, i=self.act("dario", "GET", ref)["node_id"], r=there)
        return IssueRef("github", f"{place}#{moved['transferIssue']['issue']['number']}")

    def ledgers(self) -> list[IssueRef]:
        issues = self.sandbox.state()["issues"]
        return sorted(IssueRef("github", key) for key, issue in issues.items() if "the ledger" in issue["title"])

    def unmark_ledger(self, ref: IssueRef) -> None:
        self.act("dario", "DELETE", ref, f"/labels/{LEDGER_LABEL}")

    def _sticky(self, ref: IssueRef) -> tuple[str, str]:
        """The path and the words of the sticky comment."""
        comments = self.act("dario", "GET", ref, "/comments")
        (sticky,) = [c for c in comments if "<!-- followthrough:sticky" in c["body"]]
        return f"/repos/{ref.container}/issues/comments/{sticky['id']}", sticky["body"]

    def edit_sticky(self, ref: IssueRef, change: Callable[[str], str]) -> None:
        path, body = self._sticky(ref)
        self.sandbox.act("dario", "PATCH", path, {"body": change(body)})

    def delete_sticky(self, ref: IssueRef) -> None:
        self.sandbox.act("dario", "DELETE", self._sticky(ref)[0])

    def copy_sticky(self, ref: IssueRef) -> None:
        self.say(ref, self._sticky(ref)[1])

    def forge_state(self, ref: IssueRef) -> None:
        """The words stay, the sealed text is changed in one letter."""

        def forged(body: str) -> str:
            head, mark, tail = body.partition("<!-- followthrough:sticky ")
            return head + mark + ("B" if tail[0] == "A" else "A") + tail[1:]

        self.edit_sticky(ref, forged)

    def copy_state(self, of: IssueRef, to: IssueRef) -> None:
        """One sticky comment is given the other's whole text, with its seal."""
        words = self._sticky(of)[1]
        self.edit_sticky(to, lambda _: words)

    def fail(self, kind: str, what: str, ref: IssueRef | None = None, **how: Any) -> None:
        """Let this kind of request fail for ever: creates, links, read (of `ref`) or all."""
        where: dict[str, list[dict[str, str]]] = {
            "creates": [{"operation": "createIssue"}, {"method": "POST", "path": "/issues$"}],
            "links": [{"method": "POST", "path": "/sub_issues$"}, {"operation": "addSubIssue"}],
            "read": [{"method": "GET", "path": f"/{ref.container}/issues/{ref.number}$"}] if ref else [],
            "all": [{"path": "^(?!/_sandbox)"}],
        }
        for rule in where[what]:
            self.sandbox.faults.add(kind, count=None, **rule, **how)

    def heal(self) -> None:
        """Nothing fails any more."""
        self.sandbox.faults.clear()


class JiraMeddler(JiraDesk):
    """Jira with the default seed, Cloud or Data Center."""

    def ragged(self, record: Record) -> object:
        """The first row ends before its date and ticket, the second has two cells too many, a third has none."""
        body = self.body(replace(record, rows=record.rows[:2]))
        if isinstance(body, str):
            *rest, first, second = body.rstrip().splitlines()
            return "\n".join([*rest, "|".join(first.split("|")[:3]) + "|", f"{second} x | y |", "| |", ""])
        assert isinstance(body, dict)
        _, short, long = body["content"][-1]["content"]
        del short["content"][2:]
        long["content"] += adf_row("tableCell", [[adf_text("x")], [adf_text("y")]])["content"]
        body["content"][-1]["content"].append(adf_row("tableCell", [[]]))
        return body

    def decorated(self, record: Record) -> object:
        """The same between macros, with a panel, the table in an expand, and a panel in the first row's first cell."""
        body = self.body(record)
        if isinstance(body, str):
            head, mark, table = body.partition("||")
            return f"{{toc}}\n{head}{{expand:title=What we promise}}\n{mark}{table}{{expand}}\n{{gadget:id=7|w=9}}\n"
        assert isinstance(body, dict)
        *rest, table = body["content"]
        note = {
            "type": "panel",
            "attrs": {"panelType": "note"},
            "content": [*table["content"][2]["content"][0]["content"]],
        }
        table["content"][2]["content"][0]["content"] = [note]
        macro = {"type": "extension", "attrs": {"extensionType": "com.acme", "extensionKey": "gadget"}}
        panel = {"type": "panel", "attrs": {"panelType": "warning"}, "content": rest[:2]}
        expand = {"type": "expand", "attrs": {"title": "What we promise"}, "content": [table]}
        return {**body, "content": [macro, panel, *rest[2:], expand, macro]}

    def delete(self, ref: IssueRef) -> None:
        """An administrator deletes an issue."""
        self.act("dario", "DELETE", f"/issue/{ref.locator}")

    def move(self, ref: IssueRef) -> IssueRef:
        """An administrator takes an issue to the other project; its new key."""
        return IssueRef("jira", self.sandbox.move(ref.locator, "PAY" if ref.container == "OPS" else "OPS"))

    def ledgers(self) -> list[IssueRef]:
        issues = self.sandbox.state()["issues"]
        return sorted(IssueRef("jira", key) for key, issue in issues.items() if "the ledger" in issue["summary"])

    def unmark_ledger(self, ref: IssueRef) -> None:
        self.act("dario", "PUT", f"/issue/{ref.locator}", {"update": {"labels": [{"remove": LEDGER_LABEL}]}})

    def _sticky(self, ref: IssueRef) -> tuple[str, str]:
        """The path below /rest/api/2 and the words, as wiki text, of the sticky comment."""
        comments = self.sandbox.act("dario", "GET", f"/issue/{ref.locator}/comment?maxResults=500")["comments"]
        (sticky,) = [c for c in comments if "followthrough:sticky" in c["body"]]
        return f"/issue/{ref.locator}/comment/{sticky['id']}", sticky["body"]

    def edit_sticky(self, ref: IssueRef, change: Callable[[str], str]) -> None:
        path, body = self._sticky(ref)
        self.sandbox.act("dario", "PUT", path, {"body": change(body)})

    def delete_sticky(self, ref: IssueRef) -> None:
        self.sandbox.act("dario", "DELETE", self._sticky(ref)[0])

    def copy_sticky(self, ref: IssueRef) -> None:
        self.sandbox.act("alice", "POST", f"/issue/{ref.locator}/comment", {"body": self._sticky(ref)[1]})

    def forge_state(self, ref: IssueRef) -> None:
        """The comment stays, the sealed text in the property is changed in one letter."""
        held = self.property(ref)
        head, mark, tail = held["text"].partition("v1.")
        assert mark
        text = head + mark + ("B" if tail[0] == "A" else "A") + tail[1:]
        self.put_property(ref, {**held, "text": text, "sum": sha256(text.encode()).hexdigest()})

    def copy_state(self, of: IssueRef, to: IssueRef) -> None:
        """As tools do that clone an issue with all that is kept with it."""
        self.put_property(to, self.property(of))

    def property(self, ref: IssueRef) -> dict[str, Any]:
        """What the service keeps with a post-mortem."""
        path = f"/issue/{ref.locator}/properties/followthrough.sticky"
        return dict(self.sandbox.act("dario", "GET", path)["value"])

    def put_property(self, ref: IssueRef, value: object) -> None:
        """Somebody writes there; None takes it away."""
        path = f"/issue/{ref.locator}/properties/followthrough.sticky"
        self.sandbox.act("dario", "DELETE" if value is None else "PUT", path, value)

    def fail(self, kind: str, what: str, ref: IssueRef | None = None, **how: Any) -> None:
        """Let this kind of request fail for ever: creates, links, read (of `ref`) or all."""
        where: dict[str, list[dict[str, str]]] = {
            "creates": [{"method": "POST", "path": "/issue$"}],
            "links": [{"method": "POST", "path": "/(issueLink|remotelink)$"}],
            "read": [{"method": "GET", "path": f"/issue/{ref.locator}$"}] if ref else [],
            "all": [{"path": "^(?!/_sandbox)"}],
        }
        for rule in where[what]:
            self.sandbox.faults.add(kind, count=None, **rule, **how)

    def heal(self) -> None:
        """Nothing fails any more."""
        self.sandbox.faults.clear()
