"""`plan` and `apply` against a GitHub over HTTP, as a person calls them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from tests.cli.conftest import Desk
from worker.app.wiring import trackers_of
from worker.cli.common import settings_from
from worker.engine.cache import Cache
from worker.engine.clock import SystemClock
from worker.engine.ledger import LedgerBook
from worker.engine.redis import EmbeddedRedis
from worker.engine.store import Store

_LINE = re.compile(r"[-+~] (?P<effect>[a-z-]+) (?P<target>\S+?)(?:: (?P<why>.*)| .*?\((?P<because>.*)\))")


def told(text: str) -> list[tuple[str, ...]]:
    """Effect, target and reason of each line that announces or reports one."""
    found = (m.groupdict() for line in text.splitlines() if (m := _LINE.fullmatch(line)))
    return [(m["effect"], m["target"], m["why"] or m["because"]) for m in found]


def planned(text: str) -> list[tuple[str, ...]]:
    return [(e["effect"], e["target"], e["why"]) for e in json.loads(text)]


def test_apply_does_what_plan_lists_and_then_nothing_is_left(desk: Desk) -> None:
    key = desk.label()
    before = desk.written()
    plan = desk("plan", key, "--format", "json")
    listed = planned(plan.out)
    assert plan.code == 0
    assert [effect for effect, *_ in listed] == ["create-issue"] * 3 + ["create-sticky"]
    assert {e["unit"] for e in json.loads(plan.out)} == {key}
    assert told(desk("plan", key).out) == listed
    assert desk.written() == before, "plan wrote something"

    applied = desk("apply", key, "--service-stopped")
    assert (applied.code, applied.err) == (0, "")
    assert told(applied.out) == listed

    assert json.loads(desk("plan", key, "--format", "json").out) == []
    assert desk("plan").out.startswith("Nothing to do for 1 issue.")
    assert desk("apply", key, "--service-stopped").out == f"{key}: nothing to do.\n"
    assert len(desk.issues()["acme/incidents#1"]["children"]) == 3


def test_under_leases_apply_does_the_same(desk: Desk, redis_server: EmbeddedRedis, redis_client: Redis) -> None:
    key = desk.label()
    new = desk("apply", key, REDIS_URL=redis_server.url)
    assert new.code == 1
    assert "This Redis is new: for 120 s nobody may write yet." in new.err
    redis_client.flushall()
    store = Store(redis_client, SystemClock())
    store.begin_alone()
    listed = planned(desk("plan", key, "--format", "json").out)
    applied = desk("apply", key, REDIS_URL=redis_server.url)
    assert applied.code == 0
    assert told(applied.out) == listed
    assert store.running() == ()


def test_apply_leaves_alone_what_the_service_works_on(
    desk: Desk, redis_server: EmbeddedRedis, redis_client: Redis
) -> None:
    key = desk.label()
    store = Store(redis_client, SystemClock())
    store.begin_alone()
    assert store.claim_one(key) is not None
    ran = desk("apply", key, REDIS_URL=redis_server.url)
    assert ran.code == 1
    assert "is being worked on by the service at this moment" in ran.err
    assert desk.written() == 0


def test_pending_changes_have_an_exit_code_of_their_own(desk: Desk) -> None:
    key = desk.label()
    assert desk("plan", key, "--detailed-exitcode").code == 3
    desk("apply", key, "--service-stopped")
    assert desk("plan", key, "--detailed-exitcode").code == 0


@pytest.mark.parametrize("command", [["plan"], ["apply", "--service-stopped"]], ids=["plan", "apply"])
def test_a_refused_credential_ends_with_4_and_the_remedy(desk: Desk, command: list[str]) -> None:
    ran = desk(*command, desk.label(), GITHUB_TOKEN="no-such-token")
    assert ran.code == 4
    assert "401" in ran.err
    assert "Renew this site's credential (GITHUB_TOKEN" in ran.err
    assert ran.out == ""


def test_apply_in_observe_says_how_to_change_that(desk: Desk) -> None:
    ran = desk("apply", desk.label(), "--service-stopped", FOLLOWTHROUGH_MODE="observe")
    assert ran.code == 2
    assert "mode observe" in ran.err
    assert "FOLLOWTHROUGH_MODE=comment" in ran.err
    assert desk.written() == 0


def test_apply_without_redis_wants_to_be_told_that_nobody_else_writes(desk: Desk) -> None:
    ran = desk("apply", desk.label())
    assert ran.code == 2
    assert "--service-stopped" in ran.err


def test_a_url_and_a_token_are_enough_to_plan(desk: Desk) -> None:
    desk.label()
    ran = desk.bare("plan", f"{desk.sandbox.url}/acme/incidents/issues/1", "--format", "json")
    assert ran.code == 0
    assert [e["effect"] for e in json.loads(ran.out)] == ["create-sticky"]
    assert desk.written() == 0


def test_a_browsers_address_means_the_same_as_the_key(desk: Desk) -> None:
    key = desk.label()
    by_key = desk("plan", key, "--format", "json").out
    by_url = desk("plan", f"{desk.sandbox.url}/acme/incidents/issues/1", "--format", "json").out
    assert planned(by_url) == planned(by_key)


def test_at_looks_into_the_future(desk: Desk) -> None:
    key = desk.label()
    (desk.folder / "policy.yaml").write_text("settle_minutes: 30\n")
    desk("apply", key, "--service-stopped")
    now = desk("plan", key)
    later = desk("plan", key, "--format", "json", "--at", (datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert now.out.startswith("Nothing to do for 1 issue. Next look: ")
    assert [e["effect"] for e in json.loads(later.out)] == ["create-issue"] * 3 + ["update-sticky"]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        pytest.param("jira:OPS-7", "is not an issue that is known here", id="a site that is not there"),
        pytest.param("acme/incidents", "Write github:owner/repo#12", id="no key at all"),
        pytest.param("https://example.org/x", "the address from your browser", id="an address elsewhere"),
    ],
)
def test_an_unknown_key_is_answered_with_the_right_form(desk: Desk, key: str, says: str) -> None:
    ran = desk("plan", key)
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_missing_issue_does_not_stop_the_others(desk: Desk) -> None:
    ran = desk("plan", "github:acme/incidents#99", desk.label(), "--format", "json")
    assert ran.code == 1
    assert ran.err.startswith("github:acme/incidents#99: there is no such issue, or this credential may not see it")
    assert len(json.loads(ran.out)) == 4


def test_an_issue_without_the_label_is_said_to_be_none_of_ours(desk: Desk) -> None:
    ran = desk("plan", "github:acme/incidents#1")
    assert ran.code == 0
    assert "is not enrolled: it does not carry the label `postmortem`" in ran.err


def test_without_keys_all_that_is_enrolled_is_planned(desk: Desk) -> None:
    assert "No issue carries the label `postmortem` in github:acme/incidents" in desk("plan").out
    desk.label()
    assert len(json.loads(desk("plan", "--format", "json").out)) == 4


def test_with_nothing_watched_plan_says_what_to_name(desk: Desk) -> None:
    ran = desk.bare("plan")
    assert ran.code == 2
    assert "Nothing is watched: name an issue" in ran.err


def test_a_time_that_is_none_is_refused(desk: Desk) -> None:
    ran = desk("plan", "--at", "soon")
    assert ran.code == 2
    assert "write 2026-12-01" in ran.err


def move(desk: Desk) -> None:
    """Somebody transfers the post-mortem to the payments' repository."""
    ids = desk.sandbox.graphql(
        "lena",
        'query{a:repository(owner:"acme",name:"incidents"){issue(number:1){id}}'
        ' b:repository(owner:"acme",name:"payments"){id}}',
    )
    given = {"issueId": ids["a"]["issue"]["id"], "repositoryId": ids["b"]["id"], "createLabelsIfMissing": True}
    desk.sandbox.graphql("lena", "mutation($i:TransferIssueInput!){transferIssue(input:$i){issue{number}}}", i=given)


