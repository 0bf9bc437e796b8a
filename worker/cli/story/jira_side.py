"""What can be done on the company's Jira, and what can be looked up there?

People type wiki text into Jira's REST interface and press the buttons that its workflow offers them. What is looked up
comes from the sandbox's state alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from worker.cli.story.cast import JIRA_BOT, JIRA_HOME
from worker.cli.story.quote import Sticky
from worker.cli.story.voice import NotAsTold
from worker.domain.markup.adf import adf_to_markdown
from worker.domain.markup.wiki import wiki_to_markdown
from worker.sandbox.jira import JiraSandbox

STICKY = "followthrough:sticky"


class JiraSide:
    """One Jira. `post_mortem` is the key of Nadia's issue once it exists; `hear` does what follows on an act."""

    def __init__(self, sandbox: JiraSandbox, hear: Callable[[], None]) -> None:
        self.sandbox = sandbox
        self._hear = hear
        self.post_mortem = ""

    # What happens

    def open(self, who: str, title: str, body: str, label: str) -> None:
        """A person opens the post-mortem, with its label."""
        fields = {
            "project": {"key": JIRA_HOME},
            "issuetype": {"name": "Task"},
            "summary": title,
            "description": body,
            "labels": [label],
        }
        self.post_mortem = self.sandbox.act(who, "POST", "/issue", {"fields": fields})["key"]
        self._hear()

    def say(self, who: str, key: str, words: str) -> None:
        """A person writes a comment."""
        self.sandbox.act(who, "POST", f"/issue/{key}/comment", {"body": words})
        self._hear()

    def walk(self, who: str, key: str, transition: str, resolution: str = "") -> None:
        """A person presses the button of this name, and says with which resolution."""
        offered = self.sandbox.act(who, "GET", f"/issue/{key}/transitions")["transitions"]
        ids = [each["id"] for each in offered if each["name"] == transition]
        if not ids:
            raise NotAsTold(f"{key} offers {who} no button “{transition}”.")
        fields = {"fields": {"resolution": {"name": resolution}}} if resolution else {}
        self.sandbox.act(who, "POST", f"/issue/{key}/transitions", {"transition": {"id": ids[0]}, **fields})
        self._hear()

    # What can be looked up

    def issue(self, key: str) -> dict[str, Any]:
        """An issue of Jira, as the sandbox's state has it."""
        found = self.sandbox.state()["issues"].get(key)
        if found is None:
            raise NotAsTold(f"There is no issue {key}.")
        return cast(dict[str, Any], found)

    def linked(self, key: str) -> list[str]:
        """The keys of the issues that Jira shows as linked to this one, in their order."""
        return [link["key"] for link in self.issue(key)["links"]]

    def linked_elsewhere(self, key: str) -> list[str]:
        """The addresses of an issue's web links."""
        return [link["url"] for link in self.issue(key)["remote_links"]]

    def sticky(self) -> Sticky:
        """The one sticky comment on the post-mortem. Raises NotAsTold where there is none, or more than one."""
        comments = self.issue(self.post_mortem)["comments"]
        ours = [c for c in comments if c["author"] == JIRA_BOT and STICKY in c["body"]]
        if len(ours) != 1:
            raise NotAsTold(f"{self.post_mortem} carries {len(ours)} sticky comments where there should be one.")
        return Sticky(markdown_of(ours[0]["body_adf"], ours[0]["body"]))

    def last_request(self) -> int:
        return max((entry.number for entry in self.sandbox.requests()), default=0)

    def writes(self, after: int = 0) -> int:
        """How often the service changed anything on Jira since a request number."""
        return len(self.sandbox.writes(user=JIRA_BOT, after=after))


def markdown_of(document: dict[str, Any] | None, wiki: str) -> str:
    """The Markdown of a text of Jira: of its document where it was written as one, else of its wiki text."""
    return adf_to_markdown(document) if document else wiki_to_markdown(wiki)
