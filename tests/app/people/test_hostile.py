"""Whatever sources say: people.yaml holds, nobody is made up twice, and nothing but trouble is raised."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.app.people.backstage import read_catalog
from worker.app.people.codeowners import read_codeowners
from worker.app.people.leave import read_leave
from worker.app.people.port import SourceTrouble
from worker.app.people.table import read_table
from worker.domain.directory import overlaid
from worker.domain.explain import above, directory_findings, facts_of
from worker.domain.facts import Facts, PersonFact, PlaceFact, TeamFact
from worker.domain.model import Directory, Person, Team
from worker.domain.roster import entry_of, propose

TODAY = date(2026, 11, 20)
WORDS = st.sampled_from(
    ["", "alice", "Alice Moreau", "bob", "lena", "bob@acme.example", "ليلى", "=1+1", "acme/pay", "x y"]
)
LOGINS = st.dictionaries(
    st.sampled_from(["github", "jira"]), st.sampled_from(["alice-m", "bob", "lena", "new"]), max_size=2
)
PEOPLE = st.builds(
    PersonFact,
    where=st.just("line 2"),
    id=st.sampled_from(["", "alice", "bob", "x"]),
    name=WORDS,
    email=st.sampled_from(["", "alice@acme.example", "bob@acme.example", "new@acme.example"]),
    logins=LOGINS,
    team=WORDS,
    lead=WORDS,
    director=WORDS,
    departed=st.booleans(),
)
TEAMS = st.builds(TeamFact, id=st.sampled_from(["pay", "acme/pay", "Search", "ا"]), name=WORDS, lead=WORDS)
PLACES = st.builds(PlaceFact, place=st.sampled_from(["github:acme/pay", "jira:PAY/X"]), team=WORDS, person=WORDS)
FACTS = st.builds(
    Facts,
    source=st.just("a source"),
    site=st.sampled_from(["", "github"]),
    complete=st.booleans(),
    people=st.lists(PEOPLE, max_size=5).map(tuple),
    teams=st.lists(TEAMS, max_size=3).map(tuple),
    places=st.lists(PLACES, max_size=3).map(tuple),
)
GIVEN = Directory(
    people={
        "alice": Person(id="alice", name="Alice Moreau", email="alice@acme.example", logins={"github": "alice-m"}),
        "bob": Person(id="bob", name="Bob", email="bob@acme.example", team="pay", departed=True),
        "lena": Person(id="lena", name="Lena", logins={"jira": "lena"}, lead="bob"),
    },
    teams={"pay": Team(id="pay", name="Payments", lead="lena")},
    reasons={f"people.{name}": "people.yaml" for name in ("alice", "bob", "lena")},
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FACTS, max_size=3))
def test_any_answers_leave_people_yaml_as_it_is_and_hold_together(sources: list[Facts]) -> None:
    overlay = overlaid(GIVEN, sources)
    directory = overlay.directory
    assert overlaid(GIVEN, sources) == overlay
    for name, person in GIVEN.people.items():
        after = directory.people[name]
        said = {
            key: getattr(person, key) for key in ("name", "email", "team", "lead", "director") if getattr(person, key)
        }
        assert {key: getattr(after, key) for key in said} == said
        assert dict(after.logins) | dict(person.logins) == dict(after.logins)
    assert directory.teams["pay"].lead == "lena"
    keys = [f"{s}:{x.casefold()}" for p in directory.people.values() for s, x in p.logins.items()]
    assert len(keys) == len(set(keys))
    for person in directory.people.values():
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", person.id)
        assert {person.lead, person.director} - {""} <= set(directory.people)
        assert person.team in {"", *directory.teams}
        assert person.lead != person.id
        assert len({link.person for link in above(person, directory)}) == len(above(person, directory))
        assert all(fact.value for fact in facts_of(person, directory))
    directory_findings(directory)
    proposal = propose(GIVEN, sources)
    said_ids = {fact.id for facts in sources for fact in facts.people}
    assert all(entry_of(joiner.person) or joiner.person.id in said_ids for joiner in proposal.joiners)
    assert not {joiner.person.id for joiner in proposal.joiners} & set(GIVEN.people)


TEXT = st.text(st.sampled_from('abc,;\t"\n=@: -{}[]|#*/\u200fäا1'), max_size=80)


@settings(max_examples=300, deadline=None)
@given(TEXT, st.sampled_from(["name,mail\n", "mail;lead\n", "", "kind: User\nmetadata: ", "* "]))
def test_any_text_is_read_or_refused(text: str, head: str) -> None:
    with suppress(SourceTrouble):
        read_table(head + text, "x", ("github",), TODAY)
    with suppress(SourceTrouble):
        read_catalog(head + text, "x")
    read_codeowners(head + text, "github:acme/pay", "x", "github")


LINES = st.lists(
    st.sampled_from(
        [
            "DTSTART;VALUE=DATE:20261224",
            "DTSTART:20261224T090000Z",
            "DTSTART;TZID=Europe/Berlin:20261224T090000",
            "DTEND;VALUE=DATE:20261220",
            "DTEND:20270101T000000",
            "DURATION:-P3D",
            "DURATION:P9999D",
            "RRULE:FREQ=DAILY;UNTIL=20270101",
            "RRULE:FREQ=YEARLY;BYDAY=5MO",
            "RRULE:nonsense",
            "RDATE;VALUE=PERIOD:20261201T000000Z/P2D",
            "EXDATE:20261224T090000Z",
            "RECURRENCE-ID:20261224T090000Z",
            "STATUS:CONFIRMED",
            "X-A;B=C",
        ]
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_any_event_is_read_or_left_out(lines: list[str]) -> None:
    event = "\r\n".join(("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"))
    content = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}\r\nEND:VCALENDAR\r\n".encode()
    first, last = date(2026, 10, 1), date(2027, 10, 1)
    with suppress(SourceTrouble):
        (fact,) = read_leave(content, Person(id="a", timezone="Asia/Tokyo"), first, last, source="x").leave
        assert all(first <= a <= b <= last for a, b in fact.days)
        assert list(fact.days) == sorted(fact.days)
        assert replace(fact).person == "a"
