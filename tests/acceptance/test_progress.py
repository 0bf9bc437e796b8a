"""Work that shows without a comment is seen on both trackers, and what is confidential stays on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.acceptance.conftest import START
from tests.acceptance.desks import Record
from tests.acceptance.directions import DIRECTIONS, Servers, TwoSites
from worker.domain.model import Dossier, IssueRef, TrackedItem
from worker.engine.kept import read_dossier

WITHIN = (DIRECTIONS[0], DIRECTIONS[3], DIRECTIONS[4])
"""Post-mortem and items on one tracker: GitHub, Jira Cloud, Data Center."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


@pytest.fixture(params=[pytest.param(d, id=str(d)) for d in WITHIN])
def sites(request: pytest.FixtureRequest, servers: Servers, redis_client: Redis, tmp_path: Path) -> TwoSites:
    return servers.company(redis_client, tmp_path, request.param)


def dossier(sites: TwoSites, ref: IssueRef) -> Dossier:
    """What people may be told about the post-mortem, as of now."""
    sites.look_at(ref)
    raw = sites.stage.service.cache.dossier(ref.key)
    assert raw is not None
    found = read_dossier(raw)
    assert found is not None
    return found


def item(sites: TwoSites, ref: IssueRef, made: IssueRef) -> TrackedItem:
    return next(i for i in dossier(sites, ref).items if i.ref == made)


def assign(sites: TwoSites, made: IssueRef, who: str) -> None:
    if made.site == "github":
        path = f"/repos/{made.container}/issues/{made.number}/assignees"
        sites.github.act(who, "POST", path, {"assignees": [who]})
    else:
        key = "accountId" if sites.jira.face == "cloud" else "name"
        fields = {"fields": {"assignee": {key: sites.jira.account_id(who)}}}
        sites.jira.act(who, "PUT", f"/issue/{made.locator}", fields)


def show_code(sites: TwoSites, made: IssueRef, who: str) -> None:
    """A pull request that names the issue; on Jira a link to one."""
    if made.site == "github":
        body = {"title": "Limit the retries", "body": f"Towards #{made.number}", "head": "retries", "base": "main"}
        sites.github.act(who, "POST", f"/repos/{made.container}/pulls", body)
    else:
        link = {"object": {"url": "https://code.example/pay/pull/7", "title": "Pull request 7: limit the retries"}}
        sites.jira.act(who, "POST", f"/issue/{made.locator}/remotelink", link)


def begin_work(sites: TwoSites, made: IssueRef, who: str) -> None:
    """The next status; on GitHub, where an issue is only open or closed, a label."""
    if made.site == "github":
        path = f"/repos/{made.container}/issues/{made.number}/labels"
        sites.github.act(who, "POST", path, {"labels": ["in progress"]})
    else:
        ways = sites.jira.act(who, "GET", f"/issue/{made.locator}/transitions")["transitions"]
        way = next(w for w in ways if w["to"]["statusCategory"]["key"] == "indeterminate")
        sites.jira.act(who, "POST", f"/issue/{made.locator}/transitions", {"transition": {"id": way["id"]}})


Deed = Callable[[TwoSites, IssueRef, str], None]


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(assign, id="taking it over"),
        pytest.param(show_code, id="showing code for it"),
        pytest.param(begin_work, id="moving it on"),
    ],
)
def test_an_owner_who_works_without_a_word_is_active(sites: TwoSites, deed: Deed) -> None:
    ref = sites.enrol()
    (made,) = [m for title, m in sites.children(ref).items() if title.startswith("Limit the retries")]
    assert item(sites, ref, made).active_at is None, "what the service did itself is nobody's progress"
    sites.stage.at(START + timedelta(days=20))
    at = sites.stage.clock.now().replace(microsecond=0)
    deed(sites, made, "bob")
    sites.stage.at(START + timedelta(days=21))
    found = item(sites, ref, made)
    assert found.active_at is not None
    assert found.active_at.astimezone(UTC) == at
    # A lead who asks about it, or moves it about, is no news of the work.
    sites.stage.at(START + timedelta(days=22))
    if deed is not assign:
        assign(sites, made, "bob")
        sites.stage.at(START + timedelta(days=23))
        deed(sites, made, "lena")
        active = item(sites, ref, made).active_at
        assert active is not None
        assert active.astimezone(UTC) < datetime(2026, 11, 28, tzinfo=UTC)


def test_when_its_owner_got_it_is_known(sites: TwoSites) -> None:
    ref = sites.enrol()
    children = sites.children(ref)
    (alert,) = [m for title, m in children.items() if title.startswith("Add an alert")]
    (retries,) = [m for title, m in children.items() if title.startswith("Limit the retries")]
    created = item(sites, ref, alert).assigned_at
    assert created is not None
    assert created - START < timedelta(minutes=45)
    assert item(sites, ref, retries).assigned_at is None
    sites.stage.at(START + timedelta(days=3))
    assign(sites, retries, "bob")
    given = item(sites, ref, retries).assigned_at
    assert given is not None
    assert given.date() == (START + timedelta(days=3)).date()


def test_a_look_at_a_post_mortem_asks_no_more_for_more_items(sites: TwoSites) -> None:
    ref = sites.enrol()
    sites.look_at(ref)
    before = sites.home.last_request()
    sites.look_at(ref)
    asked = [line for line in sites.home.asked(before) if "graphql" in line or "bulkfetch" in line]
    assert len(asked) <= 1, asked


def labels(sites: TwoSites, ref: IssueRef, *names: str) -> None:
    if ref.site == "github":
        sites.github.act("alice", "POST", f"/repos/{ref.container}/issues/{ref.number}/labels", {"labels": [*names]})
    else:
        update: Any = {"update": {"labels": [{"add": name} for name in names]}}
        sites.jira.act("alice", "PUT", f"/issue/{ref.locator}", update)


def test_a_severity_and_a_secret_are_read_from_the_post_mortems_labels(sites: TwoSites) -> None:
    ref = sites.enrol()
    assert (dossier(sites, ref).severity, {i.confidential for i in dossier(sites, ref).items}) == ("", {False})
    labels(sites, ref, "SEV-2", "confidential")
    found = dossier(sites, ref)
    assert (found.severity, found.title) == ("P1", "")
    assert {(i.confidential, i.post_mortem_title) for i in found.items} == {(True, "")}


def test_nothing_of_a_confidential_post_mortem_stands_in_a_mail(
    servers: Servers, redis_client: Redis, tmp_path: Path
) -> None:
    sites = servers.company(redis_client, tmp_path, DIRECTIONS[0], mode="live")
    record = Record().with_row(0, due=date(2026, 11, 6))
    ref = sites.home.open(record)
    labels(sites, ref, "confidential")
    sites.sweep()
    # The invitation, Mondays with a digest, and one item that is late.
    sites.stage.pass_for(timedelta(days=5))
    words = [record.title, *(row.what for row in record.rows)]
    mails = sites.mails()
    assert mails, "they are told, without the words"
    for mail in mails:
        said = f"{mail['subject']}\n" + "\n".join(
            part.get_content() for part in mail.walk() if part.get_content_type() in {"text/plain", "text/html"}
        )
        assert not [word for word in words if word in " ".join(said.split())], said
        others = {"Alice", "Bob"} - {name for name in ("Alice", "Bob") if name in str(mail["to"])}
        assert not [name for name in others if name in said], said
