"""What makes the engine look at something, what keeps it from speaking, and what it never lets go of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.engine.bench import LABEL, Bench
from worker.domain.messages import Batch
from worker.domain.model import Issue, IssueRef, Snapshot, Status, Thread
from worker.engine.store import Lease
from worker.engine.units import UNENROL, SweepUnit
from worker.trackers.errors import Missing, Refused, Unavailable
from worker.trackers.port import Changes
from worker.web.github import read_event

FOREIGN = IssueRef("github", "evil/repo#1")


@pytest.fixture
def bench(redis_client: Redis) -> Bench:
    made = Bench(redis_client)
    made.settle()
    return made


def foreign(bench: Bench) -> Issue:
    """A labelled issue in a repository that nobody configured."""
    ref = bench.tracker.open(1, labels=LABEL)
    issue = bench.tracker.all_issues.pop(ref)
    made = Issue(ref=FOREIGN, title=issue.title, labels=LABEL, created_at=issue.created_at, updated_at=issue.created_at)
    bench.tracker.all_issues[FOREIGN] = made
    return made


# What a webhook may mark


def test_a_webhook_of_a_repository_that_is_not_watched_marks_nothing(bench: Bench) -> None:
    foreign(bench)
    assert bench.intake.heard("github", "evil/repo", FOREIGN.locator, LABEL) == 0
    assert bench.intake.heard("github", "evil/repo", None, None) == 0
    assert bench.intake.heard("elsewhere", "acme/incidents", "acme/incidents#1", LABEL) == 0
    assert not [key for key, _ in bench.store.pending() if "evil" in key or "elsewhere" in key]


def test_what_a_pull_request_mentions_elsewhere_enrols_nothing_there(bench: Bench) -> None:
    foreign(bench)
    described = {"number": 5, "pull_request": {"url": "u"}, "title": "typo", "body": "see evil/repo#1"}
    payload = {"action": "created", "repository": {"full_name": "acme/incidents"}, "issue": described}
    for touched in read_event("issue_comment", payload) or ():
        bench.intake.heard("github", touched.container, touched.locator, touched.labels)
    bench.until(bench.later(hours=30))
    assert bench.cache.enrolled() == ()
    assert [w for w in bench.tracker.writes if w.startswith("create")] == []


def test_an_issue_elsewhere_that_belongs_to_something_enrolled_marks_its_owner(bench: Bench) -> None:
    bench.cache.set_owners("github:acme/incidents#7", [FOREIGN.key])
    assert bench.intake.heard("github", "evil/repo", FOREIGN.locator, LABEL) == 0, "its owner is not enrolled"
    bench.cache.enrol("github:acme/incidents#7")
    assert bench.intake.heard("github", "evil/repo", FOREIGN.locator, LABEL) == 1
    assert bench.store.pending("github:")[0][0] == "github:acme/incidents#7"


def test_the_sweep_of_a_repository_that_is_not_configured_any_more_ends(bench: Bench) -> None:
    now = bench.clock.now()
    assert bench.sweeper.sweep(SweepUnit("github", "acme/gone"), now) is None
    assert bench.sweeper.sweep(SweepUnit("gone", "acme/incidents"), now) is None
    assert bench.sweeper.sweep(SweepUnit("github", "acme/incidents"), now) is not None


def test_a_name_in_other_letters_means_the_sweep_of_the_configured_one(bench: Bench) -> None:
    now = bench.clock.now()
    assert bench.sweeper.sweep(SweepUnit("github", "ACME/Incidents"), now) is None
    assert ("sweep:github:acme/incidents", now) in bench.store.pending("sweep:")


# What is gone, and what is not


def test_a_child_deleted_while_it_is_read_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = bench.enrol(1)
    bench.settle()
    child = bench.children(ref)[0]
    bench.tracker.say(child, "still at it", author="bob")
    read = type(bench.tracker).thread

    def thread(tracker: object, asked: IssueRef) -> Thread:
        if asked == child:
            raise Missing("deleted a moment ago")
        return read(bench.tracker, asked)

    monkeypatch.setattr(type(bench.tracker), "thread", thread)
    bench.mark(ref.key)
    bench.settle()
    assert bench.cache.enrolled() == (ref.key,)
    assert bench.cache.dossier(ref.key) is not None
    assert bench.stuck.list() == ()


def test_only_a_missing_post_mortem_is_forgotten_and_the_log_says_what_to_do(bench: Bench) -> None:
    ref = bench.enrol(1)
    bench.settle()
    del bench.tracker.all_issues[ref]
    bench.mark(ref.key)
    with capture_logs() as logs:
        bench.settle()
    assert bench.cache.enrolled() == ()
    (said,) = [line for line in logs if line["log_level"] == "warning"]
    assert said["unit"] == ref.key
    assert "access" in said["remedy"]


# Looks that last


def test_a_periodic_look_is_never_set_aside_however_often_its_worker_dies(bench: Bench) -> None:
    keys = {"sweep:github:acme/incidents", "full:github", "schedule:digests", "ledger:enrolled"}
    bench.store.add_many((key, bench.clock.now()) for key in keys)
    for _ in range(40):
        bench.store.claim(1)
        bench.clock.advance(timedelta(seconds=130))
    bench.store.claim(1)
    assert bench.stuck.list() == ()
    held = set(bench.store.running())
    assert keys <= held | {key for key, _ in bench.store.pending()}


def test_a_long_look_keeps_its_lease(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    containers = tuple(f"acme/r{n}" for n in range(6))
    bench.tracker.repositories = containers
    others: list[tuple[Lease, ...]] = []

    def labelled(_: object, _container: str, _label: str) -> tuple[Issue, ...]:
        bench.clock.advance(timedelta(seconds=100))
        others.append(tuple(x for x in bench.store.claim(1) if x.key == "full:github"))
        return ()

    monkeypatch.setattr(type(bench.tracker), "labelled", labelled)
    (lease,) = [x for x in [bench.store.claim_one("full:github")] if x is not None]
    bench.engine.run(lease)
    assert others[: len(containers)] == [()] * len(containers), "nobody else took it meanwhile"
    assert not bench.store.unswept(["github"])


def test_what_a_sweep_read_counts_though_its_lease_ran_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = bench.tracker.open(1, labels=LABEL)
    issue = bench.tracker.all_issues[ref]

    def changed(_: object, _container: str, _cursor: str) -> Changes:
        bench.clock.advance(timedelta(seconds=600))
        bench.store.claim(9)
        return Changes(issues=(issue,), cursor="moved on")

    monkeypatch.setattr(type(bench.tracker), "changed", changed)
    lease = bench.store.claim_one("sweep:github:acme/incidents")
    assert lease is not None
    bench.engine.run(lease)
    assert bench.cache.cursor("github:acme/incidents") == "moved on"
    assert ref.key in {key for key, _ in bench.store.pending()}


# The daily look


def test_the_daily_look_spreads_what_is_known_over_the_day(bench: Bench) -> None:
    refs = [bench.enrol(n) for n in range(1, 21)]
    bench.settle()
    known = dict(bench.store.pending("github:"))
    for key in known:
        bench.redis.zrem("ft:due", key)
    now = bench.clock.now()
    bench.tracker.open(30, labels=LABEL)
    bench.tracker.change(refs[3], labels=frozenset())
    lease = bench.store.claim_one("full:github")
    assert lease is not None
    bench.engine.run(lease)
    marked = dict(bench.store.pending("github:"))
    assert {key for key, at in marked.items() if at <= now} == {"github:acme/incidents#30", refs[3].key}
    hours = Counter((at - now) // timedelta(hours=6) for at in marked.values())
    assert set(hours) == {0, 1, 2, 3}
    assert max(marked.values()) <= now + timedelta(hours=24)


def test_after_a_wipe_the_full_look_marks_all_at_once(bench: Bench) -> None:
    refs = [bench.enrol(n) for n in range(1, 6)]
    bench.until(bench.later(minutes=20))
    bench.redis.flushall()
    bench.store.begin_alone()
    lease = bench.store.claim_one("full:github")
    assert lease is not None
    bench.engine.run(lease)
    assert dict(bench.store.pending("github:")) == dict.fromkeys((r.key for r in refs), bench.clock.now())


# Telling people


def count_reads(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Every look at a whole post-mortem, by its key, from now on."""
    looks: Counter[str] = Counter()
    read = type(bench.tracker).snapshot

    def snapshot(_: object, ref: IssueRef) -> Snapshot:
        looks[ref.key] += 1
        return read(bench.tracker, ref)

    monkeypatch.setattr(type(bench.tracker), "snapshot", snapshot)
    return looks


