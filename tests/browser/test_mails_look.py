"""Mails as people see them: on a phone and on a desk, in the light and in the dark, and by those who can't see them."""

from __future__ import annotations

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import SCREENS, Open
from tests.channels.build import NOW, batch, digest, entry, invite, item, step
from worker.channels.render import renderings
from worker.domain.messages import Batch, Digest, Invite, TeamWeek

LONG = "Replace_the_hand_written_retry_loop_of_the_payment_client_by_the_one_of_the_platform_and_remove_the_old_one"
BUSY = digest(
    decide=(entry(1), entry(2, item=item(2, text="تنبيه عند امتلاء قائمة انتظار المدفوعات"), owner_name="ليلى حداد")),
    overdue=tuple(entry(n, item=item(n, text=f"{LONG} {n}")) for n in range(3, 9)),
    incomplete=(entry(20, item=item(20, due=None, needs=("a date", "a done-when")), note="", command=""),),
    upcoming=(entry(21, item=item(21, due=date(2026, 12, 1)), owner_name="Zoë 🚒 Müller", note="Due Tue 1 Dec 2026."),),
    reviews=("Checkout returned 500s: Tue 8 Dec 2026, 10:00 (Europe/Berlin)",),
    gaps=("no mail reaches Bob: people.yaml has no mail address",),
    trend="Of 12 due in twelve weeks, 9 were closed on time (75 %); 4 are open, 6 a week ago.",
)
ROLLUP = digest(
    person_name="Dora Vance",
    decide=(entry(1, link=f"https://ft.acme.example/decide/{'a1_-' * 70}"),),
    teams=(
        TeamWeek(
            name="Payments", lead_name="Lena Ek", open=14, late=5, late_before=3, unowned=2, done=3, on_time=9, dated=12
        ),
        TeamWeek(name="البحث والفهرسة", lead_name="ليلى حداد", open=4, late=0, late_before=1, waived=1, dated=0),
        TeamWeek(name="Search_and_indexing_of_everything_that_we_have", open=1, done=8, on_time=40, dated=40),
    ),
)
PAGES: dict[str, Batch | Digest | Invite] = {
    "a busy digest": BUSY,
    "a batch": batch(
        step(1), step(2, role="lead", why="You answer for Payments. Told before: Alice on 3 Nov.", rung=1)
    ),
    "an invitation": invite(),
    "a roll-up of teams": ROLLUP,
}


def html_of(content: Batch | Digest | Invite) -> str:
    return next(iter(renderings(content, subject="Week 47: 2 to decide", on=NOW.date()))).html


@pytest.mark.parametrize("dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")])
@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("name", PAGES)
def test_a_mail_fits_its_window_and_can_be_read_by_everybody(
    open_page: Open, name: str, width: int, dark: bool
) -> None:
    page = open_page(html_of(PAGES[name]), width=width, dark=dark)
    # A mail program puts its own colour behind the mail; in the dark that is a dark one.
    page.add_style_tag(content="html{background:%s}" % ("#16191d" if dark else "#ffffff"))
    SCREENS.mkdir(parents=True, exist_ok=True)
    shade = "dark" if dark else "light"
    page.screenshot(path=SCREENS / f"{name.replace(' ', '-')}-{width}-{shade}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it has to be moved sideways"
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_without_its_style_sheet_each_part_still_has_its_style(open_page: Open) -> None:
    page = open_page(html_of(BUSY), width=360, dark=False)
    page.evaluate("document.querySelectorAll('style').forEach(s => s.remove())")
    left = "getComputedStyle(document.querySelector('.i')).borderLeftWidth"
    assert page.evaluate(left) == "3px"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
