"""Looking at the simulated Jira of both kinds: what was written is read again, and an index that lags hides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker.domain.model import Draft, IssueRef, Status, words_digest
from worker.sandbox.jira import JiraSandbox
from worker.trackers.errors import CredentialRefused, Missing, RateLimited
from worker.trackers.jira import JiraClient, JiraConfig, JiraRead, JiraWrite, ProjectConfig

BOT = "followthrough"
PEOPLE = {"alice": "member", "bob": "member", "spacey": "member", "mailed": "member", "dario": "admin", BOT: "member"}
SEED: dict[str, Any] = {
    "users": [
        {"login": "spacey", "name": "jane doe", "display_name": "Jane Doe"},
        {"login": "mailed", "name": "sam@acme.example", "display_name": "صفاء"},
        {"login": "rosa", "active": False},
        "mallory",
    ],
    "tokens": [
        {"token": "service", "login": BOT},
        {"token": "gone", "login": BOT, "expired": True},
        {"token": "narrow", "login": BOT, "scoped": True},
    ],
    "link_types": [{"name": "Action item", "outward": "has the action item", "inward": "is an action item of"}],
    "projects": [
        {"key": "OPS", "people": PEOPLE, "security": [{"name": "Incident team", "people": ["alice", BOT]}]},
        {"key": "PAY", "people": {**PEOPLE, "rosa": "member"}},
        {"key": "AND", "people": PEOPLE},
        {"key": "PUB", "people": PEOPLE, "visibility": "public"},
        {"key": "HID", "people": {"alice": "member"}},
    ],
}


class World:
    """A simulated Jira of one kind, and the service's two ports to it."""

    def __init__(self, sandbox: JiraSandbox, *, token: str = "service", **more: Any) -> None:
        self.sandbox = sandbox
        cloud = sandbox.face == "cloud"
        credential = {"email": sandbox.email_of(BOT), "api_token": token} if cloud else {"pat": token}
        usual = {"url": sandbox.url, "projects": ("OPS", "PAY"), "backoff_s": 0.0, "timeout_s": 5}
        self.client = JiraClient(JiraConfig(**{**usual, **credential, **more}))
        self.read = JiraRead(self.client)
        self.write = JiraWrite(self.client)

    def another(self, **more: Any) -> World:
        return World(self.sandbox, **more)

    def who(self, login: str) -> str:
        return self.sandbox.account_id(login)

    def post(self, login: str = "alice", project: str = "OPS", **fields: Any) -> IssueRef:
        """An issue by a person; its address."""
        usual = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": "Checkout was down"}
        return IssueRef("jira", self.sandbox.act(login, "POST", "/issue", {"fields": {**usual, **fields}})["key"])

    def say(self, ref: IssueRef, body: str, login: str = "alice") -> str:
        return str(self.sandbox.act(login, "POST", f"/issue/{ref.locator}/comment", {"body": body})["id"])

    def edit(self, ref: IssueRef, **fields: Any) -> None:
        self.sandbox.act("alice", "PUT", f"/issue/{ref.locator}", {"fields": fields})

    def requests(self, after: int) -> list[str]:
        return [f"{e.method} {e.path.lstrip('/')}" for e in self.sandbox.requests(after)]

    @property
    def last(self) -> int:
        return max((e.number for e in self.sandbox.requests()), default=0)


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, JiraSandbox]]:
    made = {face: JiraSandbox(seed=SEED, face=face).start() for face in ("cloud", "datacenter")}
    yield made
    for sandbox in made.values():
        sandbox.stop()


@pytest.fixture(params=["cloud", "datacenter"])
def jira(request: pytest.FixtureRequest, running: dict[str, JiraSandbox]) -> Iterator[World]:
    """A Jira as it is at its start, once of each kind."""
    yield from _fresh(running[request.param])


@pytest.fixture
def cloud(running: dict[str, JiraSandbox]) -> Iterator[World]:
    """A Jira Cloud, for what Data Center does not know."""
    yield from _fresh(running["cloud"])


def _fresh(sandbox: JiraSandbox) -> Iterator[World]:
    sandbox.reset()
    world = World(sandbox)
    yield world
    world.client.close()


def draft(**more: Any) -> Draft:
    usual = {"site": "jira", "container": "PAY", "title": "Add an alert", "body": "Page *someone*.", "mark": "u.i.m"}
    return Draft(**{**usual, **more})


def test_the_kind_and_the_account_are_found(jira: World) -> None:
    assert jira.client.cloud is (jira.sandbox.face == "cloud")
    assert jira.read.account() == jira.who(BOT)
    assert jira.read.is_ours(jira.who(BOT).upper())
    assert not jira.read.is_ours(jira.who("alice"))


