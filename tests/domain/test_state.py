"""The state: it survives being written down, stays small, keeps what it does not know; only its own seal opens it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.model import Kind, Review, Status
from worker.domain.seal import Newer, NotOurs, seal, seal_mark, unseal, unseal_mark
from worker.domain.state import Base, ItemState, State

KEYS = (b"the present key of these tests, long enough", b"the former key of these tests, long enough")
NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)
WORDS = [
    *("add", "alert", "when", "payment", "queue", "deeper", "than", "hundred", "limit", "retries", "client", "three"),
    *("write", "runbook", "draining", "load", "test", "release", "checklist", "page", "oncall", "ledger", "workers"),
    *("gateway", "timeout", "dashboard", "latency", "percentile", "failover", "replica", "backup", "restore", "rotate"),
    *("certificate", "expiry", "canary", "deploy", "rollback", "feature", "flag", "schema", "migration", "index"),
]


def full() -> State:
    item = ItemState(
        id="abc123",
        text="Add an alert",
        ref="github:acme/pay#2",
        base=Base(due=date(2026, 12, 1), owner="bob", status=Status.OPEN),
        claimed_at=NOW,
        dropped=("labels",),
        promised=date(2026, 11, 20),
        slips=2,
        evidence="it fired",
        ignored={"time_bound": "it waits for the auditors"},
    )
    review = Review(uid="review-u-1", start=NOW, minutes=30, sequence=7, attendees=("bob",), optional=("dora",))
    return State(
        uid="u",
        enrolled_at=NOW,
        kind=Kind.POST_MORTEM,
        body_hash="h",
        body_since=NOW,
        items=(item,),
        review=review,
        quiet_until=date(2026, 11, 12),
        seen=("1:a",),
        audit=("2026-11-05 enrolled",),
    )


def test_a_state_reads_back_as_it_was_written() -> None:
    assert (
        State.from_json(unseal(seal(full().to_json(), purpose="sticky", keys=KEYS), purpose="sticky", keys=KEYS))
        == full()
    )


def test_fields_that_this_version_does_not_know_are_kept() -> None:
    raw = full().to_json() | {"later": {"x": 1}}
    raw["items"][0]["more"] = "kept"
    assert State.from_json(raw).to_json() == raw


def test_a_hundred_items_stay_under_16_kb() -> None:
    rng = random.Random(7)
    items = tuple(
        replace(
            full().items[0],
            id=f"{rng.getrandbits(30):06x}",
            text=" ".join(rng.choices(WORDS, k=30)),
            ref=f"github:acme/pay#{n}",
        )
        for n in range(100)
    )
    state = replace(full(), items=items, audit=tuple(" ".join(rng.choices(WORDS, k=15)) for _ in range(20)))
    assert len(seal(state.to_json(), purpose="sticky", keys=KEYS)) < 16_000


def test_a_hundred_items_with_all_that_commands_leave_behind_stay_under_16_kb() -> None:
    rng = random.Random(7)

    def words(limit: int) -> str:
        return " ".join(rng.choices(WORDS, k=40))[:limit]

    items = tuple(
        replace(
            full().items[0],
            id=f"{rng.getrandbits(30):06x}",
            text=words(120),
            ref=f"github:acme/pay#{n}",
            question=words(80),
            asked_by="lena",
            asked_at=NOW,
            evidence=words(80),
            waived=words(80),
            way_out="replaced",
            instead=f"jira:OPS-{n}",
            approved_by="lena",
            snoozed_until=date(2026, 12, 1),
            snoozes=2,
            slips=3,
            slipped_on=date(2026, 11, 20),
            category="detect",
        )
        for n in range(100)
    )
    state = replace(full(), items=items, audit=tuple(words(140) for _ in range(20)), reopened=2)
    assert State.from_json(state.to_json()) == state
    assert len(seal(state.to_json(), purpose="sticky", keys=KEYS)) < 16_000


def test_equal_states_are_sealed_equally() -> None:
    assert seal(full().to_json(), purpose="sticky", keys=KEYS) == seal(full().to_json(), purpose="sticky", keys=KEYS)


def test_a_former_key_still_opens() -> None:
    assert unseal(seal({"a": 1}, purpose="p", keys=KEYS[1:]), purpose="p", keys=KEYS) == {"a": 1}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"), id="another seal"),
        pytest.param(lambda t: t.replace("v1.", "v1.A"), id="an edited payload"),
        pytest.param(lambda t: "", id="nothing"),
        pytest.param(lambda t: "v1..", id="empty parts"),
        pytest.param(lambda t: t[: len(t) // 2], id="cut in the middle"),
    ],
)
def test_what_was_touched_is_not_ours(spoil: object) -> None:
    text = seal(full().to_json(), purpose="sticky", keys=KEYS)
    with pytest.raises(NotOurs):
        unseal(spoil(text), purpose="sticky", keys=KEYS)  # type: ignore[operator]  # one of the lambdas above


def test_a_record_moved_under_another_name_is_not_ours() -> None:
    with pytest.raises(NotOurs):
        unseal(seal({"a": 1}, purpose="person/alice", keys=KEYS), purpose="person/bob", keys=KEYS)


def test_a_newer_major_version_is_told_apart() -> None:
    text = seal({"a": 1}, purpose="p", keys=KEYS)
    with pytest.raises(Newer):
        unseal("v2" + text[2:], purpose="p", keys=KEYS)


@given(st.text(max_size=200))
def test_no_text_makes_unsealing_fail_in_another_way(text: str) -> None:
    with pytest.raises((NotOurs, Newer)):
        unseal(text, purpose="p", keys=KEYS)


@given(st.text(max_size=60))
def test_only_a_genuine_mark_is_read(text: str) -> None:
    assert unseal_mark(text, keys=KEYS) is None
    assert unseal_mark(seal_mark("u", "abc123", keys=KEYS), keys=KEYS) == ("u", "abc123")
