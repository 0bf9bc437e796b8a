"""What one person's mail says of signals other than lateness: why you, why now, what next, and how to stop it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.channels.build import batch, item, step
from worker.channels.batch import batch_view
from worker.channels.render import renderings

ON = date(2026, 11, 20)
LAST: dict[str, Any] = {"next_role": "", "next_on": None}


def text_of(*steps: Any) -> str:
    return next(renderings(batch(*steps), subject="S", on=ON)).text


@pytest.mark.parametrize(
    ("over", "following"),
    [
        pytest.param({}, "If nothing moves, your lead hears about it on Wed 25 Nov 2026.", id="a role"),
        pytest.param(
            {"next_person": "Lena Ek"},
            "If nothing moves, your lead, Lena Ek, hears about it on Wed 25 Nov 2026.",
            id="with its name",
        ),
        pytest.param(
            {"next_role": "person:sam", "next_person": "Sam Ito"},
            "If nothing moves, Sam Ito hears about it on Wed 25 Nov 2026.",
            id="a person whom policy names",
        ),
        pytest.param(
            {"next_role": "owner", "kind": "stale"},
            "If nothing moves, you hear of it again on Wed 25 Nov 2026.",
            id="the same person again",
        ),
        pytest.param(LAST, "Nobody further up is told; it stays in the weekly digest.", id="the top"),
        pytest.param(LAST | {"kind": "asked"}, "Nobody else is told of the question.", id="a question"),
        pytest.param(LAST | {"kind": "unproven"}, "You are asked this once, and nobody else is.", id="a proof"),
    ],
)
def test_what_comes_next_is_said(over: dict[str, Any], following: str) -> None:
    assert following in text_of(step(**over))


@pytest.mark.parametrize(
    ("over", "line"),
    [
        pytest.param({"kind": "waiver", "answer": "ft waive approve"}, "To agree", id="a wish to let it go"),
        pytest.param(
            {"kind": "unowned", "answer": "ft owner @login"}, "To give it an owner: ft owner @login", id="no owner"
        ),
        pytest.param(
            {"kind": "stale", "also": (("owner-gone", 0),), "answer": "ft owner @login"},
            "To hand it over: ft owner @login",
            id="said besides",
        ),
    ],
)
def test_the_line_that_answers_it_best_stands_with_it(over: dict[str, Any], line: str) -> None:
    assert line in text_of(step(**over))


def test_every_message_offers_the_three_ways_to_answer_and_a_way_to_stop() -> None:
    for kind in ("due-soon", "stale", "incomplete", "blocked", "asked", "unproven"):
        text = text_of(step(kind=kind))
        for line in ("ft done", "ft due 2026-12-04 reason", "ft waive reason", "at most one such mail a day"):
            assert line in text, kind


@pytest.mark.parametrize(
    ("kinds", "intro"),
    [
        pytest.param(("due-soon",), "One action item of yours is due soon.", id="one reminder"),
        pytest.param(("due-soon", "due-soon"), "2 action items of yours are due soon.", id="two of them"),
        pytest.param(
            ("due-soon", "stale"), "2 action items of yours wait for a word from you.", id="with something else"
        ),
    ],
)
def test_the_first_sentence_fits_what_follows(kinds: tuple[str, ...], intro: str) -> None:
    view = batch_view(batch(*(step(n, kind=kind) for n, kind in enumerate(kinds, start=1))))
    assert view.intro.startswith(intro)


def test_a_long_question_is_shown_whole() -> None:
    asked = f"Lena Ek asks: “{'Is the alert on? ' * 9}”"
    assert asked in text_of(step(kind="asked", why=asked, item=item(question="x")))