def test_what_people_wrote_is_read(jira: World) -> None:
    ref = jira.post(
        description="h2. Summary\n\nAll was down.\n\nDue: 2026-12-24", labels=["postmortem"], priority={"name": "High"}
    )
    jira.say(ref, "ft track", "spacey")
    jira.say(ref, "Thanks!", "mailed")
    got = jira.read.snapshot(ref)
    assert (got.issue.ref, got.issue.title, got.issue.status) == (ref, "Checkout was down", Status.OPEN)
    assert "## Summary" in got.issue.body
    assert (str(got.issue.due), got.issue.due_from, got.issue.priority) == ("2026-12-24", "line", "P1")
    assert (got.issue.labels, got.issue.author) == (frozenset({"postmortem"}), jira.who("alice"))
    assert [(c.body.strip(), c.author, c.trusted, c.ours) for c in got.comments] == [
        ("ft track", jira.who("spacey"), True, False),
        ("Thanks!", jira.who("mailed"), True, False),
    ]
    assert got.issue.names[jira.who("mailed")] == "صفاء"
    assert (got.children, got.records, got.issue.public, got.issue.comments_count) == ((), (), False, 2)


def test_records_that_were_written_are_read_again(jira: World) -> None:
    ref = jira.post()
    words, text = "**3 items**\n\n- one @bob\n- two [x](https://acme.example)", "v1." + "A" * 40_000 + ".m"
    first = jira.write.ensure_record(ref, "sticky", words, text)
    jira.write.ensure_record(ref, "person/b.o_b", "What was told.", "v1.b.b")
    jira.write.ensure_record(ref, "answer/123:ab", "Read as Tue 1 Dec 2026.", "-")
    jira.say(ref, "ft track")
    for got in (jira.read.thread(ref), jira.read.snapshot(ref)):
        assert [(r.name, r.text, r.body) for r in got.records] == [
            ("sticky", text, ""),
            ("person/b.o_b", "v1.b.b", ""),
            ("answer/123:ab", "-", ""),
        ]
        assert (got.records[0].id, got.records[0].digest) == (first, words_digest(words))
        assert [c.body.strip() for c in got.comments] == ["ft track"]
    jira.sandbox.act("dario", "DELETE", f"/issue/{ref.locator}/comment/{first}")
    lost = jira.read.thread(ref).records[0]
    assert (lost.id, lost.name, lost.text) == ("", "sticky", text)


def test_a_comment_that_somebody_edited_has_no_digest(jira: World) -> None:
    ref = jira.post()
    first = jira.write.ensure_record(ref, "sticky", "Fine.", "v1.x.y")
    body = jira.sandbox.act("dario", "GET", f"/issue/{ref.locator}/comment/{first}")["body"]
    jira.sandbox.act("dario", "PUT", f"/issue/{ref.locator}/comment/{first}", {"body": body.replace("Fine", "Bad")})
    record = jira.read.thread(ref).records[0]
    assert (record.text, record.digest) == ("v1.x.y", "")


def test_what_we_created_is_a_child_at_once_whatever_the_index_shows(jira: World) -> None:
    jira.sandbox.index_lag = timedelta(minutes=9)
    ref = jira.post()
    made = jira.write.create_issue(draft(parent=ref)).issue
    somebodys = jira.post("bob", "PAY")
    relation = {
        "type": {"name": "Relates"},
        "outwardIssue": {"key": somebodys.locator},
        "inwardIssue": {"key": ref.locator},
    }
    jira.sandbox.act("alice", "POST", "/issueLink", relation)
    children = jira.read.snapshot(ref).children
    assert [(c.ref, c.mark, c.author) for c in children] == [(made.ref, "u.i.m", jira.who(BOT))]
    assert jira.read.own_issues("PAY", datetime(2020, 1, 1, tzinfo=UTC)) == ()
    jira.sandbox.clock.advance(timedelta(minutes=10))
    assert [i.mark for i in jira.read.own_issues("PAY", datetime(2020, 1, 1, tzinfo=UTC))] == ["u.i.m"]
    assert jira.read.own_issues("PAY", jira.sandbox.clock.now() + timedelta(minutes=1)) == ()


def test_by_a_link_type_of_its_own_and_as_sub_tasks(jira: World) -> None:
    ref = jira.post()
    special = jira.another(special={"PAY": ProjectConfig(link="Action item"), "OPS": ProjectConfig(link="parent")})
    linked = special.write.create_issue(draft(parent=ref)).issue.ref
    below = special.write.create_issue(draft(container="OPS", parent=ref)).issue
    adopted = jira.post("bob", "PAY")
    link = {
        "type": {"name": "Action item"},
        "outwardIssue": {"key": adopted.locator},
        "inwardIssue": {"key": ref.locator},
    }
    jira.sandbox.act("bob", "POST", "/issueLink", link)
    children = special.read.snapshot(ref).children
    assert {c.ref for c in children} == {linked, below.ref, adopted}
    assert below.parent == ref
    special.client.close()


