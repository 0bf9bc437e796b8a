"""What must be asked of the trackers, besides the post-mortem itself, before its plan can be made.

Pure: the observer reads exactly what is named here, so that one look costs no more requests than its decisions need.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from worker.domain.document import parse_document
from worker.domain.incident import is_confidential
from worker.domain.model import Directory, Document, IssueRef, Kind, Snapshot
from worker.domain.owners import find_owner, place_for
from worker.domain.policy import Policy
from worker.domain.state import State

BEFORE_CLAIM = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What to read. `refs` are issues beyond the children; `resolved` says which written reference means which;
    `places` maps each container (`SITE:CONTAINER`) to the logins whose right to be assigned there is not known;
    `look_since` maps a container to the moment from which our own issues are to be looked for: doubtful creates, and
    where there is no state, all that may have been made for this post-mortem."""

    refs: frozenset[IssueRef] = frozenset()
    resolved: dict[str, IssueRef] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    look_since: dict[str, datetime] = field(default_factory=dict)


def read_document(snapshot: Snapshot, state: State | None, policy: Policy, today: date) -> Document:
    """The post-mortem's body, read; `ft kind` overrules what it looks like, and children make it a post-mortem."""
    issue = snapshot.issue
    document = _read(issue.body, today, issue.ref, policy.day_first, issue.title, issue.created_at.date())
    kind = document.kind
    if state is not None and state.kind is not None:
        kind = state.kind
    elif snapshot.children:
        kind = Kind.POST_MORTEM
    return replace(document, kind=kind)


@lru_cache(maxsize=8)  # one reconciliation reads the same body at each of its plannings; threads have one each
def _read(body: str, today: date, near: IssueRef, day_first: bool | None, title: str, created: date) -> Document:
    return parse_document(body, today=today, near=near, day_first=day_first, title=title, created=created)


def ask(
    snapshot: Snapshot,
    state: State | None,
    resolve: Callable[[str, IssueRef], IssueRef | None],
    policy: Policy,
    directory: Directory,
    today: date,
) -> Questions:
    """Return what has to be read beyond the snapshot. `resolve` reads an address as a person wrote it."""
    here = snapshot.issue.ref
    home = f"{here.site}:{here.container}"
    document = read_document(snapshot, state, policy, today)
    children = {c.ref for c in snapshot.children}
    resolved: dict[str, IssueRef] = {}
    places: dict[str, set[str]] = {home: set()}
    for item in document.items:
        if item.ref_is_own and item.refs and (ref := resolve(item.refs[0], here)) is not None:
            resolved[item.refs[0]] = ref
        owner = find_owner(item.owners, directory, here.site, assignable={}, teams_may_own=policy.smart.teams_may_own)
        place = home if is_confidential(snapshot.issue, policy) else place_for(owner, directory, here)
        unknown = places.setdefault(place, set()) if place.startswith(f"{here.site}:") else places[home]
        places.setdefault(place, set())
        if owner.person is None and len(item.owners) == 1 and owner.problem and owner.problem.rule == "owner/unknown":
            unknown.add(item.owners[0].lstrip("@"))
    refs = set(resolved.values())
    look: dict[str, datetime] = {}
    for entry in state.items if state is not None else ():
        if entry.ref:
            refs.add(IssueRef.parse(entry.ref))
        elif entry.claimed_at is not None:
            if entry.claimed_in:
                places.setdefault(entry.claimed_in, set())
            for place in {entry.claimed_in} if entry.claimed_in else places:
                since = entry.claimed_at - BEFORE_CLAIM
                look[place] = min(look.get(place, since), since)
    if state is None:
        # Where a state was lost, no child tells of the issues that were made elsewhere.
        look |= {place: snapshot.issue.created_at for place in places if place != home}
    return Questions(
        refs=frozenset(refs - children - {here}),
        resolved=resolved,
        places={place: tuple(sorted(logins)) for place, logins in sorted(places.items())},
        look_since=look,
    )
