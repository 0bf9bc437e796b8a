"""How are a record's text and words written to an issue, each only where it differs? And how is a comment made once?

The property is written before the comment: what it claims must be durable before anybody reads it. A comment is
created by one request; whether one of the same name stands there already is looked up first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from worker.domain.model import IssueRef, words_digest
from worker.trackers.errors import Missing, Refused
from worker.trackers.http import Doing
from worker.trackers.jira import records
from worker.trackers.jira.bodies import LIMIT, TIGHT_FOR_S, Body, joined, length, look, rendered
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.errors import of_site, unreadable
from worker.trackers.jira.lookups import Lookups, issue_path
from worker.trackers.jira.quiet import Quiet
from worker.trackers.jira.remedy import mapping, rows
from worker.trackers.jira.talk import comments_of, record_name
from worker.trackers.jira.translate import comment_order, login_of

SERVICE_DESK = "service_desk"
INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
"""Keeps a comment from the customers of a service project, to whom it would be mailed and shown otherwise."""


class Keeper:
    """Records and comments on one site."""

    def __init__(self, client: JiraClient, lookups: Lookups, quiet: Quiet) -> None:
        self.site = client.site
        self._client = client
        self._lookups = lookups
        self._quiet = quiet

    def ensure(self, ref: IssueRef, name: str, body: str, text: str, record: str) -> str:
        """See `TrackerWrite.ensure_record`."""
        raw = self._lookups.issue(ref, records=True)
        here = IssueRef(self.site, str(raw["key"]))
        standing = self._sent(raw, record) or self._comment(here, record) if record else self._named(raw, name)
        if standing is not None and not self._lookups.is_ours(login_of(standing.get("author"))):
            raise Refused(f"comment {record} of {here.key} is not ours and is not edited")
        properties = mapping(raw.get("properties"))

        def write(made: Body) -> str:
            shown = records.shown_digest(self._lookups.face.plain(made))
            todo = records.encode(name, text, digest=words_digest(body), shown=shown, properties=properties)
            for key, value in todo.puts:
                path = issue_path(here, "properties", key)
                self._client.write("PUT", path, value, what=f"keep the property {key} of {here.key}")
            self._drop(here, todo.drops)
            if standing is None:
                return self._create(raw, made)
            # Words that read the same may still be struck out now, or lead elsewhere.
            if look(standing.get("body")) != look(made):
                self._edit(here, standing, made)
            return str(standing["id"])

        return self._fitting(lambda tight: self._words(name, body, tight=tight), write)

    def add(self, ref: IssueRef, body: str) -> str:
        """Write a new comment and return its id: one write. Raises Missing."""
        raw = self._lookups.payload(ref, ("project",))
        return self._fitting(
            lambda tight: rendered(body, cloud=self._client.cloud, tight=tight), lambda made: self._create(raw, made)
        )

    def remove(self, ref: IssueRef, record: str) -> None:
        """See `TrackerWrite.remove_record`."""
        if not record:
            return
        try:
            standing = self._comment(ref, record)
            author = login_of(standing.get("author"))
            name = record_name(self._lookups.face, standing)
            if not self._lookups.is_ours(author) or not name:
                raise Refused(f"comment {record} of {ref.key} is by {author} and is no record of ours")
            self._client.write(
                "DELETE", issue_path(ref, "comment", record), what=f"delete comment {record} of {ref.key}"
            )
        except Missing:
            return
        raw = self._lookups.issue(ref, records=True)
        here = IssueRef(self.site, str(raw["key"]))
        if self._named(raw, name) is None:
            self._drop(here, records.keys_of(name, mapping(raw.get("properties"))))

    # Parts

    def _words(self, name: str, body: str, *, tight: bool) -> Body:
        """A record's comment: its words, cut where they are too long, and the line that names it."""
        cloud = self._client.cloud
        last = rendered(records.footer(name), cloud=cloud)
        return rendered(body, cloud=cloud, tight=tight, finish=lambda made: joined(made, last))

    def _fitting(self, make: Callable[[bool], Body], write: Callable[[Body], str]) -> str:
        """Write a body; where Jira refuses one that may be too long for it, write a shorter one. A refusal is certain:
        nothing was written."""
        known = self._client.cache.get("tight", False)
        made = make(known)
        try:
            return write(made)
        except Refused:
            if known or isinstance(made, str) or length(made, tight=True) <= LIMIT:
                raise
        written = write(make(True))
        self._client.cache.put("tight", True, for_s=TIGHT_FOR_S)
        return written

    def _create(self, raw: Mapping[str, Any], made: Body) -> str:
        """A new comment on an issue that was just read, at the address where it is now."""
        here = IssueRef(self.site, str(raw["key"]))
        what = f"comment on {here.key}"
        content: dict[str, Any] = {"body": made}
        if mapping(mapping(raw.get("fields")).get("project")).get("projectTypeKey") == SERVICE_DESK:
            content["properties"] = [INTERNAL]
        answer = self._client.write("POST", issue_path(here, "comment"), content, doing=Doing.CREATE, what=what)
        number = mapping(answer).get("id")
        if not number:
            raise of_site(unreadable(what=what, doing=Doing.CREATE), self.site)
        return str(number)

    def _edit(self, here: IssueRef, standing: Mapping[str, Any], made: Body) -> None:
        content: dict[str, Any] = {"body": made}
        if mapping(standing.get("visibility")):
            # Who was kept from reading it before is kept from it now.
            content["visibility"] = standing["visibility"]
        try:
            self._quiet.edit_comment(here, str(standing["id"]), content)
        except Refused as err:
            author = login_of(standing.get("author"))
            if author.casefold() == self._lookups.account().casefold():
                raise
            raise Refused(
                f"{err}. The comment is of the former account {author}: give our account the right Edit all comments "
                f"in {here.container}, or delete the comment"
            ) from None

    def _drop(self, here: IssueRef, keys: tuple[str, ...]) -> None:
        for key in keys:
            try:
                path = issue_path(here, "properties", key)
                self._client.write("DELETE", path, what=f"delete the property {key} of {here.key}")
            except Missing:
                continue

    @staticmethod
    def _sent(raw: Mapping[str, Any], record: str) -> Mapping[str, Any] | None:
        """The comment, where it was sent along with the issue."""
        sent = rows(mapping(mapping(raw.get("fields")).get("comment")).get("comments"))
        return next((row for row in sent if row.get("id") == record), None)

    def _comment(self, ref: IssueRef, record: str) -> dict[str, Any]:
        """Raises Missing."""
        return self._client.get_object(issue_path(ref, "comment", record), what=f"GET comment {record} of {ref.key}")

    def _named(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        """The oldest comment of ours that is the record of this name, on an issue that was just read."""
        here = IssueRef(self.site, str(raw["key"]))
        every = comments_of(self._client, here, mapping(raw.get("fields")).get("comment"))
        ours = (row for row in every if self._lookups.is_ours(login_of(row.get("author"))))
        return min(
            (row for row in ours if record_name(self._lookups.face, row) == name), key=comment_order, default=None
        )
