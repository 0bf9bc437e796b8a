"""Who hears is who answers by the sources of people.yaml: a GitHub team's maintainer; nobody on leave by calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from tests.acceptance.conftest import BOT, Company
from worker.sandbox import github

QUICK = """
settle_minutes: 0
ladder:
  item_gap_working_days: 2
  tracker_mail_counts: false
  signals: {due-soon: {on: false}, incomplete: {on: false}}
  rungs:
    - {after_days: 1, role: owner}
    - {after_days: 4, role: lead}
"""
PEOPLE = """
sources: {github: [acme], csv: [people.csv], refresh_minutes: 1440}
people:
  bob: {name: Bob Okafor, github: bob, leave_ics: bob.ics}
  lena: {name: Lena Vogt, email: lena@acme.example, github: lena}
"""
TABLE = "Name;Mail;GitHub\nBob Okafor;bob@acme.example;bob\n"
AWAY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:tests
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261106
DTEND;VALUE=DATE:20261111
END:VEVENT
END:VCALENDAR
"""
BODY = """## Summary

On 3 November 2026 checkout answered 500 for 47 minutes.

## Action items

| What | Owner | Due |
| --- | --- | --- |
| Add an alert when the payment queue is deeper than 100 for 5 minutes | @bob | 2026-11-05 |
"""


def town() -> object:
    """The usual sandbox, with a team in its organization."""
    seed = yaml.safe_load(Path(github.__file__).parents[1].joinpath("default_seed.yaml").read_text(encoding="utf-8"))
    (acme,) = seed["github"]["orgs"]
    acme["members"].append(BOT)
    acme["teams"] = [{"slug": "payments", "name": "Payments", "maintainers": ["lena"], "members": ["bob"]}]
    return seed


def told(company: Company) -> list[tuple[str, date]]:
    """Who was told something late, and on which day."""
    mails = [m for m in company.mails() if str(m["Subject"]).startswith(("Late", "Still"))]
    found = [(str(m["To"]).partition("<")[2].strip(">"), m["Date"].datetime.date()) for m in mails]
    return sorted(found, key=lambda pair: pair[1])


def test_the_whole_service_goes_by_what_its_sources_say(make_company: Callable[..., Company], tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "people.csv").write_text(TABLE)
    (folder / "bob.ics").write_text(AWAY)
    company = make_company(policy=QUICK, people=PEOPLE, seed=town(), engine="engine: {sweep_minutes: 720}\n")
    company.stage.start()
    directory = company.stage.service.engine.directories
    assert directory is not None
    bob = directory.present().people["bob"]
    assert (bob.email, bob.team) == ("bob@acme.example", "payments")
    company.open(body=BODY)
    company.sweep()
    company.stage.pass_until(datetime(2026, 11, 20, 18, tzinfo=UTC))
    heard = told(company)
    # Bob is late from the 6th on, and away until the 10th; then Lena hears, whom only GitHub knows as his lead.
    assert heard[0] == ("bob@acme.example", date(2026, 11, 11))
    assert heard[1][0] == "lena@acme.example"
    assert heard[1][1] > heard[0][1]
