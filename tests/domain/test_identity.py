"""Which listed item is which remembered one: by reference, by words, by likeness; one to one, explained, repeatable."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence

import pytest

from tests.domain.edits import trial
from worker.domain.identity import Known, Matching, match_items
from worker.domain.likeness import assign
from worker.domain.model import ActionItem, IssueRef
from worker.domain.state import TEXT_LIMIT

ONE = IssueRef("github", "acme/pay#1")
TWO = IssueRef("github", "acme/pay#2")
REFS: Mapping[str, IssueRef | None] = {"#1": ONE, "acme/pay#1": ONE, "#2": TWO}


def item(text: str, *refs: str, own: bool = True) -> ActionItem:
    return ActionItem(line=1, text=text, refs=refs, ref_is_own=own and bool(refs))


def remembered(*texts: str, refs: Mapping[int, IssueRef] | None = None) -> tuple[Known, ...]:
    return tuple(Known(id=f"k{n}", text=text[:TEXT_LIMIT], ref=(refs or {}).get(n)) for n, text in enumerate(texts))


def matched(listed: Sequence[ActionItem | str], known: tuple[Known, ...]) -> Matching:
    return match_items([item(i) if isinstance(i, str) else i for i in listed], known, resolve=REFS)


def whose(matching: Matching) -> list[str]:
    return ["new" if m.new else m.id for m in matching.matches]


ALERT = "Add an alert for queue depth"
RUNBOOK = "Write a runbook for failover of the orders database"
LONG = (
    "Move the nightly export of all customer invoices to the reporting replica and stop it when the replica lags more "
    "than five minutes behind the primary database"
)


@pytest.mark.parametrize(
    ("listed", "known", "expected"),
    [
        pytest.param([ALERT, RUNBOOK], remembered(ALERT, RUNBOOK), ["k0", "k1"], id="the same words are the same item"),
        pytest.param([RUNBOOK, ALERT], remembered(ALERT, RUNBOOK), ["k1", "k0"], id="order does not matter"),
        pytest.param(
            ["**add** an `alert` for _queue  depth_."], remembered(ALERT), ["k0"], id="markup and case do not matter"
        ),
        pytest.param(["- [x] " + ALERT], remembered(ALERT), ["k0"], id="a tick in the text does not matter"),
        pytest.param(
            ["Ａｄｄ an alert for queue depth"], remembered(ALERT), ["k0"], id="unicode forms of one letter are one"
        ),
        pytest.param(
            ["Add a graph and an alert for the queue depth"],
            remembered(ALERT),
            ["k0"],
            id="a rewording is the same item",
        ),
        pytest.param([RUNBOOK], remembered(ALERT), ["new"], id="other words are another item"),
        pytest.param(
            [item("Something else entirely", "#1")],
            remembered(ALERT, refs={0: ONE}),
            ["k0"],
            id="the same reference is the same item, whatever its words",
        ),
        pytest.param(
            [item(RUNBOOK, "#1"), item(ALERT)],
            remembered(ALERT, RUNBOOK, refs={0: ONE}),
            ["k0", "new"],
            id="a reference goes before words",
        ),
        pytest.param(
            [item("Look at what #1 left open", "#1", own=False)],
            remembered(ALERT, refs={0: ONE}),
            ["new"],
            id="a reference that is only mentioned tells nothing",
        ),
        pytest.param(
            [item("Add an alert for queue depth in US", "#2")],
            remembered("Add an alert for queue depth in EU", refs={0: ONE}),
            ["new"],
            id="alike items that name two issues are two",
        ),
        pytest.param(
            [item(ALERT, "#2")], remembered(ALERT, refs={0: ONE}), ["k0"], id="the same words may name another issue"
        ),
        pytest.param([item("", "#1")], remembered("", refs={0: ONE}), ["k0"], id="without words, the reference tells"),
        pytest.param([LONG], remembered(LONG), ["k0"], id="a text that was cut is the same as the whole"),
        pytest.param(
            [LONG.replace("nightly", "hourly").replace("stop", "pause")],
            remembered(LONG),
            ["k0"],
            id="a text that was cut can be reworded",
        ),
        pytest.param(
            ["Add alert for queue depth in US", "Add alert for queue depth in EU"],
            remembered("Add alert for queue depth in EU", "Add alert for queue depth in US"),
            ["k1", "k0"],
            id="items nearly alike keep apart",
        ),
        pytest.param(
            ["Add alarm for queue size in US"],
            remembered("Add alert for queue depth in EU", "Add alert for queue depth in US"),
            ["k1"],
            id="a reworded item goes to the one whose telling word it kept",
        ),
        pytest.param(
            ["Add alert for queue depth in APAC", "Add an alarm for the depth of queues in EU"],
            remembered("Add alert for queue depth in EU", "Add alert for queue depth in US"),
            ["new", "k0"],
            id="a new one of a family does not take the place of a reworded one",
        ),
        pytest.param(
            [RUNBOOK, "Add alert for queue depth in Europe", "Rotate the admin password"],
            remembered(RUNBOOK, "Add alert for queue depth in EU", "Rotate the admin password"),
            ["k0", "k1", "k2"],
            id="between the same neighbours even the telling word may change",
        ),
        pytest.param(
            [RUNBOOK, ALERT, ALERT],
            remembered(ALERT, RUNBOOK, ALERT),
            ["k1", "k0", "k2"],
            id="equal lines keep their order",
        ),
        pytest.param(
            [RUNBOOK, ALERT, "Rotate the admin password"],
            remembered(ALERT, RUNBOOK, ALERT, "Rotate the admin password"),
            ["k1", "k2", "k3"],
            id="of equal lines the one with the same neighbours stays",
        ),
        pytest.param(
            ["监控队列深度，超过一百时通知"], remembered("监控队列深度，超过一百时报警"), ["k0"], id="no blanks needed"
        ),
        pytest.param(
            ["أضف تنبيهاً جديداً لعمق الطابور في أوروبا"],
            remembered("أضف تنبيهاً لعمق الطابور في أوروبا"),
            ["k0"],
            id="any script",
        ),
        pytest.param([], remembered(ALERT), [], id="nothing listed matches nothing"),
        pytest.param([ALERT], (), ["new"], id="nothing known makes all new"),
    ],
)
def test_each_listed_item_finds_its_own(
    listed: list[ActionItem | str], known: tuple[Known, ...], expected: list[str]
) -> None:
    assert whose(matched(listed, known)) == expected


def test_a_vanished_item_is_reported() -> None:
    assert matched([RUNBOOK], remembered(ALERT, RUNBOOK)).vanished == ("k0",)


def test_the_title_of_an_issue_tells_too() -> None:
    known = (Known(id="c", text="", ref=ONE, title=RUNBOOK),)
    result = matched([RUNBOOK], known)
    assert (whose(result), result.matches[0].why) == (["c"], "same words as its issue")


def test_an_item_still_listed_goes_before_one_that_had_vanished() -> None:
    known = (Known(id="old", text=ALERT, listed=False), Known(id="now", text=ALERT))
    assert whose(matched([ALERT], known)) == ["now"]


def test_a_vanished_item_comes_back_under_its_id() -> None:
    known = (Known(id="old", text=ALERT, listed=False),)
    assert whose(matched([ALERT], known)) == ["old"]


def test_each_match_is_explained() -> None:
    listed = [item("x", "#1"), item(RUNBOOK), item("Add a graph and an alert for the queue depth"), item("Brand new")]
    result = matched(listed, remembered("y", RUNBOOK, ALERT, refs={0: ONE}))
    reference, words, reworded, new = (m.why for m in result.matches)
    assert (reference, words, new) == ("same reference", "same words", "new")
    assert reworded.startswith("reworded: 0.")


def test_a_promise_listed_twice_with_its_issue_is_one() -> None:
    result = matched([item("Fix it", "#1"), item(ALERT, "acme/pay#1")], remembered(ALERT, refs={0: ONE}))
    assert result.ids == ("k0", "k0")
    assert [m.repeats for m in result.matches] == [1, None]


def test_new_items_that_name_one_unknown_issue_are_one() -> None:
    result = matched([item(ALERT, "#2"), item(ALERT, "#2")], ())
    assert len(set(result.ids)) == 1


def test_ids_come_from_the_words_alone() -> None:
    first = matched([ALERT, RUNBOOK, ALERT], ())
    again = matched(["  " + ALERT.upper() + ".", RUNBOOK, ALERT], ())
    assert first.ids == again.ids
    assert len(set(first.ids)) == 3
    assert all(len(i) == 6 and i.isalnum() and i == i.lower() for i in first.ids)


def test_an_id_that_is_taken_is_made_longer() -> None:
    (taken,) = matched([ALERT], ()).ids
    (longer,) = matched([ALERT], (Known(id=taken, text="Quite another promise"),)).ids
    assert longer.startswith(taken)
    assert len(longer) == len(taken) + 1


def test_items_without_words_get_ids_from_their_references() -> None:
    result = matched([item("", "#1"), item("", "#2"), item("", "ABC-9")], ())
    assert len(set(result.ids)) == 3


def run_trials(seeds: range) -> list[str]:
    wrong = []
    for seed in seeds:
        drawn = trial(random.Random(seed))
        result = match_items(drawn.listed, drawn.known, resolve={})
        got = tuple(None if m.new else m.id for m in result.matches)
        if got != drawn.truth:
            wrong.append(f"seed {seed}: {got} is not {drawn.truth}")
        kept = {i for i in got if i}
        assert set(result.vanished) == {k.id for k in drawn.known} - kept
    return wrong


def test_random_edits_make_no_wrong_merge_and_no_second_issue() -> None:
    assert run_trials(range(600)) == []


@pytest.mark.soak
def test_ten_thousand_random_edits_make_no_wrong_merge_and_no_second_issue() -> None:
    assert run_trials(range(600, 10_600)) == []


def test_a_second_look_finds_what_the_first_one_made() -> None:
    for seed in range(150):
        drawn = trial(random.Random(seed))
        first = match_items(drawn.listed, (), resolve={})
        state = tuple(Known(id=i, text=it.text[:TEXT_LIMIT]) for i, it in zip(first.ids, drawn.listed, strict=True))
        again = match_items(drawn.listed, state, resolve={})
        assert again.ids == first.ids
        assert not any(m.new for m in again.matches)


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(
            [f"Add alert for queue depth in region {n} of cluster {n * 7}" for n in range(1000)], id="a family"
        ),
        pytest.param(
            [f"step{n} unlike{n * 3} words{n * 5} of{n * 7} many{n * 11} kinds{n}" for n in range(1000)], id="all apart"
        ),
        pytest.param(["Add alert"] * 1000, id="all equal"),
        pytest.param([f"{n} " + "word " * 5000 for n in range(1000)], id="very long"),
    ],
)
def test_a_thousand_items_are_matched_in_a_few_seconds_at_the_very_most(texts: list[str]) -> None:
    known = remembered(*texts)
    began = time.process_time()
    result = matched([f"{text} soon" for text in texts], known)
    assert time.process_time() - began < 5  # about one on an idle machine; a quadratic slip would take minutes
    assert len(set(result.ids)) == len(texts)


def test_a_large_family_is_matched_to_itself() -> None:
    texts = [f"Add alert for queue depth in region {n}" for n in range(100)]
    listed: list[ActionItem | str] = [text.replace("alert", "alarm") for text in reversed(texts)]
    assert whose(matched(listed, remembered(*texts))) == [f"k{n}" for n in reversed(range(100))]


def test_the_assignment_is_the_best_of_all() -> None:
    rng = random.Random(7)
    for _ in range(200):
        n, m = rng.randint(1, 5), rng.randint(1, 5)
        scores = {(a, b): rng.random() for a in range(n) for b in range(m) if rng.random() < 0.7}
        pairs = assign(scores, floor=0.4)
        assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
        assert sum(scores[p] - 0.4 for p in pairs) == pytest.approx(best(scores, list(range(n)), frozenset()))


def best(scores: Mapping[tuple[int, int], float], lefts: list[int], used: frozenset[int]) -> float:
    """The greatest sum by trying everything."""
    if not lefts:
        return 0.0
    first, *rest = lefts
    options = [best(scores, rest, used)]
    options += [scores[a, b] - 0.4 + best(scores, rest, used | {b}) for a, b in scores if a == first and b not in used]
    return max(options)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "Improve monitoring of the gateway",
            "Improve monitoring of the gateway: page on-call when it takes over 3 seconds",
            id="saying it more fully",
        ),
        pytest.param(
            "Write a runbook for refunds, with the numbers of everybody who may approve one at night",
            "Write a runbook for refunds",
            id="saying it more shortly",
        ),
    ],
)
def test_an_item_that_is_elaborated_stays_the_same_item(before: str, after: str) -> None:
    known = (Known(id="aaa", text="Cap the pool"), Known(id="bbb", text=before))
    listed = [ActionItem(line=1, text="Cap the pool"), ActionItem(line=2, text=after)]
    assert match_items(listed, known, resolve={}).ids == ("aaa", "bbb")


def test_a_beginning_that_two_items_share_never_makes_them_one() -> None:
    known = (Known(id="aaa", text="Add an alert for the queue"),)
    tails = ("depth in the European region, with a page at night", "consumers that have not answered for ten minutes")
    listed = [ActionItem(line=n, text=f"Add an alert for the queue {tail}") for n, tail in enumerate(tails)]
    assert len(set(match_items(listed, known, resolve={}).ids)) == 2
