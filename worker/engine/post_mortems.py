"""Reconcile one post-mortem: observe it afresh, plan, apply the difference.

`plan` and `apply` share this one path. Where the writer is withheld, nothing is performed, and the outcome says what
would have been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from worker.domain.model import Directory, IssueRef, Mode
from worker.domain.plan.effects import (
    CreateIssue,
    Effect,
    IssueChange,
    KeepWish,
    LinkElsewhere,
    Plan,
    Send,
    WriteSticky,
)
from worker.domain.plan.observed import LEDGER, Observed
from worker.domain.plan.post_mortem import plan_post_mortem
from worker.domain.policy import Policy
from worker.engine.observe import Observer
from worker.engine.perform import OverBudget, Performer
from worker.engine.trackers import NO_ANSWER, Away
from worker.trackers.errors import Ambiguous, Missing, Refused

IN_DOUBT = "the tracker did not say whether its issue was created; Followthrough looks again in a minute."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one reconciliation found and did. `plan` is what is owed after it; `planned` is what was owed before.

    `moved_to` is set where the issue answered with another address: then nothing was written under the old one.
    `withheld` says that there was no writer, `held` that an enrolment would have ended and was not allowed to. `doubt`
    names a create whose outcome is not known: wait a minute, then look again.
    """

    observed: Observed
    planned: Plan
    plan: Plan
    performed: tuple[Effect, ...] = ()
    moved_to: IssueRef | None = None
    withheld: bool = False
    held: bool = False
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMortems:
    """Reconciles post-mortems with the given eyes and hands."""

    observer: Observer
    policy: Policy
    directory: Directory

    def with_directory(self, directory: Directory) -> PostMortems:
        """The same with everybody as known now."""
        return replace(self, observer=replace(self.observer, directory=directory), directory=directory)

    def look(self, ref: IssueRef, now: datetime, away: Away | None = None) -> Outcome:
        """Observe and plan; nothing is written."""
        observed = self.observer.observe(ref, now, away)
        plan = plan_post_mortem(observed, self.policy, self.directory, now)
        moved = observed.ref if observed.ref != ref else None
        return Outcome(observed=observed, planned=plan, plan=plan, moved_to=moved, withheld=True)

    def reconcile(
        self,
        ref: IssueRef,
        now: datetime,
        performer: Performer,
        may_leave: Callable[[Outcome], bool] = lambda _: True,
        away: Away | None = None,
    ) -> Outcome:
        """Observe, plan and apply. Raises the errors of `trackers.errors`, LeaseLost, and OverBudget of
        its own site.

        `may_leave` is asked before an enrolment is ended: a renamed label must not undo a company's follow-through.
        `away` may name sites that are not to be asked, and knows afterwards which did not answer.
        """
        away = away if away is not None else Away(ref.site)
        seen = self.look(ref, now, away)
        observed, plan = seen.observed, seen.planned
        if seen.moved_to is not None or observed.mode is Mode.OBSERVE:
            return seen
        if plan.leaves and not may_leave(seen):
            return replace(seen, held=True)
        performed: list[Effect] = []
        tried: set[tuple[str, str, str]] = set()
        doubt = ""
        queue = list(plan.effects)
        while queue:
            effect = queue.pop(0)
            todo: Effect | None = effect
            if _is_last_word(effect):
                todo, links = self._said_last(effect, observed, now)
                links = [link for link in links if _same(link) not in tried]
                if links:
                    # What was created on another site in this run can be linked now, before anything is said of it.
                    queue = [*links, effect]
                    continue
            if todo is None or _same(todo) in tried:
                continue
            tried.add(_same(todo))
            try:
                observed = performer.perform(todo, observed)
            except Ambiguous as err:
                # One create that the tracker chokes on must not keep the other items waiting. A second one says that
                # the tracker itself is in trouble.
                if doubt or not isinstance(todo, CreateIssue):
                    raise
                doubt = str(err)
                observed = observed.with_doubt(todo.item, IN_DOUBT, now)
            except (*NO_ANSWER, OverBudget) as err:
                site = _site(todo)
                if site == ref.site:
                    raise
                # One tracker that is down, or has had all its writes of this hour, does not stop the other.
                away.note(site, err)
                observed = self.observer.remember(observed.without_site(site, str(err)))
                queue = list(plan_post_mortem(observed, self.policy, self.directory, now).effects)
            except (Refused, Missing) as err:
                if isinstance(todo, WriteSticky):
                    raise
                # One refused deed must not keep the others from being done; what follows from it is planned anew.
                observed = observed.with_refused(todo, str(err))
                queue = list(plan_post_mortem(observed, self.policy, self.directory, now).effects)
            else:
                performed.append(todo)
                if isinstance(todo, WriteSticky):
                    # Its state says that what was changed so far is agreed; so the picture has to show it changed.
                    observed = _with_changes(observed, performed)
        observed = _with_changes(observed, performed)
        after = plan_post_mortem(observed, self.policy, self.directory, now) if performed else plan
        return Outcome(observed=observed, planned=plan, plan=after, performed=tuple(performed), doubt=doubt)

    def _said_last(
        self, effect: Effect, observed: Observed, now: datetime
    ) -> tuple[Effect | None, list[LinkElsewhere]]:
        """The sticky comment as it should read after everything else was done: planned anew from the folded picture;
        and the links that have become possible."""
        again = plan_post_mortem(observed, self.policy, self.directory, now)
        found = next((e for e in reversed(again.effects) if _is_last_word(e)), None)
        links = [e for e in again.effects if isinstance(e, LinkElsewhere)]
        return (replace(found, why=effect.why) if found is not None else None), links


def _with_changes(observed: Observed, performed: Iterable[Effect]) -> Observed:
    for effect in performed:
        if isinstance(effect, IssueChange):
            observed = observed.after(effect)
    return observed


def _site(effect: Effect) -> str:
    """The site that performs this effect."""
    match effect:
        case CreateIssue():
            return effect.draft.site
        case KeepWish():
            return LEDGER
        case Send():
            return ""
        case _:
            return effect.ref.site


def _same(effect: Effect) -> tuple[str, str, str]:
    """What tells an effect again when it is planned anew; the sticky's words may differ then."""
    return effect.name, effect.target, "" if isinstance(effect, WriteSticky) else effect.detail


def _is_last_word(effect: Effect) -> bool:
    return isinstance(effect, WriteSticky) and not effect.claim