def test_of_a_transferred_issue_only_the_new_key_is_said(
    desk: Desk, redis_server: EmbeddedRedis, redis_client: Redis
) -> None:
    key = desk.label()
    move(desk)
    new = re.compile(rf"{key} is now github:acme/payments#\d+; use that\.\n")
    plan = desk("plan", key, "--detailed-exitcode")
    assert (plan.code, plan.out) == (0, "")
    assert new.fullmatch(plan.err)
    assert desk("plan", key, "--format", "json").out == "[]\n"
    alone = desk("apply", key, "--service-stopped")
    assert (alone.code, alone.err) == (0, "")
    assert new.fullmatch(alone.out)
    store = Store(redis_client, SystemClock())
    store.begin_alone()
    leased = desk("apply", key, REDIS_URL=redis_server.url)
    assert (leased.code, leased.err) == (0, "")
    assert new.fullmatch(leased.out)
    assert desk.written() == 0
    assert any(unit.startswith("github:acme/payments#") for unit, _ in store.pending()), "the service goes on there"


def test_a_missing_issue_is_forgotten_as_the_service_would(
    desk: Desk, redis_server: EmbeddedRedis, redis_client: Redis
) -> None:
    store = Store(redis_client, SystemClock())
    store.begin_alone()
    cache = Cache(redis_client)
    key = "github:acme/incidents#99"
    cache.enrol(key)
    ran = desk("apply", key, REDIS_URL=redis_server.url)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"{key}: there is no such issue")
    assert len(ran.err.splitlines()) == 1
    assert not cache.is_enrolled(key)
    assert store.running() == ()


