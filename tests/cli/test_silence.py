"""`simulate` says what would be told, `pause` keeps it from being told."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Desk


@pytest.fixture
def promised(desk: Desk) -> Desk:
    """One post-mortem with three tracked items, of which one was due on 20 November 2026."""
    desk("apply", desk.label(), "--service-stopped")
    return desk


def test_each_step_to_come_is_printed_with_who_and_why(promised: Desk) -> None:
    before = promised.written()
    ran = promised("simulate", "--from", "2026-11-20", "--to", "2026-12-31")
    assert ran.code == 0
    lines = ran.out.splitlines()
    first = next(n for n, line in enumerate(lines) if "as owner, rung 1" in line)
    assert "Page the on-call engineer" in lines[first]
    assert lines[first + 1].strip()
    assert any("Lena Vogt:" in line for line in lines)
    assert "messages about" in lines[-1]
    assert "nothing of it is sent" in ran.err
    assert promised.written() == before


def test_json_has_one_object_a_step(promised: Desk) -> None:
    told = json.loads(promised("simulate", "--from", "2026-11-20", "--to", "2026-12-31", "--format", "json").out)
    late = [step for step in told if step["item"] == "github:acme/incidents#2"]
    assert [step["to"] for step in late][:1] == ["alice"]
    assert {"at", "to", "role", "rung", "item", "text", "days_late", "why", "message_id"} <= set(late[0])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["simulate", "--from", "soonish"], "cannot be read as a day", id="a day that is none"),
        pytest.param(["simulate", "--from", "2026-12-01 or so"], "cannot be read as a day", id="more than a day"),
        pytest.param(["simulate", "--from", "2026-12-01", "--to", "2026-11-01"], "is before --from", id="backwards"),
        pytest.param(["simulate", "--from", "2026-12-01", "--to", "2029-11-01"], "more than a year", id="too long"),
        pytest.param(["simulate", "--team", "pya"], "no team 'pya'", id="simulate: an unknown team"),
        pytest.param(["simulate", "--format", "pdf"], "use text or json", id="an unknown format"),
        pytest.param(["pause", "--team", "pya", "--until", "2036-12-01"], "did you mean", id="pause: an unknown team"),
        pytest.param(["pause", "--until", "2020-01-01"], "has passed", id="a pause that is over"),
        pytest.param(["pause", "--until", "soonish"], "cannot be read as a day", id="a pause without a day"),
        pytest.param(["pause", "--until", "2036-12-01", "--off"], "use one of them", id="on and off"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(desk: Desk, arguments: list[str], says: str) -> None:
    ran = desk(*arguments)
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_pause_is_written_down_shown_and_ended(promised: Desk) -> None:
    assert promised("pause").out == "Nothing is paused.\n"
    promised("pause", "--until", "2036-12-01")
    ran = promised("pause", "--team", "pay", "--until", "2036-12-24")
    assert ran.code == 0
    both = (
        "Nobody is told anything up to and with Mon 1 Dec 2036.\n"
        "Nobody of Payments is told anything up to and with Wed 24 Dec 2036.\n"
    )
    assert ran.out == both
    assert promised("pause").out == both
    assert promised("pause", "--off").out == both.splitlines(keepends=True)[1]
    assert promised("pause", "--off", "--team", "pay").out == "Nothing is paused.\n"


def test_where_nothing_may_be_written_a_pause_is_refused_with_the_reason(desk: Desk) -> None:
    ran = desk("pause", "--until", "2036-12-01", FOLLOWTHROUGH_MODE="observe")
    assert ran.code == 2
    assert "mode observe" in ran.err
