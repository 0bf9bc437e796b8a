"""A post-mortem in any shape the field writes gives its sections and promises, and nothing that is no promise."""

from datetime import date

import pytest

from worker.domain.document import parse_document
from worker.domain.model import ActionItem, Document, IssueRef

TODAY = date(2026, 11, 20)
DUE = date(2026, 12, 1)


def read(body: str, **options: object) -> Document:
    return parse_document(body, today=TODAY, **options)  # type: ignore[arg-type]  # options are checked by name


def items(body: str) -> list[str]:
    return [item.text for item in read(body).items]


def one(body: str) -> ActionItem:
    found = read(body).items
    assert len(found) == 1, [item.text for item in found]
    return found[0]


def under_actions(line: str) -> ActionItem:
    return one(f"# Outage\n\nDate: 2026-11-03\n\n## Action items\n\n{line}\n")


TABLE = """# Checkout returned 500s

**Date**: 2026-11-03

## Action items

| # | Due | What | Owner | Ticket | Prio | State |
|---|-----|------|-------|--------|------|-------|
| 1 | 2026-12-01 | Add an alert on queue depth | @ana | acme/pay#17 | P1 | Done |
| 2 | TBD | Cap the retry loop | Bo, Cy | | P2 | in progress |
| 3 | | | | | | |
"""


def test_table_columns_are_found_in_any_order() -> None:
    first, second = read(TABLE).items
    assert (first.text, first.owners, first.due, first.refs) == (
        "Add an alert on queue depth",
        ("ana",),
        date(2026, 12, 1),
        ("acme/pay#17",),
    )
    assert (first.priority, first.done, first.ref_is_own, first.line) == ("P1", True, True, 9)
    assert (second.owners, second.due, second.done) == (("Bo", "Cy"), None, False)
    assert second.due_problem.startswith("needs a date")


def test_an_undecided_date_is_a_finding_with_its_line() -> None:
    found = [finding for finding in read(TABLE).findings if finding.rule == "date/unreadable"]
    assert [(finding.line, finding.excerpt) for finding in found] == [(10, "TBD")]


def test_a_ragged_row_is_read_and_reported() -> None:
    document = read("## Action items\n\n| Action | Owner | Due |\n|---|---|---|\n| Add an alert | ana |\n")
    assert [item.text for item in document.items] == ["Add an alert"]
    assert [(f.rule, f.line) for f in document.findings if f.rule.startswith("table/")] == [("table/ragged", 5)]


def test_a_table_of_actions_counts_wherever_it_stands() -> None:
    body = "## Resolution\n\nWe waited.\n\n| Action item | Owner |\n|---|---|\n| Cap the pool | Infra team |\n"
    assert one(body).owners == ("Infra team",)


def test_a_timeline_table_with_an_action_column_is_no_list_of_actions() -> None:
    body = (
        "## Timeline\n\n| Time | Action |\n|---|---|\n| 10:00 | Restarted it |\n\n## Action items\n\n- Add an alert\n"
    )
    assert items(body) == ["Add an alert"]


def test_explanations_beside_a_table_of_actions_are_no_items() -> None:
    body = "## Action items\n\n* P0 - now\n* P1 - soon\n\n| Action | Prio |\n|---|---|\n| Cap the pool | P0 |\n"
    assert items(body) == ["Cap the pool"]


