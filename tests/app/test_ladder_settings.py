"""The ladder as `policy.yaml` writes it: what it becomes, and what is refused with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from worker.app.problems import ConfigError
from worker.app.settings import load_settings
from worker.domain.policy import SIGNALS, Ladder, Policy, Rung, SignalLadder

TOKEN = {"GITHUB_TOKEN": "t", "FOLLOWTHROUGH_SIGNING_KEY": "k" * 40}


def policy_of(folder: Path, text: str) -> Policy:
    (folder / "policy.yaml").write_text(text)
    return load_settings(folder, TOKEN).policy


def test_without_a_word_every_signal_has_its_default_ladder(tmp_path: Path) -> None:
    ladder = policy_of(tmp_path, "ladder:\n").ladder
    assert ladder == Ladder()
    assert {kind: ladder.ladder_of(kind) for kind in SIGNALS} == dict(SIGNALS)


def test_a_signal_keeps_what_is_not_said_of_it(tmp_path: Path) -> None:
    ladder = policy_of(
        tmp_path,
        """
ladder:
  signals:
    due-soon: {on: false}
    stale: {priorities: {p2: [{after_days: 20, role: owner}]}}
    unowned: {rungs: [{after_days: 0, role: lead, channels: [digest]}, {after_days: 9, role: "person:sam"}]}
    overdue: {priorities: {P0: [{after_days: 1, role: owner}, {after_days: 2, role: director}]}}
""",
    ).ladder
    assert ladder.ladder_of("due-soon").rungs_for("P1") == ()
    assert ladder.ladder_of("stale").rungs_for("P2") == (Rung(after_days=20, role="owner"),)
    assert ladder.ladder_of("stale").rungs_for("P0") == SIGNALS["stale"].rungs_for("P0")
    assert ladder.ladder_of("unowned") == SignalLadder(
        rungs=(Rung(after_days=0, role="lead", channels=("digest",)), Rung(after_days=9, role="person:sam"))
    )
    assert ladder.ladder_of("overdue").rungs_for("P0")[1].role == "director"
    assert ladder.ladder_of("overdue").rungs_for("P1") == Ladder().rungs


def test_manners_and_times_are_read(tmp_path: Path) -> None:
    policy = policy_of(
        tmp_path,
        """
team_slo_days: {payments: {P1: 14}}
assign_days: {P0: 2}
ladder:
  director_for: [p0]
  starts_on: 2026-12-01
  grace_days: 14
  first_nudges_a_day: 3
  tracker_mail_counts: false
  blackouts: ["12-24 to 01-01"]
""",
    )
    assert policy.ladder == Ladder(
        director_for=frozenset({"P0"}),
        starts_on=date(2026, 12, 1),
        grace_days=14,
        first_nudges_a_day=3,
        tracker_mail_counts=False,
        blackouts=(("12-24", "01-01"),),
    )
    assert policy.assign_days == {"P0": 2}
    assert policy.slo_of("payments")["P1"] == 14
    assert policy.slo_of("payments")["P2"] == policy.slo_of("")["P2"] == 56


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "ladder: {signals: {stael: {on: false}}}",
            "there is no signal `stael`; did you mean `stale`?",
            id="unknown",
        ),
        pytest.param(
            "ladder: {signals: {overdue: {rungs: [{after_days: 1, role: owner}]}}}",
            "the rungs of lateness stand under `ladder.rungs`; move them there",
            id="lateness has its place",
        ),
        pytest.param(
            "ladder: {signals: {stale: {rungs: [{after_days: 5, role: lead}]}}}",
            "the ladder begins at the lead; the owner must hear first",
            id="the owner first, of silence too",
        ),
        pytest.param(
            "ladder: {signals: {stale: {priorities: {P0: "
            "[{after_days: 5, role: owner}, {after_days: 4, role: lead}]}}}}",
            "the ladder goes down: this rung comes after 4 days, the one before it after 5",
            id="a priority's ladder that goes down",
        ),
        pytest.param(
            "ladder: {rungs: [{after_days: 1, role: owner, until_days: 7}, {after_days: 8, role: lead}]}",
            "only the top rung may end",
            id="an owner's rung that ends would leave the lead to hear first",
        ),
        pytest.param(
            "ladder: {signals: {due-soon: {rungs: [{after_days: -3, role: owner, until_days: -5}]}}}",
            "the rung would end after -5 days, before it begins after -3",
            id="a rung that ends before it begins",
        ),
        pytest.param(
            "ladder: {signals: {overdue: {priorities: {P0: [{after_days: 0, role: owner}]}}}}",
            "nothing is late after 0 days; write at least 1",
            id="late on its day",
        ),
        pytest.param(
            "ladder: {rungs: [{after_days: 1, role: 'person:a b'}]}", "is none of `owner`, `lead`", id="no id"
        ),
        pytest.param(
            "ladder: {rungs: [{after_days: 1, role: owner, channels: [slack]}]}",
            "`slack` is none of `mail`, `digest`",
            id="a channel that does not exist yet",
        ),
        pytest.param('ladder: {blackouts: ["01-01 to 12-31"]}', "no day in the year", id="always dark"),
        pytest.param('ladder: {blackouts: ["24 Dec"]}', "write `12-24 to 01-01`", id="days in words"),
        pytest.param("ladder: {first_nudges_a_day: 0}", "must be at least 1", id="nobody could ever be told"),
    ],
)
def test_a_ladder_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        policy_of(tmp_path, text)
    assert problem in str(refused.value)
    assert "policy.yaml:1:" in str(refused.value)
