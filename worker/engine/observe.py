"""Look at one post-mortem afresh: everything its plan needs, from the trackers themselves and from nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from worker.domain.model import Comment, Directory, Issue, IssueRef, Mode, Record, Thread
from worker.domain.plan.dialogue.hearing import references
from worker.domain.plan.enrolment import enrols
from worker.domain.plan.observed import Observed, Place, remembered_issue
from worker.domain.plan.questions import ask
from worker.domain.policy import Policy
from worker.domain.seal import Newer, NotOurs, unseal, unseal_mark
from worker.domain.state import RECORD, State
from worker.domain.tickets import decisions_said
from worker.engine.trackers import Away, Trackers
from worker.trackers.errors import Missing, Refused

PROOF_FOR = timedelta(days=28)
"""For how long after its closing an answer to "what shows it works?" is listened for on an issue."""


class Gone(Missing):
    """The post-mortem itself is not there, or our credential may not see it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Reads through the ports; holds no state of its own."""

    trackers: Trackers
    policy: Policy
    directory: Directory
    keys: Sequence[bytes]

    def observe(self, ref: IssueRef, now: datetime, away: Away | None = None) -> Observed:
        """Return all that the plan of this post-mortem needs. Raises the errors of `trackers.errors`; Gone where the
        post-mortem itself is not there. What another site does not tell is put together from memory, and `away` knows
        of it then."""
        away = away if away is not None else Away(ref.site)
        read = self.trackers.read(ref.site)
        try:
            snapshot = read.snapshot(ref)
        except Missing as err:
            gone = Gone(str(err))
            gone.site = err.site
            raise gone from err
        here = snapshot.issue.ref
        decided = self._decided(here, snapshot.records)
        snapshot = replace(snapshot, comments=(*snapshot.comments, *decided))
        account = read.account()
        stickies = tuple(r for r in snapshot.records if r.name == RECORD)
        state, problem = self._state(stickies, here, away)
        seen = Observed(
            snapshot=snapshot,
            account=account,
            mode=self.trackers.mode(here.site),
            nonce=secrets.token_hex(6),
            state=state,
            state_problem=problem,
            sticky=stickies[0] if stickies else None,
            doubles=stickies[1:],
        )
        if not self._concerned(seen):
            return seen
        today = now.astimezone(ZoneInfo(self.policy.default_timezone)).date()
        questions = ask(snapshot, state, self.trackers.resolve, self.policy, self.directory, today)
        tracked, moved = self._issues(questions.refs, away)
        candidates = self._candidates(questions.look_since, seen, away)
        withheld = {site for site in self.trackers.reads if self._withheld(site, here.site)}
        places = {
            key: replace(self._place(key, logins, away), withheld=key.partition(":")[0] in withheld)
            for key, logins in questions.places.items()
        }
        seen = replace(
            seen, tracked=tracked, moved=moved, candidates=candidates, places=places, resolved=questions.resolved
        )
        seen = self._with_facts(seen, away)
        threads = self._threads(replace(seen, marks=self._marks(seen)), away, now)
        seen = replace(
            seen,
            threads=threads,
            away=dict(away.reasons),
            linking=frozenset(s for s, reads in self.trackers.reads.items() if reads.keeps_links and s not in withheld),
            reacting=frozenset(s for s, reads in self.trackers.reads.items() if reads.reacts),
        )
        seen = self._with_named(self.remember(seen), away, today)
        return replace(seen, marks=self._marks(seen))

    def _with_named(self, seen: Observed, away: Away, today: date) -> Observed:
        """The picture with the issues that new commands name: one more read, where there is such a command."""
        meant = {
            (where.key, written): ref
            for where, written in sorted(references(seen, today))
            if (ref := self.trackers.resolve(written, where)) is not None
        }
        if not meant:
            return seen
        unseen = frozenset(ref for ref in meant.values() if seen.issue_of(ref) is None)
        tracked, moved = self._issues(unseen, away)
        return replace(
            seen,
            meant=meant,
            tracked={**tracked, **seen.tracked},
            moved={**moved, **seen.moved},
            away=dict(away.reasons),
        )

    def _with_facts(self, seen: Observed, away: Away) -> Observed:
        """The picture with what the trackers tell of the items' work besides their words: one more request a site, and
        none where an issue tells all by itself."""
        own = seen.snapshot.issue
        named = {entry.ref for entry in seen.state.items} if seen.state is not None else set()
        issues = [*seen.snapshot.children, *(issue for issue in seen.tracked.values() if issue is not None)]
        issues += [own] if own.ref.key in named else []
        found: dict[IssueRef, Issue] = {}
        for site in sorted({issue.ref.site for issue in issues}):
            some = tuple(issue for issue in issues if issue.ref.site == site)
            nothing: Mapping[IssueRef, Issue] = {}
            found |= away.ask(site, partial(self.trackers.read(site).with_facts, some), nothing)
        snapshot = replace(
            seen.snapshot,
            issue=found.get(own.ref, own),
            children=tuple(found.get(child.ref, child) for child in seen.snapshot.children),
        )
        tracked = {ref: found.get(ref, issue) for ref, issue in seen.tracked.items()}
        return replace(seen, snapshot=snapshot, tracked=tracked)

    def remember(self, seen: Observed) -> Observed:
        """The picture with the issues of sites that do not answer as they were when they did."""
        state = seen.state
        if state is None or not seen.away:
            return seen
        tracked = dict(seen.tracked)
        for entry in state.items:
            ref = IssueRef.parse(entry.ref) if entry.ref else None
            if ref is not None and ref.site in seen.away and ref.site in self.trackers.reads:
                tracked[ref] = remembered_issue(entry, ref, self.trackers.read(ref.site).url_of(ref), state)
        return replace(seen, tracked=tracked)

    def _concerned(self, seen: Observed) -> bool:
        """Whether anything of ours can be owed here, so that further reading is worth its requests."""
        return enrols(seen.snapshot.issue, self.policy) or (seen.state is not None and not seen.state.left)

    def _state(self, stickies: Sequence[Record], here: IssueRef, away: Away) -> tuple[State | None, str]:
        """The oldest state that carries our seal and is this post-mortem's, or why there is none."""
        problem = ""
        for record in stickies:
            try:
                state = State.from_json(unseal(record.text, purpose=RECORD, keys=self.keys))
            except Newer:
                return None, "newer"
            except (NotOurs, KeyError, ValueError, TypeError):
                problem = "forged"
                continue
            if not self._copied(state.home, here, away):
                return state, ""
            problem = "forged"
        return None, problem

    def _copied(self, home: str, here: IssueRef, away: Away) -> bool:
        """Whether a state was written for another issue that is still there. One that has moved to here is not."""
        if home in {"", here.key}:
            return False
        ref = IssueRef.parse(home)
        tracked, moved = self._issues(frozenset({ref}), away)
        return tracked.get(ref) is not None and ref not in moved

    def _issues(
        self, refs: frozenset[IssueRef], away: Away
    ) -> tuple[dict[IssueRef, Issue | None], dict[IssueRef, IssueRef]]:
        tracked: dict[IssueRef, Issue | None] = {}
        moved: dict[IssueRef, IssueRef] = {}
        for site in sorted({r.site for r in refs}):
            wanted = sorted(r for r in refs if r.site == site)
            if site not in self.trackers.reads:
                tracked |= dict.fromkeys(wanted)
                continue
            nothing: Mapping[IssueRef, Issue | None] = {}
            look = partial(self.trackers.read(site).issues, wanted)
            for asked, issue in away.ask(site, look, nothing).items():
                if issue is not None and issue.ref != asked:
                    moved[asked] = issue.ref
                tracked[issue.ref if issue is not None else asked] = issue
        return tracked, moved

    def _candidates(self, looks: Mapping[str, datetime], seen: Observed, away: Away) -> tuple[Issue, ...]:
        """Our own issues elsewhere that may belong to this post-mortem; without a state, those that name it."""
        if seen.state is None and seen.mode is Mode.OBSERVE:
            return ()  # Nothing is made here that could have been made before.
        found = (issue for place, since in sorted(looks.items()) for issue in self._own(place, since, away))
        url = seen.snapshot.issue.url
        return tuple(issue for issue in found if seen.state is not None or (issue.mark and names_url(issue.body, url)))

    def _own(self, place: str, since: datetime, away: Away) -> tuple[Issue, ...]:
        site, _, container = place.partition(":")
        if site not in self.trackers.reads:
            return ()
        none: tuple[Issue, ...] = ()
        try:
            return away.ask(site, lambda: self.trackers.read(site).own_issues(container, since), none)
        except (Missing, Refused):
            return none  # Then the place is out of reach as well, which is said of the item.

    def _withheld(self, site: str, home: str) -> bool:
        """Whether a site is only observed, while the post-mortem's own is written to."""
        return self.trackers.mode(site) is Mode.OBSERVE and self.trackers.mode(home) is not Mode.OBSERVE

    def _place(self, key: str, logins: Sequence[str], away: Away) -> Place:
        site, _, container = key.partition(":")
        if site not in self.trackers.reads:
            return Place(reachable=False)
        read = self.trackers.read(site)

        def look() -> Place:
            return Place(
                atomic=read.creates_children(container),
                public=read.visible_to_all(container),
                # Our own account may well be able to hold issues, but nobody answers for them there.
                assignable={
                    login.casefold(): not read.is_ours(login) and read.assignable(container, login) for login in logins
                },
                lag=read.lag,
            )

        try:
            return away.ask(site, look, Place(reachable=False))
        except (Missing, Refused):
            return Place(reachable=False)

    def _marks(self, seen: Observed) -> dict[IssueRef, tuple[str, str]]:
        """The genuine marks. The port shows only marks of issues that our own account (or a former one) created."""
        found: dict[IssueRef, tuple[str, str]] = {}
        for issue in seen.all_issues():
            mark = unseal_mark(issue.mark, keys=self.keys) if issue.mark else None
            if mark is not None:
                found[issue.ref] = mark
        return found

    def _threads(self, seen: Observed, away: Away, now: datetime) -> dict[IssueRef, Thread]:
        """What was said on the open issues of our items: there people answer with commands. And on closed ones while
        their owner is asked what shows that they work."""
        named = {IssueRef.parse(i.ref) for i in seen.state.items if i.ref} if seen.state is not None else set()
        asked = (
            {i.ref for i in seen.state.items if i.proof_asked and not i.evidence} if seen.state is not None else set()
        )
        since = now - PROOF_FOR
        mine = [
            issue
            for issue in seen.all_issues()
            if issue.comments_count
            and (issue.ref in named or issue.ref in seen.marks)
            and (not issue.status.closed or (issue.ref.key in asked and (issue.closed_at or now) > since))
        ]
        return {issue.ref: self._thread(issue.ref, away) for issue in mine}

    def _thread(self, ref: IssueRef, away: Away) -> Thread:
        """What was said on one issue: nothing, where it was deleted a moment ago."""
        try:
            thread = away.ask(ref.site, lambda: self.trackers.read(ref.site).thread(ref), Thread())
        except Missing:
            return Thread()
        return replace(thread, comments=(*thread.comments, *self._decided(ref, thread.records)))

    def _decided(self, ref: IssueRef, records: Sequence[Record]) -> tuple[Comment, ...]:
        """What people decided about this issue by links in their mails."""
        return decisions_said(records, ref, self.keys, self.directory)


def names_url(text: str, url: str) -> bool:
    """Whether the text holds this address itself, and not only one that begins like it."""
    return any(not part[:1].isalnum() for part in text.split(url)[1:]) if url else False