def test_a_rate_limit_shuts_the_site_for_the_service_too(
    desk: Desk, redis_server: EmbeddedRedis, redis_client: Redis
) -> None:
    key = desk.label()
    store = Store(redis_client, SystemClock())
    store.begin_alone()
    desk.sandbox.faults.add("limit", method="POST", retry_after=600)
    ran = desk("apply", key, REDIS_URL=redis_server.url)
    assert ran.code == 1
    assert "Apply again in 600 s; what was written so far stays." in ran.err
    assert store.shut_until("github") is not None
    assert "has to be left alone for" in desk("apply", key, REDIS_URL=redis_server.url).err


def test_alone_apply_keeps_to_the_write_budget(desk: Desk) -> None:
    (desk.folder / "followthrough.yaml").write_text(
        "mode: comment\nengine: {writes_per_minute: 2, writes_per_hour: 2}\n"
        "sites: {github: {repositories: [acme/incidents]}}\n"
    )
    ran = desk("apply", desk.label(), "--service-stopped")
    assert ran.code == 1
    assert re.search(r"the write budget is spent for 3\d\d\d s\. Apply again in 3\d\d\d s; what was written", ran.err)
    assert desk.written() > 0


def test_what_is_about_to_be_unenrolled_is_planned_too(desk: Desk) -> None:
    key = desk.label()
    desk("apply", key, "--service-stopped")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in desk.env.items():
            patch.setenv(name, value)
        settings = settings_from(desk.folder)
    book = LedgerBook(trackers_of(settings, writers=True), settings.ledger, settings.signing_keys)
    book.write_enrolled([key, "github:acme/incidents#99", "elsewhere:acme/x#1"], book.load())
    desk.sandbox.act("lena", "DELETE", "/repos/acme/incidents/issues/1/labels/postmortem")
    desk("apply", key, "--service-stopped")
    ran = desk("plan", "--format", "json", "--at", (datetime.now(UTC) + timedelta(hours=25)).isoformat())
    assert ran.code == 0
    assert {e["unit"] for e in json.loads(ran.out)} == {key}
    assert ran.err.startswith("github:acme/incidents#99: there is no such issue")
