"""Answers that a faithful Jira gives seldom, or that only some of them give: limits counted otherwise, other names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.trackers.jira.worlds import ALICE, BOT, Site, adf, comment, issue, says_no, status, user
from tests.trackers.plain import Asked, Says
from worker.domain.model import Draft, IssueRef, Status
from worker.trackers.errors import Ambiguous, Missing, Refused, Unavailable
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.projects import Projects
from worker.trackers.jira.write import JiraWrite

Join = Callable[..., JiraClient]
REF = IssueRef("jira", "OPS-7")
WORDS = "- one item among many\n" * 900
"""Short as words, and far too long as the JSON of a document."""


def write_to(join: Join, **more: Any) -> JiraWrite:
    return JiraWrite(join(**more))


def sent(site: Site, verb: str, path: str) -> list[Any]:
    """The bodies of all requests of this kind."""
    return [a.body for a in site.server.asked if f"{a.verb} {a.path}".endswith(f"{verb} /rest/api/3/{path}")]


def compact(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def takes_only_short_json(made: Any) -> Callable[[Asked], Says]:
    """A site that counts a document's JSON."""

    def answer(asked: Asked) -> Says:
        body = asked.body.get("body") or asked.body["fields"]["description"]
        if len(compact(body)) > 32_767:
            return says_no(400, comment="CONTENT_LIMIT_EXCEEDED")
        return Says(status=201, data=made)

    return answer


def test_where_json_is_counted_a_comment_is_shortened_and_the_next_one_at_once(join: Join, site: Site) -> None:
    write = write_to(join)
    site.issues["OPS-7"] = issue("OPS-7")
    site.instead["POST issue/OPS-7/comment"] = takes_only_short_json({"id": "5"})
    assert write.add_comment(REF, WORDS) == "5"
    assert write.add_comment(REF, WORDS) == "5"
    first, second, third = (compact(body["body"]) for body in sent(site, "POST", "issue/OPS-7/comment"))
    assert len(first) > 32_767
    assert second == third
    assert 20_000 < len(second) < 33_000
    assert "The rest was cut" in second


def test_what_is_refused_for_another_reason_is_not_sent_shorter_for_ever(join: Join, site: Site) -> None:
    write = write_to(join)
    site.issues["OPS-7"] = issue("OPS-7")
    site.instead["POST issue/OPS-7/comment"] = lambda _: says_no(400, comment="No.")
    with pytest.raises(Refused, match=r"comment on jira:OPS-7: Jira answered 400: comment: No\."):
        write.add_comment(REF, "Short")
    assert len(sent(site, "POST", "issue/OPS-7/comment")) == 1


META = {
    "GET issue/createmeta/OPS/issuetypes": {"id": "3", "name": "Task", "hierarchyLevel": 0},
    "GET issue/createmeta/OPS/issuetypes/3": {"fieldId": "description", "name": "Description", "required": False},
}


def describes(site: Site, types: str = "issueTypes", fields: str = "fields") -> None:
    def listed(name: str, row: Any) -> Callable[[Asked], Says]:
        return lambda _: Says(data={name: [row], "startAt": 0, "total": 1})

    for (path, row), name in zip(META.items(), (types, fields), strict=True):
        site.instead[path] = listed(name, row)


DRAFT = Draft(site="jira", container="OPS", title="Item", body=WORDS, mark="u.i.m")


def test_where_json_is_counted_a_new_issue_is_shortened_too(join: Join, site: Site) -> None:
    describes(site)
    site.instead["POST issue"] = takes_only_short_json({"id": "10009", "key": "OPS-9"})
    assert write_to(join).create_issue(DRAFT).issue.ref.locator == "OPS-9"
    assert len(sent(site, "POST", "issue")) == 2


@pytest.mark.parametrize(
    ("types", "fields"),
    [("issueTypes", "fields"), ("values", "values"), ("createMetaIssueType", "results")],
    ids=["Cloud", "Data Center", "Cloud, as its schema also says"],
)
def test_metadata_is_read_under_each_of_its_names(join: Join, site: Site, types: str, fields: str) -> None:
    describes(site, types, fields)
    projects = Projects(join())
    assert list(projects.screen("OPS", projects.usual_type("OPS")).fields) == ["description"]


def test_metadata_of_another_form_is_an_outage_and_no_project_without_types(join: Join, site: Site) -> None:
    site.instead["GET issue/createmeta/OPS/issuetypes"] = lambda _: Says(data={"something": []})
    with pytest.raises(Unavailable):
        Projects(join()).issue_types("OPS")
    site.instead["GET issue/createmeta/OPS/issuetypes"] = lambda _: Says(data={"values": []})
    with pytest.raises(Missing, match="project OPS of site 'jira' can't be seen, or nothing can be created there"):
        Projects(join()).issue_types("OPS")


def test_a_right_that_this_jira_does_not_know_is_not_asked_for(join: Join, site: Site) -> None:
    told = {"BROWSE_PROJECTS": {"havePermission": True}, "LINK_ISSUES": {"havePermission": False}}
    site.instead["GET mypermissions"] = lambda _: Says(data={"permissions": told})
    given = Projects(join()).permissions("OPS")
    assert "LINK_ISSUES" not in given
    assert {"BROWSE_PROJECTS", "TRANSITION_ISSUES"} <= given
    site.instead["GET mypermissions"] = lambda _: Says(data={"permissions": []})
    with pytest.raises(Unavailable):
        Projects(join()).permissions("OPS")