def test_a_harmless_comment_on_one_of_twenty_post_mortems_looks_at_that_one_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [bench.enrol(n) for n in range(1, 21)]
    bench.until(bench.later(minutes=20))
    assert len(bench.cache.concerns("bob")) == 20
    looks = count_reads(bench, monkeypatch)
    bench.tracker.say(refs[0], "Thanks!")
    bench.mark(refs[0].key)
    bench.mark(f"person:bob:{bench.clock.now().date()}")
    bench.settle()
    assert looks == {refs[0].key: 1}


def test_what_a_message_speaks_of_is_looked_at_before_it_leaves(bench: Bench) -> None:
    first, second = bench.enrol(1), bench.enrol(2)
    bench.until(datetime(2026, 12, 2, 8, 59, tzinfo=UTC))
    for child in bench.children(first):
        bench.tracker.change(child, status=Status.DONE)
    # Nobody says so: what is kept of the first is out of date.
    bench.redis.zrem("ft:due", first.key, "full:github", "sweep:github:acme/incidents")
    bench.until(datetime(2026, 12, 2, 9, 5, tzinfo=UTC))
    nudges = [m for m in bench.box.got if m.to == "bob" and isinstance(m.content, Batch)]
    assert [{s.item.post_mortem for s in m.content.steps} for m in nudges if isinstance(m.content, Batch)] == [{second}]


