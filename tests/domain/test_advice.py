"""Beside the verdicts: how strong an action is, what the set lacks, where to split, and how its author could say it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.model import ActionItem, Document
from worker.domain.policy import SmartPolicy
from worker.domain.smart import aim_of, balance, deliverables, judge, reword, strength_of

TODAY = date(2026, 11, 20)


def suggestion(text: str, **parts: object) -> str:
    item = ActionItem(line=1, text=text, **parts)  # type: ignore[arg-type]  # parts are fields of the item
    verdicts = judge(item, Document(), policy=SmartPolicy(), slo_days={"P1": 28}, today=TODAY)
    return reword(item, verdicts)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        pytest.param("Remove the delete button from the console", "strong", id="the hazard is gone"),
        pytest.param("Block merges without a rollback", "strong", id="a machine refuses"),
        pytest.param("Cap the pool at 40 connections", "strong", id="a limit"),
        pytest.param("Alert on queue depth", "medium", id="somebody is told"),
        pytest.param("Add an alert when the limit is reached", "medium", id="the deliverable comes first"),
        pytest.param("Add a second replica", "medium", id="redundancy"),
        pytest.param("Train the night shift on failover", "weak", id="training"),
        pytest.param("Write a runbook for failover", "weak", id="a document"),
        pytest.param("Remind everyone to check the calendar", "weak", id="a reminder"),
        pytest.param("Consider automating it", "weak", id="a thought"),
        pytest.param("Kitchen", "", id="the words do not tell"),
    ],
)
def test_strength_follows_what_the_action_changes(text: str, level: str) -> None:
    assert strength_of(text).level == level


@pytest.mark.parametrize(
    ("item", "aim"),
    [
        pytest.param(ActionItem(line=1, text="Cap the pool", type="mitigate"), "mitigate", id="as it was filed"),
        pytest.param(ActionItem(line=1, text="Cap it", section="Detection"), "detect", id="under its heading"),
        pytest.param(ActionItem(line=1, text="Page on lag"), "detect", id="by its words"),
        pytest.param(ActionItem(line=1, text="Write the failover runbook"), "mitigate", id="a faster answer"),
        pytest.param(ActionItem(line=1, text="Cap the pool"), "prevent", id="all else prevents"),
    ],
)
def test_an_action_prevents_detects_or_mitigates(item: ActionItem, aim: str) -> None:
    assert aim_of(item) == aim


def test_a_set_that_only_prevents_is_asked_how_the_next_one_is_noticed_and_stopped() -> None:
    items = [ActionItem(line=n, text=text) for n, text in enumerate(("Cap the pool", "Pin the image", "Drop the flag"))]
    mixed = balance(items)
    assert dict(mixed.counts) == {"prevent": 3, "detect": 0, "mitigate": 0}
    assert len(mixed.advice) == 2
    assert all("?" in said for said in mixed.advice)


def test_a_set_of_reminders_is_asked_for_a_guard() -> None:
    items = [ActionItem(line=1, text="Remind the team"), ActionItem(line=2, text="Train the night shift")]
    assert "guard" in balance(items).advice[-1]


def test_a_mixed_set_gets_no_advice() -> None:
    texts = ("Cap the pool", "Page on lag", "Write the failover runbook")
    assert balance([ActionItem(line=1, text=text) for text in texts]).advice == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Add an alert and write a runbook", ("add", "write"), id="two verbs"),
        pytest.param("Add an alert for queue and lag", (), id="one verb, two objects"),
        pytest.param("Remove the flag", (), id="one"),
    ],
)
def test_two_deliverables_suggest_a_split(text: str, found: tuple[str, ...]) -> None:
    assert deliverables(text) == found


@pytest.mark.parametrize(
    ("text", "parts", "said"),
    [
        pytest.param(
            "Add an alert for queue depth",
            {"owners": ("ana",)},
            "ana will add an alert for queue depth by …; done when it has fired in a test.",
            id="only the date is a gap",
        ),
        pytest.param(
            "Pin the image",
            {"due": date(2026, 12, 1)},
            "… will pin the image by Tue 1 Dec 2026.",
            id="the owner is a gap",
        ),
        pytest.param(
            "Improve monitoring",
            {"owners": ("ana",), "due": date(2026, 12, 1)},
            "ana will … (add, change or remove what, and where?) to improve monitoring by Tue 1 Dec 2026; done when ….",
            id="the step is a gap, the wish its end",
        ),
        pytest.param(
            "We should explore caching",
            {"owners": ("ana",)},
            "ana will explore caching and record … (which decision or result, and where?) by …; done when ….",
            id="a thought leaves a record",
        ),
        pytest.param(
            "Pin the image",
            {"owners": ("ana",), "priority": "P1"},
            "ana will pin the image by Fri 18 Dec 2026.",
            id="the day that policy proposes",
        ),
    ],
)
def test_a_suggestion_keeps_the_authors_words(text: str, parts: dict[str, object], said: str) -> None:
    assert suggestion(text, **parts) == said


def test_a_complete_promise_gets_no_suggestion() -> None:
    assert suggestion("Pin the image", owners=("ana",), due=date(2026, 12, 1)) == ""


@given(st.text(max_size=400))
def test_any_words_get_advice_without_an_error(text: str) -> None:
    item = ActionItem(line=1, text=text)
    suggestion(text)
    balance([item])
    assert strength_of(text).level in {"", "strong", "medium", "weak"}
