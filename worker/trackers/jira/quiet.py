"""How is something of an issue changed without a mail to everybody who watches it? With `notifyUsers=false`, where our
account may say so; where it may not, aloud, and that is remembered for the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worker.domain.model import IssueRef
from worker.trackers.errors import Refused
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.lookups import issue_path

ALOUD_FOR_S = 86_400.0
"""How long it is remembered that edits in a project are announced; then it is tried once more."""


class Quiet:
    """Edits on one site. Each is safe to repeat."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def edit(self, ref: IssueRef, content: Mapping[str, Any]) -> None:
        """Change fields of an issue, addressed where it is now."""
        self._put(ref, issue_path(ref), content, what=f"edit {ref.key}")

    def edit_comment(self, ref: IssueRef, comment: str, content: Mapping[str, Any]) -> None:
        """Change a comment. Data Center knows no quiet edit of one."""
        path, what = issue_path(ref, "comment", comment), f"edit comment {comment} of {ref.key}"
        if self._client.cloud:
            self._put(ref, path, content, what=what)
        else:
            self._client.write("PUT", path, content, what=what)

    def _put(self, ref: IssueRef, path: str, content: Mapping[str, Any], *, what: str) -> None:
        # Of an issue only administrators of the project may be silent, of our own comment everybody.
        key = ("aloud", ref.container, path.count("/") > 1)
        aloud = self._client.cache.get(key, False)
        if not aloud:
            try:
                self._client.write("PUT", path, content, {"notifyUsers": "false"}, what=what)
            except Refused as err:
                if "answered 403" not in str(err):
                    raise
            else:
                return
        self._client.write("PUT", path, content, what=what)
        if not aloud:
            self._client.cache.put(key, True, for_s=ALOUD_FOR_S)