def test_a_snapshot_of_a_post_mortem_costs_few_requests(jira: World) -> None:
    ref = jira.post()
    for _ in range(3):
        jira.write.create_issue(draft(parent=ref))
    jira.write.ensure_record(ref, "sticky", "Three items.", "v1.x.y" + "A" * 40_000)
    jira.read.snapshot(ref)
    before = jira.last
    jira.read.snapshot(ref)
    expected = ["POST issue/bulkfetch"] if jira.client.cloud else ["GET issue/PAY-" + str(n) for n in (1, 2, 3)]
    assert jira.requests(before) == [f"GET issue/{ref.locator}", *expected]


def test_a_moved_issue_and_a_renamed_project_answer_under_their_new_keys(jira: World) -> None:
    ref, other = jira.post(), jira.post(project="AND")
    there = IssueRef("jira", jira.sandbox.move(ref.locator, "PAY"))
    jira.sandbox.rename("AND", "ANDY")
    assert jira.read.snapshot(ref).issue.ref == there
    found = jira.read.issues([ref, other, IssueRef("jira", "OPS-999")])
    assert [i.ref.locator if i else None for i in found.values()] == [there.locator, "ANDY-1", None]
    assert [i.ref.locator for i in jira.read.changed("AND", "").issues] == ["ANDY-1"]


def test_a_renamed_project_is_a_gap_in_the_settings(jira: World) -> None:
    assert not any("called" in gap for gap in jira.read.gaps())
    jira.sandbox.rename("PAY", "PAID")
    jira.client.cache.drop(("project", "PAY"))
    assert [gap for gap in jira.read.gaps() if "PAY of site 'jira' is called PAID now" in gap] != []


def test_an_epics_children_are_found_once_the_index_shows_them(cloud: World) -> None:
    epic = cloud.post(issuetype={"name": "Epic"})
    special = cloud.another(special={"OPS": ProjectConfig(link="parent")})
    cloud.sandbox.index_lag = timedelta(minutes=5)
    made = special.write.create_issue(draft(container="OPS", parent=epic)).issue
    cloud.sandbox.clock.advance(timedelta(minutes=5))
    assert [c.ref for c in special.read.snapshot(epic).children] == [made.ref]
    special.client.close()


def test_children_can_be_made_in_one_write_where_the_screen_takes_links(jira: World) -> None:
    assert jira.read.creates_children("PAY")


def test_an_issue_that_is_hidden_from_us_is_missing(jira: World) -> None:
    hidden = jira.post(project="HID")
    with pytest.raises(Missing):
        jira.read.snapshot(hidden)
    assert jira.read.issues([hidden]) == {hidden: None}


def test_an_expired_token_is_said_as_such_everywhere(jira: World) -> None:
    ref = jira.post()
    expired = jira.another(token="gone")
    for look in (
        lambda: expired.read.snapshot(ref),
        lambda: expired.read.issues([ref]),
        lambda: expired.read.changed("OPS,PAY", ""),
        lambda: expired.read.labelled("OPS", "postmortem"),
        expired.read.account,
    ):
        with pytest.raises(CredentialRefused):
            look()
    expired.client.close()


def test_a_token_that_is_refused_midway_ends_the_look(jira: World) -> None:
    ref = jira.post()
    jira.write.create_issue(draft(parent=ref))
    jira.read.snapshot(ref)
    child = "issue/bulkfetch" if jira.client.cloud else "issue/PAY-1"
    jira.sandbox.faults.add("401", path=child)
    with pytest.raises(CredentialRefused):
        jira.read.snapshot(ref)


@pytest.mark.parametrize("fault", ["502-before", "drop-before", "drop-after", "truncated"])
def test_a_look_survives_what_passes(jira: World, fault: str) -> None:
    ref = jira.post()
    jira.write.ensure_record(ref, "sticky", "Fine.", "v1.x.y")
    jira.write.create_issue(draft(parent=ref))
    before = jira.read.snapshot(ref)
    for nth in (1, 2):
        jira.sandbox.faults.add(fault, path="issue", nth=nth)
        assert jira.read.snapshot(ref) == before