@pytest.mark.parametrize(
    ("line", "owners", "text"),
    [
        pytest.param("- [ ] @octocat: add an alert", ("octocat",), "add an alert", id="login before the task"),
        pytest.param("- Add an alert (@octocat)", ("octocat",), "Add an alert", id="login in brackets"),
        pytest.param("- Add an alert — @octocat", ("octocat",), "Add an alert", id="login behind a dash"),
        pytest.param("- Add an alert @octocat @hubot", ("octocat", "hubot"), "Add an alert", id="several stay several"),
        pytest.param("- **Maria** Add an alert", ("Maria",), "Add an alert", id="bold name before the task"),
        pytest.param("- Maria to add an alert", ("Maria",), "add an alert", id="name to do"),
        pytest.param("- Maria: add an alert", ("Maria",), "add an alert", id="name and colon"),
        pytest.param("- Add an alert (Maria)", ("Maria",), "Add an alert", id="name in brackets"),
        pytest.param("- Add an alert (@bob) by 2026-12-01", ("bob",), "Add an alert", id="login before the date"),
        pytest.param("- Add an alert (Zubayda, P1)", ("Zubayda",), "Add an alert", id="rare name beside a priority"),
        pytest.param("- Add an alert (no owner)", (), "Add an alert", id="nobody is no owner"),
        pytest.param("- Zubayda to add an alert", ("Zubayda",), "add an alert", id="rare name to do"),
        pytest.param("- Add an alert **MK**/TB", ("MK", "TB"), "Add an alert", id="initials behind the task"),
        pytest.param("- Add an alert. Owner: Zubayda", ("Zubayda",), "Add an alert", id="labelled field"),
        pytest.param(
            "- Add an alert\n  - Owner: Zubayda\n  - Due: 1 Dec", ("Zubayda",), "Add an alert", id="field below"
        ),
        pytest.param("- Add an alert, owner: Platform team", ("Platform team",), "Add an alert", id="a team"),
        pytest.param("- Add an alert (assigned to Zubayda)", ("Zubayda",), "Add an alert", id="assigned to"),
        pytest.param("- Add an alert -- Ana -- 1 Dec -- done", ("Ana",), "Add an alert", id="segments at the end"),
        pytest.param("- Add an alert (owner: Zed (@zed))", ("zed",), "Add an alert", id="the login is the surer name"),
        pytest.param("- Notify and ping @octocat", (), "Notify and ping @octocat", id="who is pinged is no owner"),
        pytest.param("- Mail the report to @octocat", (), "Mail the report to @octocat", id="a recipient is no owner"),
        pytest.param("- Kafka: add an alert", (), "Kafka: add an alert", id="a system is no person"),
        pytest.param("- Monitoring: add an alert", (), "Monitoring: add an alert", id="a topic is no person"),
    ],
)
def test_owners_are_found_where_people_write_them(line: str, owners: tuple[str, ...], text: str) -> None:
    found = under_actions(line)
    assert (found.owners, found.text) == (owners, text)


def test_a_group_hands_down_its_owner_and_its_state() -> None:
    body = "## Actions\n\n**Ana/Bo**\n- Add an alert\n\n**Done**\n- Cap the pool\n\n**Prevention**\n- Pin the image\n"
    found = read(body).items
    assert [(i.owners, i.done) for i in found] == [(("Ana", "Bo"), None), ((), True), ((), None)]


@pytest.mark.parametrize(
    ("line", "refs", "own"),
    [
        pytest.param("- Add an alert (#17)", ("#17",), True, id="the sole reference is the item's own"),
        pytest.param("- Add an alert acme/pay#17", ("acme/pay#17",), True, id="another repository"),
        pytest.param("- Add an alert OPS-12", ("OPS-12",), True, id="a Jira key"),
        pytest.param(
            "- Add an alert [Issue](https://t.example/a/b/issues/4)",
            ("https://t.example/a/b/issues/4",),
            True,
            id="a labelled link",
        ),
        pytest.param(
            "- Add an alert [#4](https://t.example/a/b/issues/4)",
            ("https://t.example/a/b/issues/4",),
            True,
            id="label and address are one",
        ),
        pytest.param(
            "- Add an alert [pr][fix]\n\n[fix]: https://t.example/a/b/pull/9",
            ("https://t.example/a/b/pull/9",),
            False,
            id="a pull request is evidence",
        ),
        pytest.param("- Add an alert (blocked on #17)", ("#17",), False, id="what blocks it is another matter"),
        pytest.param("- Add an alert #17 #18", ("#17", "#18"), False, id="of two none is its own"),
        pytest.param("- Upgrade to UTF-8 and SHA-256", (), False, id="standards are no tickets"),
        pytest.param("- Follow ADR-000747 and CVE-2024-1234", (), False, id="decisions and advisories are no tickets"),
        pytest.param("- Use ISO-8601, P-1 after COVID-19", (), False, id="nor are norms and numbers"),
        pytest.param("- Guard the cache key (T398201)", ("T398201",), True, id="a Phabricator task"),
        pytest.param("- Add an alert, see [docs](https://t.example/wiki/alerts)", (), False, id="a page is no ticket"),
    ],
)
def test_references_are_found_and_owned_with_care(line: str, refs: tuple[str, ...], own: bool) -> None:
    found = under_actions(line)
    assert (found.refs, found.ref_is_own) == (refs, own)


