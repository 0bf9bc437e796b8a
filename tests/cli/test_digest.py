"""`digest` previews the leads' digests from the tracker, and writes nothing."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Desk

MONDAY = ("--at", "2026-11-23T08:00+00:00")


@pytest.fixture
def promised(desk: Desk) -> Desk:
    """One post-mortem with three tracked items, of which one was due on 20 November 2026."""
    desk("apply", desk.label(), "--service-stopped")
    return desk


def test_the_leads_next_digest_is_shown_and_nothing_written(promised: Desk) -> None:
    before = promised.written()
    ran = promised("digest", *MONDAY)
    assert ran.code == 0
    assert ran.out.startswith("To: Lena Vogt <lena@acme.example>\nDue: Mon 23 Nov 2026, 08:00 (UTC)\nSubject: Week 47:")
    assert "Page the on-call engineer" in ran.out
    assert "digests are sent only where `mode: live` is set" in ran.err
    assert promised.written() == before


def test_json_has_one_object_a_lead(promised: Desk) -> None:
    (told,) = json.loads(promised("digest", "--format", "json", *MONDAY).out)
    assert told["to"] == "Lena Vogt"
    assert told["due"] == "2026-11-23T08:00:00+00:00"
    assert [e["issue"] for e in told["overdue"]] == ["github:acme/incidents#2"]


def test_html_is_one_whole_page(promised: Desk) -> None:
    ran = promised("digest", "--team", "pay", "--format", "html", *MONDAY)
    assert ran.out.startswith("<!doctype html>")
    assert ran.out.rstrip().endswith("</html>")


def test_slack_is_the_message_as_its_builder_of_blocks_takes_it(promised: Desk) -> None:
    told = json.loads(promised("digest", "--format", "slack", *MONDAY).out)
    assert told["text"].startswith("Week 47:")
    assert told["blocks"][0]["text"]["text"].startswith("Week 47:")
    assert "Page the on-call engineer" in json.dumps(told["blocks"])


def test_teams_is_the_card_as_a_workflow_takes_it(promised: Desk) -> None:
    told = json.loads(promised("digest", "--format", "teams", *MONDAY).out)
    card = told["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert "For Lena Vogt" in json.dumps(card)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--team", "pya"], "did you mean `pay`?", id="an unknown team gets a guess"),
        pytest.param(["--format", "pdf"], "use text, html, slack, teams or json", id="an unknown format"),
        pytest.param(["--at", "soon"], "is not a time", id="a time that is none"),
    ],
)
def test_what_cannot_be_previewed_is_refused_in_one_line(desk: Desk, arguments: list[str], says: str) -> None:
    ran = desk("digest", *arguments)
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_without_a_lead_nobody_gets_a_digest(desk: Desk) -> None:
    (desk.folder / "people.yaml").write_text("people: {}\n")
    ran = desk("digest")
    assert ran.code == 2
    assert "names no lead" in ran.err


def test_a_refused_credential_ends_with_4(desk: Desk) -> None:
    assert desk("digest", GITHUB_TOKEN="no-such-token").code == 4


def test_a_quiet_week_says_that_nothing_would_be_sent(desk: Desk) -> None:
    ran = desk("digest", *MONDAY)
    assert ran.code == 0
    assert "nothing would be sent" in ran.out
