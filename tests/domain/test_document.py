"""A post-mortem in any shape the field writes gives its sections and promises, and nothing that is no promise."""

import time
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.domain.document import parse_document
from worker.domain.document.sections import classify
from worker.domain.model import ActionItem, Document, IssueRef, Kind

TODAY = date(2026, 11, 20)


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
        pytest.param("- Add an alert **MK**/TB", ("MK", "TB"), "Add an alert", id="initials behind the task"),
        pytest.param("- Add an alert. Owner: Zubayda", ("Zubayda",), "Add an alert", id="labelled field"),
        pytest.param(
            "- Add an alert\n  - Owner: Zubayda\n  - Due: 1 Dec", ("Zubayda",), "Add an alert", id="field below"
        ),
        pytest.param("- Add an alert, owner: Platform team", ("Platform team",), "Add an alert", id="a team"),
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
        pytest.param("- Add an alert in 2 weeks", date(2026, 11, 17), id="counted from the incident, not from today"),
        pytest.param("- Add an alert when over 80% for 5 minutes", None, id="a duration"),
    ],
)
def test_due_dates_count_from_the_incident_and_leave_the_text(line: str, due: date | None) -> None:
    found = under_actions(line)
    assert found.due == due
    assert found.text.startswith("Add an alert")
    assert "Dec" not in found.text
    assert "2026" not in found.text


@pytest.mark.parametrize(
    "heading",
    [
        "## Action items",
        "## Actions",
        "### 6. Corrective and Preventive Actions",
        "## Follow-ups",
        "## Next steps",
        "## TODO",
        "## Remediation items",
        "## What we will do",
        "## How do we prevent this from happening again?",
        "## Process improvements",
        "## ✅ Action Items (owner, date)",
        "**Action items**",
        "Action items:",
        "Action items\n------------",
        "<h2>Action items</h2>",
        "## アクションアイテム",
    ],
)
def test_an_action_section_is_known_by_its_meaning(heading: str) -> None:
    assert items(f"## Summary\n\nIt broke.\n\n{heading}\n\n- Add an alert\n") == ["Add an alert"]


@pytest.mark.parametrize(
    "heading",
    [
        "## Action required",
        "## Actions taken",
        "## Steps to close",
        "## Lessons learned",
        "## What went well",
        "## Timeline",
    ],
)
def test_other_headings_hold_no_actions(heading: str) -> None:
    assert items(
        f"## Summary\n\nIt broke.\n\n{heading}\n\n- Restart the pod\n\n## Action items\n\n- Add an alert\n"
    ) == ["Add an alert"]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Executive Summary", "summary"),
        ("TL;DR", "summary"),
        ("Customer impact", "impact"),
        ("3. Timeline (UTC)", "timeline"),
        ("Root Cause Analysis", "root_cause"),
        ("What caused it?", "root_cause"),
        ("Contributing factors", "contributing_factors"),
        ("The 5 Whys", "five_whys"),
        ("What went well?", "what_went_well"),
        ("Where we got lucky", "lessons"),
        ("What could have been better", "lessons"),
        ("Detection", "detection"),
        ("Resolution and recovery", "resolution"),
        ("Attendees", "participants"),
        ("Lessons learned and action items", "action_items"),
        ("Appendix", ""),
        ("", ""),
    ],
)
def test_headings_have_canonical_names(heading: str, name: str) -> None:
    assert classify(heading) == name


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
        pytest.param("Describe any action items here.", id="an instruction"),
        pytest.param("<!-- - Add an alert -->", id="a comment"),
        pytest.param("```\n- Add an alert\n```", id="code"),
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


@pytest.mark.parametrize(
    ("body", "day"),
    [
        pytest.param("# Outage\n\n**Incident from:** 2026-11-02\n", date(2026, 11, 2), id="a labelled field"),
        pytest.param("# Downtime on March 23, 2018\n", date(2018, 3, 23), id="the title"),
        pytest.param("| Item | Value |\n|---|---|\n| Date | 2026-11-02 |\n", date(2026, 11, 2), id="a table of facts"),
        pytest.param("# Outage\n\nOn 7 Dec 2023 it was slow.\n", date(2023, 12, 7), id="the text"),
        pytest.param(
            "---\ndate: 2018-01-11\n---\nOn Tuesday January 9 it broke.\n",
            date(2018, 1, 9),
            id="the year of the front matter",
        ),
        pytest.param(
            "**Date**: 03/10/2021\n\n29/09/2021: deployed\n", date(2021, 10, 3), id="the document's own order"
        ),
        pytest.param("# Outage\n", None, id="nothing"),
    ],
)
def test_the_incident_has_a_day(body: str, day: date | None) -> None:
    assert read(body).incident_date == day


def test_a_section_without_content_is_missing() -> None:
    document = read(
        "## Summary\n\nIt broke.\n\n## Timeline\n\n## Impact\n\n{{ impact }}\n\n## Action items\n\n- Add an alert\n"
    )
    assert set(document.sections) == {"summary", "action_items"}
    assert document.sections["action_items"] == 11