def test_the_post_mortem_itself_is_no_reference() -> None:
    near = IssueRef("github", "acme/pay#12")
    document = read("## Action items\n\n- Add an alert (#12)\n- Cap it acme/pay#12\n- Pin it acme/web#12\n", near=near)
    assert [item.refs for item in document.items] == [(), (), ("acme/web#12",)]


@pytest.mark.parametrize(
    ("line", "done"),
    [
        pytest.param("- [x] Add an alert", True, id="ticked"),
        pytest.param("- [ ] Add an alert", False, id="unticked"),
        pytest.param("- Add an alert", None, id="nothing tells"),
        pytest.param("- Add an alert - DONE", True, id="done at the end"),
        pytest.param("- Add an alert ✅", True, id="a mark"),
        pytest.param("- DONE: Add an alert", True, id="done at the start"),
        pytest.param("- TODO: Add an alert", False, id="todo at the start"),
        pytest.param("- Added the alert", True, id="past tense"),
        pytest.param("- We added the alert", True, id="past tense of us"),
        pytest.param("- Add an alert\n  - This has been done: see the dashboard", True, id="a note below"),
        pytest.param("- Add an alert - WONTDO", False, id="decided against"),
        pytest.param("- Automated tests for the probe", None, id="a participle is no past"),
        pytest.param("- The limits were raised to 40 workers", True, id="told of a thing, in the passive"),
        pytest.param("- List what can be done in case it fills again", None, id="what can be done is not done"),
    ],
)
def test_done_is_told_by_box_word_mark_or_tense(line: str, done: bool | None) -> None:
    assert under_actions(line).done is done


@pytest.mark.parametrize(
    ("line", "due"),
    [
        pytest.param("- Add an alert by 1 Dec", date(2026, 12, 1), id="in the text"),
        pytest.param("- Add an alert (due: 2026-12-01)", date(2026, 12, 1), id="in brackets"),
        pytest.param("- Add an alert (@ana, 2026-12-01)", date(2026, 12, 1), id="beside the owner"),
        pytest.param("- Add an alert by 11/28", date(2026, 11, 28), id="a short date takes the incident's year"),
        pytest.param("- Add an alert – EOQ", date(2026, 12, 31), id="a segment that is a date"),
        pytest.param("- Add an alert in 2 weeks", date(2026, 11, 17), id="counted from the incident, not from today"),
        pytest.param("- Add an alert when over 80% for 5 minutes", None, id="a duration"),
        pytest.param("- Add an alert (due: end of week 1)", None, id="a week of a plan is no week of the calendar"),
    ],
)
def test_due_dates_count_from_the_incident_and_leave_the_text(line: str, due: date | None) -> None:
    found = under_actions(line)
    assert found.due == due
    assert found.text.startswith("Add an alert")
    assert "Dec" not in found.text
    assert "2026" not in found.text


def test_a_looking_back_heading_under_the_actions_ends_them() -> None:
    body = (
        "## Action items\n\n### Prevent\n\n- Pin the image\n\n### What went wrong\n\n- It "
        "broke\n\n### Detect\n\n- Add an alert\n"
    )
    assert items(body) == ["Pin the image", "Add an alert"]


