"""Whole digests, as they are read: what changes in these files is seen by whoever reviews the change.

    UPDATE_GOLDEN=1 pytest tests/channels/test_golden.py

writes them anew.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.channels.build import NOW, digest, entry, item, message
from worker.channels.mime import Sender, compose, to_bytes
from worker.channels.render import SIZE_LIMIT, Format, render_digest
from worker.domain.messages import Digest, TeamWeek
from worker.domain.model import Status

GOLDEN = Path(__file__).parent / "golden"
DONE = item(30, status=Status.DONE, closed_on=date(2026, 11, 18), text="Log the id of each request on a timeout")

BUSY = digest(
    decide=(
        entry(1, note="14 days late; date moved 2 times.", link="https://ft.acme.example/decide/abc"),
        entry(2, item=item(2, waiver="it is retired"), note="Asked to be let go: it is retired.", command="ft approve"),
    ),
    overdue=(entry(3, item=item(3, text="Limit the retries of the payment client"), note="3 days late."),),
    incomplete=(
        entry(
            4, item=item(4, due=None, needs=("a date", "a done-when")), note="Needs a date and a done-when.", command=""
        ),
    ),
    upcoming=(entry(5, item=item(5, due=date(2026, 12, 1)), note="Due Tue 1 Dec 2026.", command=""),),
    changed=(entry(30, item=DONE, note="Done, with thanks to Bob Okafor.", command="", owner_name="Bob Okafor"),),
    reviews=("Tue 8 Dec 2026, 10:00 (Europe/Berlin): Checkout returned 500s",),
    gaps=("no mail reaches Bob Okafor: people.yaml has no mail address",),
    trend="On time in 12 weeks: 9 of 12 (75 %). Open now: 4; a week before: 6.",
)
SECRET = digest(decide=(entry(1, item=item(1, confidential=True), owner_name="Its owner", note="14 days late."),))
ROLLUP = digest(
    person_name="Dora Vance",
    decide=(entry(1, note="30 days late."),),
    teams=(
        TeamWeek(
            name="Payments", lead_name="Lena Ek", open=9, late=5, late_before=3, unowned=2, done=3, on_time=9, dated=12
        ),
        TeamWeek(name="Search", open=4, late_before=1, waived=1),
    ),
)
MANY = digest(
    overdue=tuple(entry(n, item=item(n, text=f"Add alert number {n}"), command="") for n in range(300)), cut=40
)
WORLD = digest(
    person_name="ليلى حداد",
    decide=(
        entry(1, item=item(1, text="تنبيه عند امتلاء قائمة انتظار المدفوعات"), owner_name="Zoë 🚒 Müller"),
        entry(2, item=item(2, text="支払いキューが 100 を超えたら通知する"), owner_name="李 伟"),
    ),
)
CASES: dict[str, Digest] = {
    "busy": BUSY,
    "confidential": SECRET,
    "roll-up": ROLLUP,
    "three-hundred": MANY,
    "names-of-the-world": WORLD,
    "several-weeks": replace(BUSY, weeks=("2026-W45", "2026-W46", "2026-W47"), decide=BUSY.decide[:1]),
}


@pytest.mark.parametrize("form", ["text", "html"])
@pytest.mark.parametrize("name", CASES)
def test_a_digest_reads_as_it_did(name: str, form: str) -> None:
    file = GOLDEN / f"{name}.{'txt' if form == 'text' else 'html'}"
    told = render_digest(CASES[name], "text" if form == "text" else "html", NOW.date())
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8"), "if this is meant: UPDATE_GOLDEN=1"


@pytest.mark.parametrize("name", CASES)
def test_its_mail_stays_small_and_loads_nothing(name: str) -> None:
    raw = to_bytes(compose(message(CASES[name]), Sender(name="Followthrough", address="ft@acme.example")))
    assert len(raw) < SIZE_LIMIT
    html = render_digest(CASES[name], "html", NOW.date())
    for loads in ("<img", "<link", "<script", "url(", "@import", "src="):
        assert loads not in html


def test_a_quiet_week_is_empty() -> None:
    assert digest(decide=(), trend=BUSY.trend).empty


def test_what_is_confidential_stands_as_a_reference_alone() -> None:
    forms: tuple[Format, ...] = ("text", "html", "json")
    for form in forms:
        told = render_digest(SECRET, form, NOW.date())
        assert "payment queue" not in told
        assert "Checkout returned" not in told
