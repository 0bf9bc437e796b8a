"""What an audit counts, in which order it advises, and which issues it takes for post-mortems."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from worker.domain.audit import (
    Audited,
    Promise,
    Source,
    State,
    audit_one,
    is_post_mortem,
    may_be_post_mortem,
    read_source,
    sum_up,
)
from worker.domain.model import Issue, IssueRef, Status
from worker.domain.policy import Policy
from worker.domain.render.audit import render_text, to_json
from worker.domain.render.audit_html import render_html

TODAY = date(2026, 11, 20)
HERE = IssueRef("github", "acme/ops#1")


def promise(**given: object) -> Promise:
    values: dict[str, object] = {"text": "Add a fuse", "place": "a.md", "url": "", "state": State.OPEN, **given}
    return Promise(**values)  # type: ignore[arg-type]


def audited(*promises: Promise, on: date | None = date(2026, 10, 1), **given: object) -> Audited:
    values: dict[str, object] = {"place": "a.md", "title": "A", "url": "", "on": on, "promises": promises, **given}
    return Audited(**values)  # type: ignore[arg-type]


def issue(number: int, **given: object) -> Issue:
    values: dict[str, object] = {
        "ref": IssueRef("github", f"acme/ops#{number}"),
        "title": "Add a fuse",
        "created_at": datetime(2026, 10, 2, tzinfo=UTC),
        "updated_at": datetime(2026, 10, 2, tzinfo=UTC),
        **given,
    }
    return Issue(**values)  # type: ignore[arg-type]


def sums(*every: Audited, since: date | None = None) -> dict[str, object]:
    return to_json(sum_up(every, target="x", today=TODAY, since=since, read=len(every)))


def test_what_nobody_wrote_down_is_shown_apart_from_what_is_open() -> None:
    found = sums(audited(*(promise(state=state) for state in State)))
    assert {name: found[name] for name in ("promised", "kept", "open", "unknown", "waived", "left")} == {
        "promised": 4,
        "kept": 1,
        "open": 1,
        "unknown": 1,
        "waived": 1,
        "left": 2,
    }


def test_only_what_is_left_lacks_anything() -> None:
    kept = promise(state=State.KEPT, needs=("a date", "a done-when"))
    left = promise(needs=("a concrete step",), due=date(2026, 11, 1), owners=("ana",), tracked=True)
    found = sums(audited(kept, left))
    assert (found["ownerless"], found["dateless"], found["untracked"]) == (0, 0, 0)
    assert (found["vague"], found["late"]) == (1, 1)


def test_the_median_is_over_what_is_left_and_dated() -> None:
    days = [date(2026, 11, 10), date(2026, 10, 21), date(2026, 1, 1)]
    left = [promise(since=day) for day in days]
    found = sums(audited(*left, promise(since=None), promise(since=date(2020, 1, 1), state=State.KEPT)))
    assert found["median_age_days"] == 30


def test_the_oldest_come_first_and_are_five() -> None:
    left = [promise(text=f"t{n}", since=date(2026, 1, n)) for n in range(9, 0, -1)]
    found = sum_up([audited(*left)], target="x", today=TODAY, since=None, read=1)
    assert [one.text for one in found.oldest] == ["t1", "t2", "t3", "t4", "t5"]


def test_what_is_too_old_is_counted_and_left_out_and_what_has_no_day_stays() -> None:
    found = sums(audited(promise(), on=date(2025, 1, 1)), audited(promise(), on=None), since=date(2026, 1, 1))
    assert (found["too_old"], found["promised"]) == (1, 1)


def test_advice_begins_with_what_is_late_and_leaves_out_what_nobody_needs() -> None:
    late = promise(due=date(2026, 11, 1), owners=("ana",), tracked=True)
    found = sum_up([audited(late, on=date(2026, 1, 1))], target="x", today=TODAY, since=None, read=1)
    assert [(step.what.split(" ")[0], step.count) for step in found.first] == [("Ask", 1)]
    silent = sum_up([audited(on=date(2026, 1, 1))], target="x", today=TODAY, since=None, read=1)
    assert [step.count for step in silent.first] == [1]


def test_a_child_that_the_document_does_not_list_is_a_promise_too_and_a_listed_one_counts_once() -> None:
    body = "## Impact\n\nNone.\n\n## Action items\n\n- Add a fuse\n"
    source = Source(place="k", title="Outage", body=body, near=HERE, children=(issue(2), issue(3, title="Add a probe")))
    document = read_source(source, policy=Policy(), today=TODAY)
    found = audit_one(source, document, tracked={}, policy=Policy(), today=TODAY)
    assert [(one.text, one.tracked, one.state) for one in found.promises] == [
        ("Add a fuse", True, State.OPEN),
        ("Add a probe", True, State.OPEN),
    ]


def test_the_tracker_goes_before_the_document() -> None:
    body = "## Action items\n\n- [x] Add a fuse by 2026-10-10 (@ana) #2\n"
    source = Source(place="k", title="Outage", body=body, near=HERE)
    document = read_source(source, policy=Policy(), today=TODAY)
    tracked = {"#2": issue(2, status=Status.OPEN, assignees=("bo",), due=date(2026, 12, 1))}
    (one,) = audit_one(source, document, tracked=tracked, policy=Policy(), today=TODAY).promises
    assert (one.state, one.owners, one.due) == (State.OPEN, ("bo",), date(2026, 12, 1))


def test_a_criterion_that_the_rules_ignore_is_no_need_of_a_promise_and_a_team_may_have_its_own_rules() -> None:
    body = "## Action items\n\n- Improve the monitoring (@ana)\n"
    source = Source(place="k", title="Outage", body=body, near=HERE)
    policy = Policy(
        rules={"smart/measurable": "ignore", "smart/time-bound": "ignore"},
        team_rules={"web": {"smart/specific": "ignore"}, "ops": {"smart/time-bound": "warning"}},
    )
    document = read_source(source, policy=policy, today=TODAY)
    needs = {
        team: audit_one(source, document, tracked={}, policy=policy, today=TODAY, team=team).promises[0].needs
        for team in ("", "web", "ops")
    }
    assert needs == {"": ("a concrete step",), "web": (), "ops": ("a date", "a concrete step")}


BUG = "## Summary\n\nBlue.\n\n## Root cause\n\nCSS.\n\n## Impact\n\nNone.\n\n## Next steps\n\n- Add a test\n"
RECORD = "## Impact\n\nBig.\n\n## Timeline\n\n10:00 down\n\n## Root cause\n\nA fuse.\n"


@pytest.mark.parametrize(
    ("source", "is_one"),
    [
        pytest.param(Source(place="k", near=HERE, title="Blue", body=BUG), False, id="a bug report has headings too"),
        pytest.param(Source(place="k", near=HERE, title="Down", body=RECORD), True, id="a shape is enough"),
        pytest.param(
            Source(place="k", near=HERE, title="Blue", body=BUG, labels=frozenset({"postmortem"})), True, id="a label"
        ),
        pytest.param(
            Source(place="k", near=HERE, title="x", body="hm", labels=frozenset({"postmortem"})),
            False,
            id="a label over nothing",
        ),
        pytest.param(
            Source(place="k", near=HERE, title="x", body=BUG, labels=frozenset({"incident::review"})),
            True,
            id="a scoped label",
        ),
        pytest.param(
            Source(place="k", near=HERE, title="Postmortem of Monday", body="## Actions\n\n- Add a fuse\n"),
            True,
            id="a name",
        ),
        pytest.param(
            Source(place="k", near=HERE, title="Postmortem template", body="Fill this in."), False, id="only a name"
        ),
        pytest.param(Source(place="a.md", body=f"# Guide\n\n{BUG}"), True, id="in a folder two sections are enough"),
        pytest.param(
            Source(place="a.md", body="# Roadmap\n\n## Next steps\n\n- Add a fuse\n"), False, id="a plan is no record"
        ),
        pytest.param(
            Source(place="a.md", body="# Gate down on 2026-05-03\n\n## Next steps\n\n- Add a fuse\n"),
            True,
            id="trouble with a day and a promise",
        ),
    ],
)
def test_a_post_mortem_is_known_by_its_label_its_name_or_its_shape(source: Source, is_one: bool) -> None:
    document = read_source(source, policy=Policy(), today=TODAY)
    assert is_post_mortem(source, document) is is_one
    assert source.near is None or may_be_post_mortem(source) or not is_one, "the quick look lost one"


HOSTILE = "</title><script>x</script> & \x1b[31m@everyone [a](javascript:alert(1))\u202e"


def test_what_people_typed_reaches_no_page_as_markup_and_no_terminal_as_control() -> None:
    one = promise(text=HOSTILE, owners=(HOSTILE,), url="javascript:alert(1)", since=date(2026, 1, 1))
    found = sum_up(
        [audited(one, title=HOSTILE, url='https://x.example/"><b>')],
        target=HOSTILE,
        today=TODAY,
        since=None,
        read=1,
        unreadable=[HOSTILE],
    )
    page, text = render_html(found), render_text(found)
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert '"><b>' not in page
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_page_without_promises_has_no_empty_table() -> None:
    page = render_html(sum_up([], target="x", today=TODAY, since=None, read=3))
    assert "No post-mortems were found." in page
    assert "<table" not in page
    assert "<svg" not in page