def test_bullets_that_elaborate_are_no_items_and_bullets_under_a_label_are() -> None:
    body = """## Action items

- Add an alert on queue depth
  - it was at 4,000 before anybody looked
  - see #17
- Monitoring:
  - Add a probe
  - Chart the lag
"""
    found = read(body).items
    assert [item.text for item in found] == ["Add an alert on queue depth", "Add a probe", "Chart the lag"]
    assert found[0].refs == ("#17",)


def test_nested_boxes_are_tasks_of_their_own() -> None:
    assert items("## Action items\n\n- [ ] Harden the pool\n  - [ ] Cap its size\n  - [x] Add a probe\n") == [
        "Harden the pool",
        "Cap its size",
        "Add a probe",
    ]


def test_a_bullet_that_is_only_a_label_opens_a_section() -> None:
    body = (
        "### Summary\n\n- **What is wrong?** It is slow.\n- **Follow-up actions:**\n    - [ ] Cap the "
        "pool\n\n### Checklist\n\n1. [x] Labels set?\n"
    )
    assert items(body) == ["Cap the pool"]


def test_paragraphs_that_promise_are_items_and_others_are_not() -> None:
    body = """## Action items

The cause was the loss of events in the watcher.

Limit the memory of build pods. (https://t.example/a/b/issues/159)

**Ana** Cap the pool

It had been slow for weeks. We need to write more tests for the migration. Nobody had seen it.
"""
    assert items(body) == [
        "Limit the memory of build pods.",
        "Cap the pool",
        "We need to write more tests for the migration.",
    ]


def test_marked_tasks_count_anywhere_but_in_the_timeline() -> None:
    body = "## Lessons learned\n\n**TODO**: add a probe\n\n**DONE**: cap the pool\n\n## Timeline\n\nTODO: fill in\n"
    assert items(body) == ["add a probe", "cap the pool"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("- None", id="none"),
        pytest.param("No immediate action items.", id="a sentence that says none"),
        pytest.param("N/A", id="not applicable"),
        pytest.param("- TBD\n- ...\n-", id="dots"),
        pytest.param("- {{ summary }}\n- {{ summary }}\n- {{ summary }}", id="template blanks"),
        pytest.param("- [Action item]", id="a bracketed blank"),
        pytest.param("- Action item 1\n- Action item 2", id="numbered blanks"),
        pytest.param("- First action\n- [ ] Preventive measure 2", id="counted blanks"),
        pytest.param("- Item / Owner / Due date", id="what the line is to hold"),
        pytest.param("_Describe each measure, who takes it and until when._", id="italics that instruct"),
        pytest.param("Describe any action items here.", id="an instruction"),
        pytest.param("<!-- - Add an alert -->", id="a comment"),
        pytest.param("```\n- Add an alert\n```", id="code"),
        pytest.param("- ~~Add an alert~~ (dropped)", id="struck out and dropped"),
        pytest.param("> - Add an alert", id="a quotation"),
        pytest.param("| Action | Owner |\n|---|---|\n| Sample the data | John Doe |", id="a sample owner"),
        pytest.param("| Action | Owner |\n|---|---|\n|  |  |", id="an empty row"),
    ],
)
def test_placeholders_instructions_and_none_are_no_items(body: str) -> None:
    assert items(f"## Summary\n\nIt broke.\n\n## Action items\n\n{body}\n") == []


def test_front_matter_comments_and_line_ends_keep_the_line_numbers() -> None:
    body = (
        '---\ntitle: "Slow search"\ndate: 2026-11-03\n---\n<!--\nhidden\n-->\n\n## '
        "Summary\n\nSlow.\n\n## Action items\n\n- Add an alert\n"
    )
    for text in (body, body.replace("\n", "\r\n"), body.replace("\n", "\r"), "\ufeff" + body):
        document = read(text)
        assert (document.title, document.incident_date) == ("Slow search", date(2026, 11, 3))
        assert [(item.line, item.text) for item in document.items] == [(15, "Add an alert")]


