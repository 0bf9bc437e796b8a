"""Sections are known by their meaning, the incident has a day, and what is missing is said."""

from datetime import date

import pytest

from worker.domain.document import parse_document
from worker.domain.document.sections import classify
from worker.domain.model import Document, Kind

TODAY = date(2026, 11, 20)


def read(body: str) -> Document:
    return parse_document(body, today=TODAY)


def items(body: str) -> list[str]:
    return [item.text for item in read(body).items]


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
        "Action items\n~~~~~~~~~~~~",
        "## アクションアイテム",
        "## III. What will be done",
        "## Future mitigations",
        "## What we have done since",
        "## Q: How will we make sure this doesn't happen again?",
        "## Where we go from here",
        "## Działania naprawcze",
        "## Åtgärder",
        "## План действий",
        "### 3.2 Corrective measures",
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
        "## What you should do",
        "## What we have done to fix it during the incident: actions taken",
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
        ("5 Whys", "five_whys"),
        ("3. 5 Whys", "five_whys"),
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


@pytest.mark.parametrize(
    ("body", "title"),
    [
        pytest.param("# Post-mortem\n\nTitle: Mail is late\n\n## Impact\n", "Mail is late", id="a field says more"),
        pytest.param("**Post Mortem**\n\n### Mail is late\n\nx\n", "Mail is late", id="a name says more than a kind"),
        pytest.param("**Mail is late**\n\n## Impact\n\nSome.\n", "Mail is late", id="the first bold line"),
        pytest.param("| | |\n|-|-|\n| Title | Mail is late |\n\n## Impact\n", "Mail is late", id="a row of a table"),
        pytest.param("### Incident title\n\nMail is late\n\n### Impact\n", "Mail is late", id="an issue form"),
        pytest.param('+++\ntitle = "Mail is late"\n+++\n\nText.\n', "Mail is late", id="front matter of TOML"),
        pytest.param("====\nMail\n====\n\nText.\n", "Mail", id="between two rows of signs"),
        pytest.param("Created: Mar 12, 2026\n\n## Impact\n", "", id="what describes the document is no title"),
    ],
)
def test_the_title_is_what_names_this_incident(body: str, title: str) -> None:
    assert read(body).title == title


@pytest.mark.parametrize(
    ("body", "day"),
    [
        pytest.param(
            "# T\n\nPublished 2026-04-22. The incident took place on 2026-04-16.\n", date(2026, 4, 16), id="publication"
        ),
        pytest.param("# T\n\n*11 June 2026, by Ana B.*\n\nOn 8 June it broke.\n", date(2026, 6, 8), id="a byline"),
        pytest.param("# T\n\nIt was down from 9 to 11 June 2026.\n", date(2026, 6, 9), id="a span begins"),
        pytest.param("# T\n\nPostmortem date: 2026-08-20\n\nStart: 2026-08-17 16:02\n", date(2026, 8, 17), id="review"),
        pytest.param(
            "# T\n\n:Date: 2026-03-26\n:Author: Ana\n\nDown on 25 March 2026.\n", date(2026, 3, 25), id="beside authors"
        ),
        pytest.param("# T\n\nDate: 2026-03-26\n\nDeployed 25 March 2026.\n", date(2026, 3, 26), id="a plain date"),
    ],
)
def test_the_day_of_writing_is_not_the_day_of_the_incident(body: str, day: date) -> None:
    assert read(body).incident_date == day