@pytest.mark.parametrize("answer", [{}, {"id": "5"}, {"key": ""}, []], ids=str)
def test_a_create_without_a_key_is_ambiguous(join: Join, site: Site, answer: Any) -> None:
    describes(site)
    site.instead["POST issue"] = lambda _: Says(status=201, data=answer)
    with pytest.raises(Ambiguous):
        write_to(join).create_issue(DRAFT)


def test_an_owner_is_set_past_an_edit_screen_without_the_field(join: Join, site: Site) -> None:
    site.issues["OPS-7"] = issue("OPS-7")
    site.instead["PUT issue/OPS-7"] = lambda _: says_no(
        400, assignee="Field 'assignee' cannot be set. It is not on the appropriate screen, or unknown."
    )
    site.instead["PUT issue/OPS-7/assignee"] = lambda _: Says(status=204)
    write = write_to(join)
    write.set_assignees(REF, (ALICE,))
    assert sent(site, "PUT", "issue/OPS-7/assignee") == [{"accountId": ALICE}]
    site.issues["OPS-7"] = issue("OPS-7", assignee=user(ALICE))
    write.set_assignees(REF, ())
    assert sent(site, "PUT", "issue/OPS-7/assignee")[1:] == [{"accountId": None}]


def test_a_project_that_gives_every_issue_an_owner_says_so(join: Join, site: Site) -> None:
    site.issues["OPS-7"] = issue("OPS-7", assignee=user(ALICE))
    site.instead["PUT issue/OPS-7"] = lambda _: says_no(400, assignee="Issues must be assigned.")
    with pytest.raises(Refused, match="jira:OPS-7 can't be left without an owner: name an owner, or allow"):
        write_to(join).set_assignees(REF, ())


def test_a_transition_that_a_colleague_took_first_is_no_failure(join: Join, site: Site) -> None:
    site.issues["OPS-7"] = issue("OPS-7")
    ways = {"transitions": [{"id": "5", "name": "Close", "to": status("Closed", "done"), "fields": {}}]}

    def taken(_: Asked) -> Says:
        site.issues["OPS-7"] = issue("OPS-7", status=status("Closed", "done"))
        return says_no(409, "The issue was changed meanwhile.")

    site.instead["GET issue/OPS-7/transitions"] = lambda _: Says(data=ways)
    site.instead["POST issue/OPS-7/transitions"] = taken
    write_to(join).set_status(REF, Status.DONE)
    assert len(sent(site, "POST", "issue/OPS-7/transitions")) == 1


def test_a_letting_go_that_could_not_be_told_from_a_later_close_is_refused_with_the_lines(
    join: Join, site: Site
) -> None:
    closed = issue("OPS-7", status=status("Closed", "done"), resolutiondate=None)
    closed["fields"].pop("statuscategorychangedate", None)
    site.issues["OPS-7"] = closed
    site.instead["GET issue/OPS-7/transitions"] = lambda _: Says(data={"transitions": []})
    with pytest.raises(Refused, match=r"no transition of jira:OPS-7 lets it go[\s\S]*waive:"):
        write_to(join).set_status(REF, Status.WAIVED)
    assert [line for line in site.asked() if not line.startswith("GET")] == []


def test_a_due_line_among_two_is_taken_away_with_the_other(join: Join, site: Site) -> None:
    site.issues["OPS-7"] = issue("OPS-7", description=adf("Due: 2026-12-01", "Words", "Due: 2026-12-02"))
    site.instead["GET issue/OPS-7/editmeta"] = lambda _: Says(data={"fields": {}})
    site.instead["PUT issue/OPS-7"] = lambda _: Says(status=204)
    write_to(join).set_due(REF, None, "line")
    ((body),) = sent(site, "PUT", "issue/OPS-7")
    assert body == {"fields": {"description": adf("Words")}}


def test_a_due_line_where_it_can_not_be_changed_is_left_and_said(join: Join, site: Site) -> None:
    place = {"type": "bodiedExtension", "attrs": {"extensionKey": "x"}, "content": adf("Due: 2026-12-01")["content"]}
    site.issues["OPS-7"] = issue("OPS-7", description={"type": "doc", "version": 1, "content": [place]})
    site.instead["PUT issue/OPS-7"] = lambda _: Says(status=204)
    write = write_to(join)
    for due in (None, date(2027, 1, 1)):
        with pytest.raises(Refused, match="stands where it can't be changed safely"):
            write.set_due(REF, due, "line")
    assert sent(site, "PUT", "issue/OPS-7") == []


def test_the_record_of_a_property_that_a_newer_version_wrote_is_left_alone(join: Join, site: Site) -> None:
    newer = {"followthrough.sticky": {"v": 9, "name": "sticky", "text": "?"}}
    site.issues["OPS-7"] = issue("OPS-7", properties=newer)
    said = adf("Words", "Kept by Followthrough followthrough:sticky")
    site.talks["OPS-7"] = [comment(5, said, author=BOT)]
    with pytest.raises(Refused, match="newer version of Followthrough"):
        write_to(join).ensure_record(REF, "sticky", "New", "v1")
    assert [line for line in site.asked() if not line.startswith("GET")] == []