@pytest.mark.parametrize(
    ("body", "rule", "kind"),
    [
        pytest.param("", "document/empty", Kind.ACTION_ITEM, id="empty"),
        pytest.param(" \n\t\n", "document/empty", Kind.ACTION_ITEM, id="blank"),
        pytest.param(
            "Post-mortem: https://docs.example/d/123", "document/link-only", Kind.ACTION_ITEM, id="only a link"
        ),
        pytest.param(
            "Please add an alert on queue depth.", "document/not-a-post-mortem", Kind.ACTION_ITEM, id="one task"
        ),
        pytest.param(
            "## Summary\n\nIt broke.\n\n## Impact\n\nAll.\n",
            "document/no-action-items",
            Kind.POST_MORTEM,
            id="no items",
        ),
        pytest.param(
            "# Template\n\n## Summary\n\nDescribe it.\n\n## Impact\n\nDescribe who.\n\n## "
            "Timeline\n\nList the events.\n",
            "document/template",
            Kind.POST_MORTEM,
            id="a template",
        ),
    ],
)
def test_bad_bodies_have_one_finding_that_says_what_to_do(body: str, rule: str, kind: Kind) -> None:
    document = read(body)
    assert [finding.rule for finding in document.findings] == [rule]
    assert document.kind is kind
    assert document.items == ()
    assert document.link_only is (rule == "document/link-only")
    assert document.findings[0].remedy


def test_saying_that_there_are_no_actions_is_no_finding() -> None:
    assert read("## Summary\n\nIt broke.\n\n## Action items\n\nNo action items.\n").findings == ()


def test_a_due_date_before_the_incident_is_a_question() -> None:
    document = read("Date: 2026-11-03\n\n## Action items\n\n- Add an alert (due 2025-12-01)\n")
    assert [finding.rule for finding in document.findings] == ["date/past"]


HOSTILE = {
    "pipes": "|" * 1_000_000,
    "stars": "*" * 1_000_000,
    "brackets": "[" * 1_000_000,
    "backticks": "`" * 1_000_000,
    "underscores": "a" + "_" * 999_998 + "b",
    "nested list": "".join("  " * depth + "- x\n" for depth in range(990)),
    "list in a line": "- " * 500_000,
    "list": "- a\n" * 250_000,
    "boxes": "- [ ] Add an alert by 1 Dec (@ana)\n" * 28_000,
    "quotes": "> " * 500_000,
    "table": "|a|b|\n|-|-|\n" + "|x|y|\n" * 160_000,
    "wide table": ("|a" * 2000 + "|\n" + "|-" * 2000 + "|\n" + "|x" * 2000 + "|\n") * 80,
    "headings": "# a\n" * 250_000,
    "links": "[a](b" * 200_000,
    "references": "[a]: b\n" * 140_000,
    "open comments": "<!--" * 250_000,
    "open tags": "<li>\n\n" * 160_000,
    "prose": "We should add alerts. He should have checked. " * 21_000,
    "mentions": "@a " * 330_000,
    "labels": "Owner: " * 140_000,
    "cues": "by 1/2/2020 " * 80_000,
    "line ends": "\n" * 1_000_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_megabyte_is_read_in_linear_time(name: str) -> None:
    body = "# T\n\n## Action items\n\n" + HOSTILE[name]
    started = time.process_time()
    document = read(body)
    assert time.process_time() - started < 2.0
    assert all(1 <= item.line <= body.count("\n") + 1 for item in document.items)


def test_of_a_long_body_the_start_and_the_end_are_read() -> None:
    body = "# T\n\n## Timeline\n\n" + "10:00 it was slow\n\n" * 20_000 + "## Action items\n\n- Add an alert\n"
    document = read(body)
    assert [(item.text, item.line) for item in document.items] == [("Add an alert", body.count("\n"))]
    assert [finding.rule for finding in document.findings] == ["document/too-long"]


_LINES = st.sampled_from(
    [
        "# Outage of 2026-11-03",
        "## Action items",
        "### Timeline",
        "**Ana**",
        "**Actions:** add it",
        "- [ ] Add an alert by 1 Dec (@ana) #17",
        "  - Owner: Bo",
        "    1. nested",
        "- Monitoring:",
        "| Action | Owner | Due |",
        "|---|---|---|",
        "| Cap it | Ana | 01/12/2026 |",
        "| ragged |",
        "> quoted",
        "```",
        "<ul><li>Add a probe",
        "</ul>",
        "<!-- note",
        "-->",
        "---",
        "[a]: https://t.example/a/b/issues/1",
        "We need to fix [it][a] ~~never~~ `code | here`.",
        "TODO: x",
        "",
        "    indented",
        "\t- tab",
        "なぜ止まったか",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.lists(_LINES, max_size=25).map("\n".join), st.text(max_size=300)))
def test_any_text_gives_a_document_with_valid_lines(body: str) -> None:
    document = read(body)
    last = body.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(1 <= item.line <= last for item in document.items)
    assert all(0 <= finding.line <= last for finding in document.findings)
    assert all(1 <= line <= last for line in document.sections.values())
    assert all(item.text and "\n" not in item.text for item in document.items)
    assert all(owner and not owner.startswith("@") for item in document.items for owner in item.owners)
    assert read(body) == document
