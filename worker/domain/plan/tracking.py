"""Which listed items become issues now, which are adopted, which wait, and why.

Nothing is created where more people could see it than the post-mortem, and nothing while the text is being written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.domain.incident import is_confidential
from worker.domain.model import ActionItem, Draft, Finding, IssueRef, Kind, Status
from worker.domain.plan.effects import AdoptIssue, CreateIssue, LinkElsewhere
from worker.domain.plan.lines import Line
from worker.domain.plan.observed import Observed, Place
from worker.domain.policy import Policy
from worker.domain.render.issue import render_issue_body, render_title
from worker.domain.state import State

CHILD_LIMIT = 100
LOOK_AFTER = timedelta(minutes=1)
"""How long a doubtful create is left alone; where the tracker's lists lag for longer, as long as that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What is to be done so that every listed item has its issue.

    `claims` are the ids of items whose create must be announced first. `at` is when waiting items become issues, or
    when a doubtful create may be tried again; None where nothing waits for time alone.
    """

    creates: tuple[CreateIssue, ...] = ()
    adoptions: tuple[AdoptIssue, ...] = ()
    links: tuple[LinkElsewhere, ...] = ()
    claims: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    rests_until: datetime | None = None
    look_at: datetime | None = None


def rest_ends(state: State, policy: Policy, now: datetime) -> datetime:
    """When the text has stayed as it is for long enough."""
    return (state.body_since or now) + timedelta(minutes=policy.settle_minutes)


def plan_tracking(
    observed: Observed, state: State, lines: Sequence[Line], kind: Kind, policy: Policy, now: datetime
) -> Tracking:
    """Return the creates and adoptions that are due now, and what the others wait for."""
    if kind is Kind.ACTION_ITEM:
        return Tracking()
    wanting = [line for line in lines if _wants_issue(line)]
    adoptions = tuple(_adoption(line, line.adopt, observed, policy) for line in lines if line.adopt is not None)
    findings: list[Finding] = []
    asked = state.track_now.split(",") if state.track_now else []
    everything = "all" in asked
    rests_until = rest_ends(state, policy, now)
    rested = now >= rests_until
    findings += [_withheld(line) for line in wanting if line.withheld]
    wanting = [line for line in wanting if not line.withheld]
    chosen = [line for line in wanting if everything or rested or str(line.number) in asked]
    crowded = len(wanting) > policy.most_new_items and not everything
    if crowded:
        chosen = [line for line in chosen if str(line.number) in asked]
        findings.append(
            Finding(
                rule="items/many",
                level="warning",
                remedy=f"{len(wanting)} items are new, more than {policy.most_new_items} at once: comment `ft track` "
                "to make issues of all, or `ft track 1,2` of some.",
            )
        )
    creates, claims = [], []
    look_at: datetime | None = None
    room = CHILD_LIMIT - len(observed.snapshot.children)
    for line in chosen:
        place = observed.places.get(line.place, Place(reachable=False))
        # While a create is in doubt, the answer is where it was made, wherever the item would belong by now.
        doubtful = line.state.claimed_at is not None and not line.state.refused
        claimed_in = (line.state.claimed_in if doubtful else "") or line.place
        made_in = observed.places.get(claimed_in, Place(reachable=False))
        if {line.place.partition(":")[0], claimed_in.partition(":")[0]} & observed.away.keys():
            continue
        refusal = _too_visible(observed, line.place, place) or ("" if made_in.reachable else _out_of_reach(claimed_in))
        if refusal or line.state.id in observed.refused:
            if refusal:
                findings.append(Finding(rule="item/too-visible", level="error", item=line.state.id, remedy=refusal))
            continue
        if line.state.claimed_at is not None and not line.state.refused:
            free_at = line.state.claimed_at + max(LOOK_AFTER, made_in.lag)
            if now < free_at:
                look_at = max(look_at or now, free_at)
                continue
        linked = place.atomic and room > 0 and line.place.partition(":")[0] == observed.ref.site
        if linked:
            room -= 1
        elif not (line.state.refused and line.state.claimed_in == line.place):
            # Announced anew where one was in doubt: a list may not yet show what this attempt makes. Under the same
            # claim where it was refused: a refusal that lasts must not cost a write at each look.
            claims.append(line.state.id)
        creates.append(_create(line, observed, state.uid, policy, linked=linked))
    waiting = len(chosen) < len(wanting) and not rested and not crowded
    return Tracking(
        creates=tuple(creates),
        adoptions=adoptions,
        links=_links(lines, observed, policy),
        claims=tuple(claims),
        findings=tuple(findings),
        rests_until=rests_until if waiting else None,
        look_at=look_at,
    )


def _wants_issue(line: Line) -> bool:
    return (
        line.item is not None
        and line.issue is None
        and not line.state.ref
        and not line.state.untracked
        and not line.hold
        and line.item.done is not True
        and line.status is Status.OPEN
    )


def _withheld(line: Line) -> Finding:
    return Finding(
        rule="item/withheld",
        level="warning",
        item=line.state.id,
        remedy=f"{line.withheld} is in mode observe, so this does not become an issue: set `mode: comment` or `mode: "
        "live` for that team in people.yaml.",
    )


def _adoption(line: Line, ref: IssueRef, observed: Observed, policy: Policy) -> AdoptIssue:
    issue = observed.issue_of(ref)
    free = issue is not None and issue.parent is None and ref.site == observed.ref.site
    home = observed.places.get(f"{observed.ref.site}:{observed.ref.container}", Place())
    linkable = free and home.atomic and len(observed.snapshot.children) < CHILD_LIMIT
    return AdoptIssue(
        unit=observed.ref.key,
        item=line.state.id,
        ref=ref,
        parent=observed.ref if linkable else None,
        label=policy.item_label,
        why=f"item {line.number} names it",
    )


def _links(lines: Sequence[Line], observed: Observed, policy: Policy) -> tuple[LinkElsewhere, ...]:
    """The links that are due. Of those that were refused before, one is tried at each look: where it is made by now,
    the next one follows in the same run."""
    found = [(line, link) for line in lines if (link := _link(line, observed, policy)) is not None]
    fresh = [link for line, link in found if "link" not in line.state.dropped]
    again = [link for line, link in found if "link" in line.state.dropped]
    refused = any(name == LinkElsewhere.name for name, _ in observed.refusals)
    return (*fresh, *([] if refused else again[:1]))


def _link(line: Line, observed: Observed, policy: Policy) -> LinkElsewhere | None:
    """The link between an item's issue and its post-mortem on another site, where one of the two sites keeps links and
    has none yet. Neither is named on the other where more people may see it."""
    home, issue = observed.snapshot.issue, line.issue
    if issue is None or issue.ref.site == home.ref.site or line.state.linked or line.withheld:
        return None
    if {issue.ref.site, home.ref.site} & observed.away.keys() or line.state.untracked:
        return None
    on, to = (issue, home) if issue.ref.site in observed.linking else (home, issue)
    if on.ref.site not in observed.linking or (on.public is not False and to.public is not True) or to.restricted:
        return None
    return LinkElsewhere(
        unit=home.ref.key,
        ref=on.ref,
        item=line.state.id,
        key=to.ref.key,
        url=to.url,
        title=to.ref.locator if is_confidential(to, policy) else to.title,
        why=f"the issue of item {line.number} is on another site",
    )


def _too_visible(observed: Observed, key: str, place: Place) -> str:
    """Why an item must not become an issue there, or nothing."""
    if not place.reachable:
        return _out_of_reach(key)
    if place.withheld:
        site = key.partition(":")[0]
        return f"{site} is in mode observe, so nothing is created there: set `mode: comment` or `mode: live` for it."
    home = f"{observed.ref.site}:{observed.ref.container}"
    if key == home or observed.snapshot.issue.public is True or place.public is False:
        return ""
    seen_by = "anybody can read" if place.public else "more people may be able to read"
    return f"{seen_by} {key} than this post-mortem: choose another place in people.yaml (teams, `items`)."


def _out_of_reach(key: str) -> str:
    return f"{key} cannot be reached: give Followthrough access to it, or change `items` of the team in people.yaml."


def _create(line: Line, observed: Observed, uid: str, policy: Policy, *, linked: bool) -> CreateIssue:
    site, _, container = line.place.partition(":")
    login = line.owner.person.logins.get(site, "") if line.owner.person is not None else ""
    assignees = (login,) if login and login.casefold() != observed.account.casefold() else ()
    item = line.item or ActionItem(line=0, text=line.text)
    draft = Draft(
        site=site,
        container=container,
        title=render_title(item.text),
        body=render_issue_body(
            text=item.text,
            section=item.section,
            owner="" if assignees else line.owner.shown,
            post_mortem=observed.snapshot.issue,
            number=line.number,
            linked=linked,
        ),
        labels=(policy.item_label,),
        assignees=assignees,
        due=line.due,
        priority=item.priority,
        parent=observed.ref if linked else None,
    )
    return CreateIssue(
        unit=observed.ref.key,
        item=line.state.id,
        uid=uid,
        draft=draft,
        why=f"item {line.number} is promised in the document and has no issue",
    )


def claimed(state: State, lines: Sequence[Line], ids: Sequence[str], now: datetime) -> State:
    """The state that announces these creates, each with the place where it is made."""
    for line in lines:
        if line.state.id in ids:
            state = state.with_item(replace(line.state, claimed_at=now, claimed_in=line.place, refused=False))
    return state