def unreadable(keys: Iterable[str], bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    read, broken = type(bench.tracker).snapshot, set(keys)

    def snapshot(_: object, ref: IssueRef) -> Snapshot:
        if ref.key in broken:
            raise error
        return read(bench.tracker, ref)

    monkeypatch.setattr(type(bench.tracker), "snapshot", snapshot)


def test_after_a_wipe_nobody_is_told_anything_before_every_enrolled_one_was_seen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bench.enrol(1), bench.enrol(2)
    bench.until(bench.later(minutes=20))
    bench.box.got.clear()
    bench.wipe()
    with monkeypatch.context() as broken:
        unreadable([second.key], bench, broken, Unavailable("502"))
        bench.settle()
        assert bench.cache.dossier(first.key) is not None
        assert bench.engine._unseen(), "one of them was not seen yet"
        bench.mark(f"person:bob:{bench.clock.now().date()}")
        looks = count_reads(bench, broken)
        bench.settle()
        assert looks == {}, "nothing is planned yet"
    bench.until(bench.later(minutes=5))
    assert not bench.engine._unseen()


def test_one_that_can_never_be_read_silences_nobody_for_long(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.enrol(1)
    second = bench.enrol(2)
    bench.until(bench.later(minutes=20))
    bench.wipe()
    unreadable([second.key], bench, monkeypatch, Refused("403"))
    with capture_logs():  # each traceback with all its locals would take seconds
        bench.until(bench.later(hours=1))
    assert [letter.key for letter in bench.stuck.list()] == [second.key]
    assert not bench.engine._unseen()


# Enrolments that end


def cancels(bench: Bench) -> set[str]:
    return {m.to for m in bench.box.got if m.occurrence.startswith("cancel/")}


def test_a_wipe_after_un_enrolling_loses_no_cancellation(redis_client: Redis) -> None:
    bench = Bench(redis_client, unenrol_after_hours=1)
    ref = bench.enrol(1)
    bench.until(bench.later(days=1, hours=6))
    invited = {m.to for m in bench.box.got if m.kind == "invite"}
    assert invited
    bench.unlabel(ref)
    bench.until(bench.later(hours=20))
    assert bench.state(ref).left
    assert cancels(bench) == set()
    bench.wipe()
    bench.until(bench.later(days=3))
    assert cancels(bench) == invited


def test_an_ended_enrolment_is_off_the_list_once_its_review_would_have_begun(redis_client: Redis) -> None:
    bench = Bench(redis_client, unenrol_after_hours=1)
    ref = bench.enrol(1)
    bench.until(bench.later(hours=1))
    bench.unlabel(ref)
    bench.until(bench.later(hours=2))
    review = bench.state(ref).review
    assert review is not None
    assert bench.cache.is_enrolled(ref.key)
    bench.until(review.start + timedelta(minutes=1))
    assert not bench.cache.is_enrolled(ref.key)


@pytest.mark.parametrize(
    "wiped", [pytest.param(False, id="in one life of Redis"), pytest.param(True, id="after a wipe")]
)
def test_of_many_that_lose_their_label_together_not_one_ends(redis_client: Redis, wiped: bool) -> None:
    bench = Bench(redis_client, unenrol_at_most_an_hour=2, unenrol_after_hours=3)
    refs = [bench.enrol(n) for n in range(1, 4)]
    bench.settle()
    for ref in refs:
        bench.unlabel(ref)
        bench.until(bench.later(minutes=10))
    if wiped:
        bench.wipe()
    bench.until(bench.later(hours=5))
    assert not any(bench.state(ref).left for ref in refs)
    assert [letter.key for letter in bench.stuck.list()] == [UNENROL]
    bench.stuck.retry(UNENROL)
    bench.until(bench.later(hours=2))
    assert all(bench.state(ref).left for ref in refs)


def test_as_many_as_the_policy_allows_end_without_a_word(redis_client: Redis) -> None:
    bench = Bench(redis_client, unenrol_at_most_an_hour=2, unenrol_after_hours=3)
    refs = [bench.enrol(n) for n in range(1, 4)]
    bench.settle()
    for ref in refs:
        bench.unlabel(ref)
        bench.until(bench.later(minutes=40))
    bench.until(bench.later(hours=5))
    assert all(bench.state(ref).left for ref in refs)
    assert bench.stuck.list() == ()
