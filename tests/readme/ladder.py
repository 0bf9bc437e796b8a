"""The README's page "The ladder": what three people hear about one promise that nobody moves, as the planner tells it.

The company is made up; each message is the one that the service would send, its words and its moment included.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from tests.readme.fold import folded
from worker.channels.render import renderings
from worker.domain.ledger import Ledger
from worker.domain.messages import Message
from worker.domain.model import Directory, Dossier, IssueRef, Mode, Person, Team, TrackedItem
from worker.domain.policy import Policy
from worker.domain.render.words import moment
from worker.domain.simulate import simulate

BEGIN, END = "<!-- the ladder: made by `make readme` -->", "<!-- end of the ladder -->"
FROM, TO = datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
_HOURS = (time(9), time(17))
AFTERWARDS = (
    "Any comment, a new date, an assignment, a linked pull request steps it down again; what is planned for a later\n"
    "sprint is not chased before that begins, and `ft snooze` holds it for a while. After the last rung nothing is\n"
    "repeated: the promise stands at the head of Lena's digest and on the agenda of the follow-up review."
)


def _person(person_id: str, name: str, zone: str, country: str, team: str = "pay") -> Person:
    email = f"{person_id}@acme.example"
    return Person(id=person_id, name=name, email=email, timezone=zone, country=country, team=team, hours=_HOURS)


PEOPLE = Directory(
    people={
        "bob": _person("bob", "Bob Okafor", "Europe/London", "GB"),
        "lena": _person("lena", "Lena Vogt", "Europe/Berlin", "DE"),
        "dario": _person("dario", "Dario Conti", "America/New_York", "US", team=""),
    },
    teams={"pay": Team(id="pay", name="Payments", lead="lena", director="dario")},
)
ITEM = TrackedItem(
    id="3f9ac1d2",
    number=1,
    text="Add an alert when the payment queue is deeper than 100 for 5 minutes",
    post_mortem=IssueRef("github", "acme/incidents#12"),
    post_mortem_title="Checkout answered 500 for 47 minutes",
    uid="9c1b7e55d0",
    ref=IssueRef("github", "acme/payments#31"),
    url="https://github.com/acme/payments/issues/31",
    owner="bob",
    team="pay",
    due=date(2026, 11, 20),
    priority="P1",
    created_on=date(2026, 11, 4),
)
DOSSIER = Dossier(
    ref=ITEM.post_mortem,
    uid=ITEM.uid,
    title=ITEM.post_mortem_title,
    url="https://github.com/acme/incidents/issues/12",
    author="lena",
    enrolled_on=date(2026, 11, 4),
    incident_date=date(2026, 11, 3),
    items=(ITEM,),
    mode=Mode.LIVE,
)


def messages() -> tuple[Message, ...]:
    """All that is told about the promise, in the order of sending."""
    return tuple(simulate([DOSSIER], Ledger(), PEOPLE, Policy(), FROM, TO))


def page() -> str:
    """What stands between the two marks."""
    told = messages()
    rows = [
        f"| {moment(m.date, PEOPLE.people[m.to].timezone)} | {PEOPLE.people[m.to].name} | {m.subject} |" for m in told
    ]
    table = "\n".join(["| When | Who | What |", "| --- | --- | --- |", *rows])
    late = [m for m in told if any(key.endswith("/0") and "@" not in key for key in m.steps)]
    above = [m for m in told if m.kind == "escalation"]
    return "\n\n".join(
        (
            BEGIN,
            f"Bob has promised “{ITEM.text}” by\n{ITEM.due:%-d %B %Y}, and nothing moves. This is all that is said:",
            table,
            "The day after the promised one, in his own working hours, Bob reads:",
            _mail(late[0]),
            "A week later, if Bob has neither said a word nor moved anything, it reaches Lena, who leads Payments:",
            _mail(above[0]),
            AFTERWARDS,
            END,
        )
    )


def _mail(message: Message) -> str:
    text = next(iter(renderings(message.content, subject=message.subject, on=message.date.date()))).text
    body, _, _ = text.partition("\n--")
    return folded(f"Subject: {message.subject}\n\n{body.strip()}")