def test_html_lists_and_tables_are_read_like_markdown() -> None:
    body = """<h2>Improvements</h2>
<p>We will try:
<ul>
  <li>
    add a probe for the
    <code>worker</code>
  </li>
  <li>cap the pool, <a href="https://t.example/a/b/issues/3">issue</a></li>
</ul>
</p>
<table><tr><th>Action</th><th>Owner</th></tr><tr><td>Pin the image</td><td>Ana</td></tr></table>
"""
    found = read(body).items
    assert [(item.line, item.text) for item in found] == [
        (5, "add a probe for the worker"),
        (8, "cap the pool"),
        (11, "Pin the image"),
    ]
    assert found[1].refs == ("https://t.example/a/b/issues/3",)
    assert found[2].owners == ("Ana",)


def test_a_lone_bullet_in_a_first_section_is_an_item() -> None:
    found = one("## Action items\n- Add an alert on queue depth, owner: @nobody-here, by 2026-12-01\n")
    assert (found.text, found.owners, found.due) == (
        "Add an alert on queue depth",
        ("nobody-here",),
        date(2026, 12, 1),
    )


def test_a_due_date_is_never_the_day_of_the_incident() -> None:
    document = read("## Summary\n\nIt broke.\n\n## Action items\n\n- Add an alert by 2026-12-01\n")
    assert document.incident_date is None
    assert document.items[0].due == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("headers", "cells", "owner", "due"),
    [
        pytest.param("What|Quem|Tot", "Add a fuse|@ana|2026-12-01", "ana", DUE, id="by what they hold"),
        pytest.param("What|Contact|Until", "Add a fuse|Ana Ruiz|1 Dec", "Ana Ruiz", DUE, id="by their words"),
        pytest.param("What|Created|Due", "Add a fuse|2026-10-01|2026-12-01", "", DUE, id="not a past day"),
    ],
)
def test_a_column_is_known_by_its_header_or_by_what_it_holds(headers: str, cells: str, owner: str, due: date) -> None:
    table = "\n".join(f"| {row.replace('|', ' | ')} |" for row in (headers, "---|---|---", cells))
    (item,) = read(f"# Outage of 2026-11-03\n\n## Actions\n\n{table}\n").items
    assert (item.owners, item.due) == ((owner,) if owner else (), due)


@pytest.mark.parametrize(
    ("line", "text", "owners", "done"),
    [
        pytest.param(
            "- OPS-1 (Ana Ruiz): Add a fuse", "Add a fuse", ("Ana Ruiz",), None, id="a name behind the ticket"
        ),
        pytest.param("- (@ana, P1) Add a fuse", "Add a fuse", ("ana",), None, id="a group in front"),
        pytest.param("- [TBD] Add a fuse", "Add a fuse", (), None, id="nobody yet"),
        pytest.param("- Add a fuse ........ @ana", "Add a fuse", ("ana",), None, id="a row of dots"),
        pytest.param("- Add a fuse [owner=Ana]", "Add a fuse", ("Ana",), None, id="an equals sign"),
        pytest.param("- ~~Add a fuse~~ done on Monday", "Add a fuse", (), True, id="struck out because it is done"),
        pytest.param("- Count rejected orders", "Count rejected orders", (), None, id="rejected orders are no refusal"),
        pytest.param(
            "- Add a fuse @Ingrid Solheim", "Add a fuse", ("Ingrid Solheim",), None, id="a mention of a whole name"
        ),
        pytest.param("- Add a fuse\n  - Who: nobody yet", "Add a fuse", (), None, id="nobody is no owner"),
    ],
)
def test_what_stands_around_the_words_is_no_part_of_them(
    line: str, text: str, owners: tuple[str, ...], done: bool | None
) -> None:
    (item,) = read(f"# T\n\n## Action items\n\n{line}\n").items
    assert (item.text, item.owners, item.done) == (text, owners, done)
