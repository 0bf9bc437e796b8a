"""The world in which the story happens: people who act on the trackers, time that passes, and what can be looked up.

People act through the sandboxes' REST interfaces with tokens of their own; the service learns of it by signed webhooks
over HTTP. What is looked up comes from the sandboxes' state and from the mails, never from the service's memory.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, cast

from icalendar import Calendar
from redis import Redis

from worker.app.settings import Settings
from worker.cli.roles import touch_of
from worker.cli.stage import Stage
from worker.cli.story.cast import BOT, HOME, JIRA_WEBHOOK_SECRET, WEBHOOK_SECRET
from worker.cli.story.jira_side import JiraSide
from worker.cli.story.quote import Sticky
from worker.cli.story.voice import NotAsTold, expect
from worker.engine.clock import ManualClock
from worker.engine.units import DIGESTS
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox
from worker.web.app import WebConfig, make_app
from worker.web.server import WebServer

STICKY = "<!-- followthrough:sticky"
_HEARD_S = 20.0


class Theatre(Stage):
    """A stage with both trackers, on which webhooks fly, and on which time is not stopped for nothing."""

    def __init__(
        self, sandbox: GitHubSandbox, jira: JiraSandbox, settings: Settings, redis: Redis, clock: ManualClock
    ) -> None:
        super().__init__(sandbox, settings, redis, clock, others=(jira,))
        self.jira = jira

    def settle(self) -> None:
        """Work until nothing is due and no webhook is under way."""
        while True:
            for tracker in (self.sandbox, self.jira):
                expect(tracker.drain_webhooks(_HEARD_S), "The webhooks did not arrive.")
            before = self._asked()
            super().settle()
            if self._asked() == before:
                return

    def _asked(self) -> int:
        """How many requests both trackers were sent so far."""
        return len(self.sandbox.requests()) + len(self.jira.requests())

    def _next(self) -> datetime | None:
        """The hourly look at which digests are owed moves no clock by itself: it sees a day ahead and is made with
        whatever else is due, so that weeks pass in seconds."""
        found = super()._next()
        others = [at for key, at in self.service.store.pending() if key != DIGESTS]
        return max(found, min(others)) if found is not None and others else found


class World:
    """One company with its service. `post_mortem` is the key of Alice's issue once it exists; what is asked about
    issues here is asked of GitHub, and of Jira where `jira` is asked."""

    def __init__(self, stage: Theatre, mails_in: Path) -> None:
        self.stage = stage
        self.sandbox: GitHubSandbox = stage.sandbox
        self.jira = JiraSide(stage.jira, self.hear)
        self.mails_in = mails_in
        self.post_mortem = ""
        self._told: set[str] = set()

    @property
    def now(self) -> datetime:
        return self.stage.clock.now()

    # What happens

    def act(self, who: str, method: str, key: str, path: str = "", payload: object = None) -> Any:
        """A person does something on an issue `owner/repo#12`; the service hears of it and does what follows."""
        repo, _, number = key.partition("#")
        answer = self.sandbox.act(who, method, f"/repos/{repo}/issues/{number}{path}", payload)
        self.hear()
        return answer

    def say(self, who: str, key: str, words: str) -> int:
        """A person writes a comment; returns its id."""
        return int(self.act(who, "POST", key, "/comments", {"body": words})["id"])

    def open(self, who: str, title: str, body: str, label: str) -> None:
        """A person opens the post-mortem and labels it."""
        payload = {"title": title, "body": body, "labels": [label]}
        made = self.sandbox.act(who, "POST", f"/repos/{HOME}/issues", payload)
        self.post_mortem = f"{HOME}#{made['number']}"
        self.hear()

    def hear(self) -> None:
        """Let the webhooks arrive, and everything that follows from them happen."""
        self.stage.settle()

    def until(self, moment: datetime) -> None:
        """Let time pass until this moment; everything is done when it is due."""
        self.stage.pass_until(moment)

    # What can be looked up

    def issue(self, key: str) -> dict[str, Any]:
        """An issue of GitHub, as the sandbox's state has it."""
        found = self.sandbox.state()["issues"].get(key)
        if found is None:
            raise NotAsTold(f"There is no issue {key}.")
        return cast(dict[str, Any], found)

    def children(self) -> list[str]:
        """The keys of the post-mortem's sub-issues, in their order."""
        return list(self.issue(self.post_mortem)["children"])

    def child(self, beginning: str) -> str:
        """The key of the one sub-issue whose title begins so."""
        found = [key for key in self.children() if self.issue(key)["title"].startswith(beginning)]
        if len(found) != 1:
            raise NotAsTold(f"{len(found)} issues begin with “{beginning}” where there should be one.")
        return found[0]

    def sticky_body(self) -> str:
        """The one sticky comment's Markdown. Raises NotAsTold where there is none, or more than one."""
        comments = self.issue(self.post_mortem)["comments"]
        ours = [c["body"] for c in comments if c["user"] == BOT and STICKY in c["body"]]
        if len(ours) != 1:
            raise NotAsTold(f"The post-mortem carries {len(ours)} sticky comments where there should be one.")
        return str(ours[0])

    def sticky(self) -> Sticky:
        return Sticky(self.sticky_body())

    def mails(self) -> list[EmailMessage]:
        """Every mail that ever left, by the time of sending."""
        parser = BytesParser(policy=mail_policy.default)
        return [parser.parsebytes(p.read_bytes()) for p in sorted(self.mails_in.glob("*.eml"))]

    def new_mails(self) -> list[EmailMessage]:
        """The mails that this was not asked for before."""
        new = [m for m in self.mails() if m["Message-ID"] not in self._told]
        self._told |= {str(m["Message-ID"]) for m in new}
        return new

    def mail_to(self, address: str, *, after: datetime, subject: str = "") -> EmailMessage:
        """The one mail to this address since that moment, with these words in its subject."""
        found = [
            m
            for m in self.mails()
            if address in str(m["To"]) and m["Date"].datetime >= after.replace(second=0) and subject in m["Subject"]
        ]
        if len(found) != 1:
            raise NotAsTold(f"{len(found)} mails went to {address} since {after:%d %b %H:%M} where it should be one.")
        return found[0]

    def writes(self, after: int = 0) -> int:
        """How often the service changed anything on GitHub since a request number."""
        return len(self.sandbox.writes(user=BOT, after=after))

    def last_request(self) -> int:
        return max((entry.number for entry in self.sandbox.requests()), default=0)


