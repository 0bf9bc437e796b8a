"""From something a person does in Jira to what is due in Redis: signed webhooks over HTTP, nothing stood in for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from worker.app.settings import load_settings
from worker.app.wiring import Service, service_of
from worker.cli.roles import touch_of
from worker.engine.clock import SystemClock
from worker.sandbox.jira import JiraSandbox
from worker.web.app import WebConfig, make_app
from worker.web.server import WebServer

SECRET = "a-secret-without-spaces"


@dataclass
class Wired:
    """A Jira whose webhooks reach a service on a real Redis."""

    jira: JiraSandbox
    service: Service

    def due(self) -> dict[str, datetime]:
        """What is due, and when, once all webhooks have arrived."""
        assert self.jira.drain_webhooks()
        return dict(self.service.store.pending())

    def work_off(self) -> None:
        """Have everything done that is due by now."""
        assert self.jira.drain_webhooks()
        for lease in self.service.store.claim(10):
            self.service.store.done(lease)

    def act(self, method: str, path: str, payload: object) -> None:
        self.jira.act("alice", method, path, payload)


@pytest.fixture
def wired(redis_client: Redis, tmp_path: Path) -> Iterator[Wired]:
    with JiraSandbox() as jira:
        (tmp_path / "followthrough.yaml").write_text(f"sites: {{jira: {{url: '{jira.url}', projects: [OPS, PAY]}}}}")
        env = {
            "JIRA_EMAIL": jira.email_of("followthrough"),
            "JIRA_API_TOKEN": jira.token_of("followthrough"),
            "JIRA_WEBHOOK_SECRET": SECRET,
        }
        settings = load_settings(tmp_path, env)
        service = service_of(settings, redis_client, SystemClock())
        service.store.begin_alone()
        config = WebConfig(secrets={"jira": settings.sites["jira"].webhook_secrets}, kinds={"jira": "jira"})
        server = WebServer(make_app(config, touch_of(service), lambda: ()), port=0)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert server.started.wait(10)
            jira.add_hook(f"{server.url}/webhooks/jira", SECRET)
            yield Wired(jira, service)
        finally:
            server.stop()
            thread.join(10)


LABELLED = {"update": {"labels": [{"add": "postmortem"}]}}


def test_a_label_in_jira_makes_its_post_mortem_due_at_once(wired: Wired) -> None:
    wired.act("PUT", "/issue/OPS-1", LABELLED)

    due = wired.due()
    assert list(due) == ["jira:OPS-1"]
    assert due["jira:OPS-1"] <= wired.service.clock.now()


def test_a_label_that_is_taken_away_makes_it_due_too(wired: Wired) -> None:
    wired.act("PUT", "/issue/OPS-1", LABELLED)
    wired.work_off()
    wired.act("PUT", "/issue/OPS-1", {"update": {"labels": [{"remove": "postmortem"}]}})

    assert list(wired.due()) == ["jira:OPS-1"]


def test_many_changes_of_which_nothing_is_known_become_one_look_a_minute_later(wired: Wired) -> None:
    before = wired.service.clock.now()
    for n in range(5):
        wired.act("PUT", "/issue/OPS-1", {"fields": {"summary": f"Card payments failed ({n})"}})

    due = wired.due()
    assert list(due) == ["sweep:jira:OPS"]
    assert before + timedelta(seconds=59) < due["sweep:jira:OPS"] <= wired.service.clock.now() + timedelta(minutes=1)


def test_a_moved_post_mortem_is_due_under_both_its_keys(wired: Wired) -> None:
    wired.act("PUT", "/issue/OPS-1", LABELLED)
    wired.work_off()
    moved = wired.jira.move("OPS-1", "PAY", by="alice")

    assert sorted(wired.due()) == sorted(["jira:OPS-1", f"jira:{moved}"])


def test_a_comment_on_an_enrolled_post_mortem_makes_it_due(wired: Wired) -> None:
    wired.service.cache.enrol("jira:OPS-1")
    wired.act("POST", "/issue/OPS-1/comment", {"body": "ft track"})

    assert "jira:OPS-1" in wired.due()


def test_a_delivery_that_comes_twice_or_out_of_order_changes_nothing(wired: Wired) -> None:
    wired.jira.faults.add("webhook-double")
    wired.jira.faults.add("webhook-reorder")
    wired.act("PUT", "/issue/OPS-1", LABELLED)
    wired.act("PUT", "/issue/OPS-1", {"fields": {"summary": "Card payments failed"}})

    assert "jira:OPS-1" in wired.due()
