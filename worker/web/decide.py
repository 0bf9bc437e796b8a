"""The pages behind the links in mails: decide about an item, or end the digests. Looking changes nothing, a form does.

A ticket in the address says who asks about what (`domain.tickets`). What is decided becomes a command in that person's
name, written on the issue; this module neither writes nor judges it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from urllib.parse import parse_qs

import anyio
import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from worker.domain.commands import parse_commands
from worker.domain.render.safe import cut, one_line
from worker.domain.seal import NotOurs
from worker.domain.tickets import Decision, Expired, Ticket
from worker.engine.decisions import NotTaken, Question
from worker.web.body import BodyReader, Crowded, TooLarge, TooSlow

log = structlog.get_logger()

MOST_WORDS = 300
MOST_BODY_BYTES = 20_000
YEARS_AHEAD = 3
ACT_TIMEOUT_S = 60.0
STYLE = (
    ":root{color-scheme:light dark}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff}"
    "main{max-width:36em;margin:0 auto;padding:16px;overflow-wrap:anywhere}"
    "h1{font-size:22px}h2{font-size:18px;margin:0}"
    "form{margin:16px 0;padding:12px;border:1px solid #c8ced6;border-radius:8px}label{display:block;margin:8px 0}"
    "input{display:block;box-sizing:border-box;width:100%;padding:8px;font:inherit;border:1px solid #6b7580;"
    "border-radius:6px;color:inherit;background:transparent}button{padding:8px 16px;font:inherit;font-weight:600;"
    "color:#fff;background:#0b57a4;border:0;border-radius:6px}.m{color:#57606a}.e{color:#a40e26;font-weight:600}"
    "@media (prefers-color-scheme:dark){body{color:#e6e9ed;background:#16191d}.m{color:#a3adb8}.e{color:#ff9aa5}"
    "form{border-color:#4a535e}input{border-color:#8b96a3}button{color:#10151b;background:#8ec1ff}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_CSP = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Counter(Protocol):
    """Where answers are taken. Each may block for a while and is called in a thread."""

    def name_of(self, person: str) -> str:
        """The person's name; "" for somebody who may not answer (any more). Raises NotTaken."""

    def question(self, ticket: Ticket) -> Question:
        """What the ticket is about. Raises NotTaken."""

    def take(self, decision: Decision) -> None:
        """Write the decision down, once however often it is taken. Raises NotTaken."""

    def wants_digests(self, person: str) -> bool:
        """Whether this person gets digests. Raises NotTaken."""

    def want_digests(self, person: str, *, wanted: bool) -> None:
        """Send this person digests, or none any more. Raises NotTaken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    name: str
    heading: str
    button: str
    verb: str
    asks: str = ""
    needs_words: bool = False
    asks_day: bool = False


_APPROVE = _Choice(name="approve", heading="Let it go", button="Agree to let it go", verb="waive approve")
_DECLINE = _Choice(
    name="decline", heading="It stays promised", button="Do not let it go", verb="waive decline", asks="Why"
)
_DONE = _Choice(
    name="done",
    heading="It is done",
    button="It is done",
    verb="done",
    asks="What shows that it works? A link will do.",
)
_DUE = _Choice(
    name="due", heading="It needs a new date", button="Set the new date", verb="due", asks="Why", asks_day=True
)
_WAIVE = _Choice(name="waive", heading="We let it go", button="Let it go", verb="waive", asks="Why", needs_words=True)


def choices_for(ticket: Ticket) -> tuple[_Choice, ...]:
    """What can be answered; approving first, where that is the question."""
    return (_APPROVE, _DECLINE, _DUE, _DONE) if ticket.approves else (_DONE, _DUE, _WAIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came in a form: one line of words, and a day as it was typed."""

    choice: str = ""
    words: str = ""
    day: str = ""


def decision_from(ticket: Ticket, filled: Filled, today: date) -> Decision | str:
    """The decision that a form means, or what is wrong with it, in words for its reader."""
    choice = next((c for c in choices_for(ticket) if c.name == filled.choice), None)
    if choice is None or ticket.about is None:
        return "Choose one of these."
    if choice.needs_words and not filled.words:
        return "Say why, in a few words."
    number = [str(ticket.number)] if ticket.number else []
    parts = ["ft", choice.verb, *number]
    day: date | None = None
    if choice.asks_day:
        try:
            day = date.fromisoformat(filled.day)
        except ValueError:
            return "Choose the new date."
        if day < today:
            return f"{day.isoformat()} has passed. Choose a day to come."
        if day.year > today.year + YEARS_AHEAD:
            return f"{day.isoformat()} is more than {YEARS_AHEAD} years ahead. Choose a nearer day."
        parts.append(day.isoformat())
    for said in (filled.words, f"“{filled.words}”") if choice.asks and filled.words else ("",):
        command = " ".join(part for part in (*parts, said) if part)
        if _means(command, ticket, choice, day, today):
            asked = int(ticket.until.timestamp())
            return Decision(person=ticket.person, about=ticket.about, command=command, asked=asked)
    return "Say it in other words."