def test_a_look_that_fails_on_a_later_page_does_not_move_the_cursor(jira: World) -> None:
    refs = {jira.post() for _ in range(101)}
    jira.sandbox.faults.add("limit", path="search", nth=2)
    with pytest.raises(RateLimited):
        jira.read.changed("OPS", "")
    assert {i.ref for i in jira.read.changed("OPS", "").issues} == refs


def test_a_scoped_token_works_at_the_gateway_and_links_lead_to_the_site(cloud: World) -> None:
    ref = cloud.post(project="PUB")
    narrow = cloud.another(token="narrow", api_url=cloud.sandbox.gateway_url, cloud=None)
    got = narrow.read.snapshot(ref).issue
    assert (got.ref, got.url, got.public) == (ref, f"{cloud.sandbox.url}/browse/{ref.locator}", True)
    assert narrow.read.visible_to_all("OPS") is False
    narrow.client.close()


def test_a_limit_is_told_with_its_time(jira: World) -> None:
    ref = jira.post()
    jira.sandbox.faults.add("limit", method="GET")
    with pytest.raises(RateLimited) as caught:
        jira.read.snapshot(ref)
    assert caught.value.wait_s >= 1


def test_who_may_read_and_who_can_be_assigned(jira: World) -> None:
    assert [jira.read.visible_to_all(key) for key in ("PUB", "OPS", "HID")] == [True, False, False]
    public, inside = jira.post(project="PUB"), jira.post(security={"name": "Incident team"})
    seen = jira.read.issues([public, inside])
    assert [i.public if i else None for i in seen.values()] == [True, False]
    asked = ("alice", "spacey", "mailed", "rosa", "mallory")
    assert [jira.read.assignable("PAY", jira.who(login)) for login in asked] == [True, True, True, False, False]


def test_a_reserved_word_is_a_project_as_any_other(jira: World) -> None:
    ref = jira.post(project="AND", labels=["postmortem"])
    assert [i.ref for i in jira.read.labelled("AND", "postmortem")] == [ref]
    assert jira.read.labelled("AND", 'x" OR project = "AND') == ()
    assert [i.ref for i in jira.read.changed("AND,OPS", "").issues] == [ref]
    assert jira.read.resolve(ref.locator, ref) == ref
    assert jira.read.resolve("UTF-8", ref) is None


def test_a_project_that_we_may_not_see_is_named_and_the_others_are_read(jira: World) -> None:
    ref = jira.post()
    first = jira.read.changed("HID,NONE,OPS", "")
    assert ([i.ref for i in first.issues], sorted(first.unreadable)) == ([ref], ["HID", "NONE"])
    again = jira.read.changed("HID,NONE,OPS", first.cursor)
    assert (again.issues, sorted(again.unreadable), again.requests) == ((), ["HID", "NONE"], 1)
    with pytest.raises(Missing):
        jira.read.labelled("HID", "postmortem")


def test_an_idle_look_costs_one_request(jira: World) -> None:
    jira.post()
    cursor = jira.read.changed("OPS,PAY", "").cursor
    before = jira.last
    assert jira.read.changed("OPS,PAY", cursor).issues == ()
    assert len(jira.requests(before)) == 1


STEP = st.tuples(
    st.sampled_from([0, 1, 60, 295, 580, 900]), st.one_of(st.integers(0, 2), st.sampled_from(["look", "lag", "no lag"]))
)


@given(steps=st.lists(STEP, min_size=4, max_size=14))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_edit_is_seen_and_none_for_ever(jira: World, steps: list[tuple[int, Any]]) -> None:
    jira.sandbox.reset()
    refs = [jira.post(), jira.post("bob", "PAY"), jira.post(project="PAY")]
    jira.sandbox.clock.advance(timedelta(minutes=11))
    cursor, edits, seen = jira.read.changed("OPS,PAY", "").cursor, dict[IssueRef, int](), dict[IssueRef, int]()
    for after_s, what in steps:
        jira.sandbox.clock.advance(timedelta(seconds=after_s))
        if isinstance(what, int):
            edits[refs[what]] = edits.get(refs[what], 0) + 1
            jira.edit(refs[what], summary=f"{edits[refs[what]]}")
        elif what == "look":
            changes = jira.read.changed("OPS,PAY", cursor)
            cursor = changes.cursor
            seen |= {i.ref: int(i.title) for i in changes.issues}
        else:
            jira.sandbox.index_lag = timedelta(minutes=10 if what == "lag" else 0)
    jira.sandbox.clock.advance(timedelta(minutes=10))
    last = jira.read.changed("OPS,PAY", cursor)
    seen |= {i.ref: int(i.title) for i in last.issues}
    assert seen == edits
    assert jira.read.changed("OPS,PAY", last.cursor).issues == ()
