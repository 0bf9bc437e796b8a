"""Searching an index that lags, and going on from a cursor: nothing is missed, nothing is said twice for ever."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trackers.jira.conftest import Join
from tests.trackers.jira.worlds import NO_ISSUE, Site, issue, says_no
from tests.trackers.plain import Asked, PlainServer, Says
from worker.trackers.errors import CredentialRefused, Missing, Refused, Unavailable
from worker.trackers.jira.changes import Cursor, look
from worker.trackers.jira.client import Answer, JiraClient
from worker.trackers.jira.config import JiraConfig
from worker.trackers.jira.read import JiraRead
from worker.trackers.jira.search import any_of, quoted, search

START = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
"""The evening before the clocks go forward in Europe."""

UNKNOWN = "The value 'PAY' does not exist for the field 'project'."


# JQL


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("postmortem", '"postmortem"', id="a word"),
        pytest.param("AND", '"AND"', id="a reserved word"),
        pytest.param('a"b', '"a\\"b"', id="a quote"),
        pytest.param("a\\", '"a\\\\"', id="a backslash at the end"),
        pytest.param('" OR project = X --', '"\\" OR project = X --"', id="an injection"),
        pytest.param("a\nb\0", '"a b "', id="control characters"),
        pytest.param("مراجعة", '"مراجعة"', id="Arabic"),
    ],
)
def test_a_text_stays_one_value(text: str, written: str) -> None:
    assert quoted(text) == written


@given(st.text())
def test_no_text_ends_its_own_quotes(text: str) -> None:
    inside = quoted(text)[1:-1]
    assert re.fullmatch(r'(?:[^"\\]|\\["\\])*', inside)


def test_lists_are_sorted() -> None:
    assert any_of(["OR", "AND"]) == '("AND", "OR")'


# Pages


@pytest.mark.parametrize("cloud", [True, False], ids=["by token", "by offset"])
def test_all_pages_are_read(site: Site, join: Join, cloud: bool) -> None:
    rows = [issue(f"OPS-{n}") for n in range(1, 8)]
    site.cloud, site.page, site.found = cloud, 3, lambda asked: rows
    found = search(join(cloud=cloud), "x", ("updated",), projects=(), what="search")
    assert [row["key"] for row in found.rows] == [row["key"] for row in rows]


def test_by_offset_what_slips_over_the_edge_of_a_page_is_found_on_a_second_reading(site: Site, join: Join) -> None:
    rows = [issue(f"OPS-{n}") for n in range(1, 7)]
    asked_before: list[str] = []

    def found(asked: Asked) -> list[dict[str, Any]]:
        asked_before.append(asked.query["startAt"])
        # After the first page its first issue is touched and moves to the end.
        return rows if len(asked_before) == 1 else [*rows[1:], rows[0]]

    site.cloud, site.page, site.found = False, 3, found
    result = search(join(cloud=False), "x", ("updated",), projects=(), what="search")
    assert {row["key"] for row in result.rows} == {row["key"] for row in rows}
    assert asked_before == ["0", "3", "0", "3", "0", "3"][: len(asked_before)]
    assert len(asked_before) == 6


def test_tokens_that_go_round_in_a_circle_end(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={"issues": [], "nextPageToken": "again"}))
    with pytest.raises(Unavailable, match="circle"):
        search(join(), "x", ("updated",), projects=(), what="search")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="no issues"),
        pytest.param({"issues": [7]}, id="an issue that is none"),
        pytest.param({"issues": [{"id": 7, "fields": {}}]}, id="an id that is a number"),
        pytest.param({"issues": [{"id": "7"}]}, id="no fields"),
    ],
)
def test_an_answer_of_unknown_form_is_no_answer(plain: PlainServer, join: Join, data: Any) -> None:
    plain.says(Says(data=data))
    with pytest.raises(Unavailable):
        search(join(), "x", ("updated",), projects=(), what="search")


# Cursors


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - made aware below
    seen=st.dictionaries(st.text(max_size=8), st.integers(0, 2**41)),
)
def test_a_cursor_is_read_as_it_was_written(at: datetime, seen: dict[str, int]) -> None:
    at = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
    cursor = Cursor(at=at, seen={k: datetime.fromtimestamp(v // 1000, UTC) for k, v in seen.items()})
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"at":"x"}', '{"at":1e99,"seen":{},"since":{}}', "null"])
def test_a_cursor_of_unknown_form_is_the_beginning(text: str) -> None:
    assert Cursor.parse(text) == Cursor()


# A model of Jira: its clock, its edits, and an index that shows each of them later


@dataclass
class Model:
    """Issues by number, each with the moments of its edits and when the index shows each."""

    now: datetime = START
    edits: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def edit(self, number: int, lag_s: int) -> None:
        self.edits.setdefault(number, []).append((self.now, self.now + timedelta(seconds=lag_s)))

    def found(self, jql: str) -> list[dict[str, Any]]:
        """What the index shows now, oldest change first."""
        back = timedelta(minutes=int(re.findall(r'updated >= "-(\d+)m"', jql)[0]))
        shown = {n: [at for at, visible in edits if visible <= self.now] for n, edits in self.edits.items()}
        newest = sorted((max(moments), n) for n, moments in shown.items() if moments)
        return [
            {"id": str(n), "key": f"OPS-{n}", "fields": {"updated": at.isoformat(timespec="milliseconds")}}
            for at, n in newest
            if at >= self.now - back
        ]


class Wired(JiraClient):
    """A client whose searches a model answers, two issues a page; the model's clock is the server's."""

    def __init__(self, model: Model, *, cloud: bool, skew_s: int) -> None:
        config = JiraConfig(url="https://acme.example", cloud=cloud, email="bot@example.com", api_token="t")
        super().__init__(config, clock=lambda: model.now.timestamp() + skew_s)
        self._model = model

    def answer(self, path: str, params: Mapping[str, Any] | None = None, *, what: str = "") -> Answer:
        asked = dict(params or {})
        self._model.asked.append(asked["jql"])
        rows = self._model.found(asked["jql"])
        start = int(asked.get("nextPageToken") or asked.get("startAt") or 0)
        more = {"nextPageToken": str(start + 2)} if self.cloud and start + 2 < len(rows) else {}
        there = float(int(self._model.now.timestamp()))
        self._ahead_s = there - self._clock()
        return Answer(200, {}, {"issues": rows[start : start + 2], "total": len(rows), **more}, there)


LAGS = st.one_of(st.sampled_from([0, 540, 600]), st.integers(0, 600))
GAPS = st.one_of(st.sampled_from([0, 1, 290, 310, 550, 595, 601]), st.integers(0, 7200))
EDIT = st.tuples(st.integers(1, 4), LAGS)
STEP = st.tuples(GAPS, st.one_of(EDIT, st.sampled_from(["look", "look", "look and lose the answer"])))


@given(steps=st.lists(STEP, max_size=25), cloud=st.booleans(), skew_s=st.integers(-4000, 4000))
@settings(max_examples=600, deadline=None)
def test_whatever_the_index_lags_nothing_is_missed_and_nothing_is_said_twice(
    steps: list[Any], cloud: bool, skew_s: int
) -> None:
    jira = Model()
    client, cursor = Wired(jira, cloud=cloud, skew_s=skew_s), ""
    said: list[tuple[str, str]] = []

    def polled(*, keep: bool = True) -> list[tuple[str, str]]:
        nonlocal cursor
        seen = look(client, ["OPS"], Cursor.parse(cursor), ("updated",))
        news = [(str(row["key"]), str(row["fields"]["updated"])) for row in seen.rows]
        if keep:
            cursor = str(seen.cursor)
            said.extend(news)
        return news

    polled()
    for after_s, what in steps:
        jira.now += timedelta(seconds=after_s)
        if isinstance(what, tuple):
            jira.edit(*what)
        else:
            polled(keep=what == "look")
    jira.now += timedelta(minutes=10)
    polled()
    assert len(said) == len(set(said))
    newest = {f"OPS-{n}": max(at for at, _ in edits) for n, edits in jira.edits.items()}
    last = {key: max(datetime.fromisoformat(at) for k, at in said if k == key) for key, _ in said}
    assert last == newest
    jira.now += timedelta(minutes=5)
    assert polled() == []
    # Once the overlap shows nothing any more, a look costs one request.
    jira.now += timedelta(hours=1)
    polled()
    jira.now += timedelta(minutes=5)
    jira.asked.clear()
    assert (polled(), len(jira.asked)) == ([], 1)


def test_a_clock_of_ours_that_is_behind_costs_one_more_request_once() -> None:
    jira = Model()
    cursor = look(Wired(jira, cloud=True, skew_s=0), ["OPS"], Cursor(), ("updated",)).cursor
    jira.edit(1, 0)
    jira.now += timedelta(hours=2)
    late = Wired(jira, cloud=True, skew_s=-7200)
    seen = look(late, ["OPS"], cursor, ("updated",))
    assert ([row["key"] for row in seen.rows], seen.requests) == (["OPS-1"], 2)
    assert look(late, ["OPS"], seen.cursor, ("updated",)).requests == 1


def test_a_server_whose_clock_jumps_moves_no_cursor(plain: PlainServer, join: Join) -> None:
    hours = iter(range(100))

    def answer(asked: Asked) -> Says:
        date = f"Sat, 28 Mar 2026 {next(hours) % 24:02d}:00:00 GMT"
        return Says(data={"issues": []}, headers={"Date": date})

    plain.answer = answer
    client = join(clock=lambda: START.timestamp() - 86_400)
    with pytest.raises(Unavailable, match="clock"):
        look(client, ["OPS"], Cursor(at=START - timedelta(days=1)), ("updated",))
    assert len(plain.asked) == 3


def test_the_servers_clock_is_read_from_its_date(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={"issues": []}, headers={"Date": "Sat, 28 Mar 2026 22:00:00 GMT"}))
    client = join(clock=lambda: START.timestamp() + 500)
    assert look(client, ["OPS"], Cursor(), ("updated",)).cursor.at == START
    assert client.server_now_s() == START.timestamp()


# Projects that are not there


def gone(*keys: str) -> Callable[[Asked], Says]:
    """A search that refuses these projects, and else finds nothing."""

    def answer(asked: Asked) -> Says:
        named = [key for key in keys if f'"{key}"' in asked.query["jql"]]
        words = [f"The value '{key}' does not exist for the field 'project'." for key in named]
        return says_no(400, *words) if named else Says(data={"issues": [], "isLast": True})

    return answer


def test_a_project_that_is_not_there_does_not_silence_the_others(site: Site, join: Join) -> None:
    site.instead["GET search/jql"] = gone("PAY")
    read = JiraRead(join())
    first = read.changed("OPS,PAY", "")
    assert (list(first.unreadable), first.requests) == (["PAY"], 2)
    assert UNKNOWN in first.unreadable["PAY"]
    again = read.changed("OPS,PAY", first.cursor)
    assert (list(again.unreadable), again.requests) == (["PAY"], 1)


def test_a_project_that_comes_back_is_read_from_where_it_was_lost(site: Site, join: Join) -> None:
    moment = [1_800_000_000.0]
    site.instead["GET search/jql"] = gone("PAY")
    client = join(clock=lambda: moment[0])
    first = look(client, ["OPS", "PAY"], Cursor(at=datetime.fromtimestamp(moment[0], UTC)), ("updated",))
    moment[0] += 3600
    second = look(client, ["OPS", "PAY"], Cursor.parse(str(first.cursor)), ("updated",))
    assert second.unreadable.keys() == {"PAY"}
    moment[0] += 2 * 3600
    site.instead["GET search/jql"] = gone()
    third = look(client, ["OPS", "PAY"], Cursor.parse(str(second.cursor)), ("updated",))
    assert site.server.asked[-1].query["jql"] == (
        '(project in ("OPS") AND updated >= "-131m") OR (project in ("PAY") AND updated >= "-191m") '
        "ORDER BY updated ASC, key ASC"
    )
    assert (dict(third.unreadable), dict(third.cursor.since)) == ({}, {})


def test_where_no_project_is_there_the_look_says_so(site: Site, join: Join) -> None:
    site.instead["GET search/jql"] = gone("OPS", "PAY")
    with pytest.raises(Missing, match="does not exist for the field 'project'"):
        JiraRead(join()).changed("OPS,PAY", "")


def test_a_token_that_ended_is_not_taken_for_projects_that_are_gone(site: Site, join: Join) -> None:
    site.instead["GET search/jql"] = gone("OPS", "PAY")
    site.instead["GET myself"] = lambda asked: says_no(401, NO_ISSUE)
    with pytest.raises(CredentialRefused):
        JiraRead(join()).changed("OPS,PAY", "")


def test_another_refusal_of_a_search_is_no_missing_project(site: Site, join: Join) -> None:
    site.instead["GET search/jql"] = lambda asked: says_no(400, "Error in the JQL Query: expecting a field.")
    with pytest.raises(Refused, match="expecting a field"):
        JiraRead(join()).changed("OPS,PAY", "")


def test_the_jql_names_each_project_in_quotes_and_asks_in_minutes(site: Site, join: Join) -> None:
    JiraRead(join(projects=("OR", "AND"))).changed("AND,OR", "")
    asked = site.server.asked[-1].query
    assert asked["jql"] == 'project in ("AND", "OR") AND updated >= "-1451m" ORDER BY updated ASC, key ASC'
    assert "labels" in asked["fields"].split(",")


def test_a_cursor_stays_small_in_a_flood(site: Site, join: Join) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    rows = [issue(f"OPS-{n}", updated=now) for n in range(1, 6001)]
    site.page, site.found = 3000, lambda asked: rows
    changes = JiraRead(join()).changed("OPS", "")
    assert len(changes.issues) == 6000
    assert len(json.loads(changes.cursor)["seen"]) == 5000