def _means(command: str, ticket: Ticket, choice: _Choice, day: date | None, today: date) -> bool:
    """Whether the command is read as what was chosen, about this item alone: words such as `-7 as well`, `, 4, 5` or
    `approve` would otherwise make another one of it."""
    read = parse_commands(command, today=today, on_item=not ticket.number)
    items = (ticket.number,) if ticket.number else ()
    verb = choice.verb.split()[-1]
    return [(c.verb, c.items, c.due, c.problem) for c in read] == [(verb, items, day, "")]


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("worker.web"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(template: str, status: int = 200, **values: object) -> Response:
    text = _templates().get_template(template).render(style=STYLE, **values)
    return HTMLResponse(text, status, headers={"content-security-policy": _CSP})


def _said(title: str, said: str, status: int = 200, button: str = "", choice: str = "") -> Response:
    return _page("said.html.j2", status, title=title, said=said, button=button, choice=choice)


_NONE = ("This link does not work", "It was cut or changed on its way. Open it from the mail again.")
_OVER = ("This link is too old", "Your next digest has a new one. Nothing was changed.")
_GONE = ("This link does not work any more", "You are not in the directory of this service now. Nothing was changed.")
_ODD = ("This form did not arrive whole", "Nothing was changed. Go back and try once more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPages:
    """`GET` and `POST /decide/{ticket}` and `/unsubscribe/{ticket}`. `today` is the day of the organization."""

    counter: Counter
    keys: tuple[bytes, ...] = field(repr=False)
    now: Callable[[], datetime]
    today: Callable[[], date]
    bodies: BodyReader

    def routes(self) -> list[Route]:
        return [
            Route("/decide/{ticket}", self._decide, methods=["GET", "POST"]),
            Route("/unsubscribe/{ticket}", self._unsubscribe, methods=["GET", "POST"]),
        ]

    async def _decide(self, request: Request) -> Response:
        opened = await self._opened(request)
        if isinstance(opened, Response):
            return opened
        ticket, who = opened
        if ticket.about is None:
            return _said(*_NONE, status=404)
        problem, filled = "", Filled()
        if request.method == "POST":
            read = await self._filled(request)
            if read is None:
                return _said(*_ODD, status=400)
            filled = read
            decision = decision_from(ticket, filled, self.today())
            if isinstance(decision, Decision):
                return await self._act(lambda: self.counter.take(decision), "Written down", _TAKEN, "decision")
            problem = decision
        try:
            question = await anyio.to_thread.run_sync(self.counter.question, ticket)
        except NotTaken as refused:
            return _said("Not now", str(refused), status=503)
        return _page(
            "decide.html.j2",
            400 if problem else 200,
            title=question.title,
            question=question,
            who=who,
            problem=problem,
            choices=choices_for(ticket),
            filled=filled,
            first_day=self.today().isoformat(),
        )

    async def _unsubscribe(self, request: Request) -> Response:
        opened = await self._opened(request)
        if isinstance(opened, Response):
            return opened
        ticket, who = opened
        if ticket.about is not None:
            return _said(*_NONE, status=404)
        if request.method == "GET":
            return await self._subscription(ticket.person, who)
        # What a mail program posts by itself ends the digest; only our own button can bring it back.
        filled = await self._filled(request)
        again = filled is not None and filled.choice == "again"
        act = functools.partial(self.counter.want_digests, ticket.person, wanted=again)
        title, said = _BACK if again else _ENDED
        return await self._act(act, title, said, "digest again" if again else "no digest")

    async def _subscription(self, person: str, who: str) -> Response:
        try:
            wanted = await anyio.to_thread.run_sync(self.counter.wants_digests, person)
        except NotTaken as refused:
            return _said("Not now", str(refused), status=503)
        if wanted:
            return _said("End the weekly digest?", f"{who} would get no digest any more.", button="End it")
        return _said("The digest has ended", f"{who} gets no digest.", button="Send it again", choice="again")

    async def _opened(self, request: Request) -> tuple[Ticket, str] | Response:
        try:
            ticket = Ticket.opened(request.path_params["ticket"], self.keys, self.now())
        except NotOurs:
            return _said(*_NONE, status=404)
        except Expired:
            return _said(*_OVER, status=410)
        try:
            who = await anyio.to_thread.run_sync(self.counter.name_of, ticket.person)
        except NotTaken as refused:
            return _said("Not now", str(refused), status=503)
        return (ticket, who) if who else _said(*_GONE, status=410)

    async def _filled(self, request: Request) -> Filled | None:
        try:
            async with self.bodies.read(request) as body:
                fields = parse_qs(body.decode(), max_num_fields=20) if len(body) <= MOST_BODY_BYTES else {}
        except (TooLarge, TooSlow, Crowded, ClientDisconnect, ValueError):
            return None
        first = {name: values[0] for name, values in fields.items()}
        return Filled(
            choice=first.get("choice", ""),
            words=cut(one_line(first.get("words", "")), MOST_WORDS),
            day=first.get("day", "")[:10],
        )

    async def _act(self, act: Callable[[], None], title: str, said: str, what: str) -> Response:
        try:
            with anyio.fail_after(ACT_TIMEOUT_S):
                await anyio.to_thread.run_sync(act, abandon_on_cancel=True)
        except NotTaken as refused:
            log.warning("an answer by a link was not taken", what=what, why=str(refused))
            return _said("Not written down", str(refused), status=503)
        except TimeoutError:
            return _said("Not certain", "It took too long. Try once more in a minute: twice does no harm.", status=503)
        log.info("an answer by a link", what=what)
        return _said(title, said)


_TAKEN = "Your answer stands on the issue, and is carried out within minutes. You can close this page."
_ENDED = ("The digest has ended", "Open the same link again if you want it back.")
_BACK = ("The digest is back", "The next one comes when there is something to tell.")