def event_of(message: EmailMessage) -> Any:
    """The calendar event that a mail carries. Raises NotAsTold where it carries none."""
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            calendar = Calendar.from_ical(cast(bytes, part.get_payload(decode=True)))
            return next(iter(calendar.walk("VEVENT")))
    raise NotAsTold(f"The mail “{message['Subject']}” carries no invitation.")


def start_of(message: EmailMessage) -> datetime:
    """When the meeting of an invitation begins."""
    return cast(datetime, event_of(message)["DTSTART"].dt).astimezone(UTC)


@contextmanager
def listening(stage: Theatre) -> Iterator[None]:
    """The web role of the service on a free port, and both trackers' webhooks pointed at it."""
    sites = stage.settings.sites
    config = WebConfig(
        secrets={name: site.webhook_secrets for name, site in sites.items()},
        kinds={name: site.kind for name, site in sites.items()},
    )
    app = make_app(config, touch_of(stage.service), lambda: ())
    server = WebServer(app, port=0, graceful_stop_s=1)
    thread = threading.Thread(target=server.run, name="demo-web", daemon=True)
    thread.start()
    try:
        expect(server.started.wait(10), "The web role did not start.")
        stage.sandbox.add_hook(f"{server.url}/webhooks/github", secret=WEBHOOK_SECRET)
        stage.jira.add_hook(f"{server.url}/webhooks/jira", secret=JIRA_WEBHOOK_SECRET)
        yield
    finally:
        server.stop()
        thread.join(10)
