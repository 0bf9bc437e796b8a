"""Which tracker serves which site. A site whose writer is withheld (mode `observe`) simply has none here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from worker.domain.model import IssueRef, Mode
from worker.trackers.errors import CredentialRefused, RateLimited, Refused, Unavailable
from worker.trackers.port import TrackerRead, TrackerWrite

T = TypeVar("T")

NO_ANSWER = (Unavailable, RateLimited, CredentialRefused)
"""What says that a site does not answer now, whatever it is asked."""


@dataclass(slots=True)
class Away:
    """The sites that do not answer during one look at a post-mortem: its other sites' work must not wait for them.

    `home` is the post-mortem's own site, without which nothing can be done. `reasons` may hold sites from the start;
    `errors` are those that were found out in this look.
    """

    home: str
    reasons: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)

    def ask(self, site: str, question: Callable[[], T], otherwise: T) -> T:
        """The answer of a site, or `otherwise` where it is away. Raises what the question raises, but for another
        site's silence."""
        if site in self.reasons:
            return otherwise
        try:
            return question()
        except NO_ANSWER as err:
            if site == self.home:
                raise
            self.note(site, err)
            return otherwise

    def note(self, site: str, err: Exception) -> None:
        """Remember that this site has just failed to answer."""
        self.reasons[site] = str(err)
        self.errors[site] = err


@dataclass(frozen=True, slots=True, kw_only=True)
class Trackers:
    """The ports of all configured sites by the site's name. `modes` says how much may be done on each."""

    reads: Mapping[str, TrackerRead]
    writes: Mapping[str, TrackerWrite] = field(default_factory=dict)
    modes: Mapping[str, Mode] = field(default_factory=dict)

    def read(self, site: str) -> TrackerRead:
        """The site's reading port. Raises Refused where no such site is configured."""
        found = self.reads.get(site)
        if found is None:
            known = ", ".join(sorted(self.reads)) or "none"
            raise Refused(f"no site named {site!r} is configured (there are: {known}); add it under `sites:`")
        return found

    def write(self, site: str) -> TrackerWrite:
        """The site's writing port. Raises Refused where it is withheld."""
        found = self.writes.get(site)
        if found is None:
            raise Refused(
                f"site {site!r} is in mode `observe`, nothing is written; set `mode: comment` or `mode: live` for it"
            )
        return found

    def mode(self, site: str) -> Mode:
        return self.modes.get(site, Mode.OBSERVE)

    def resolve(self, written: str, near: IssueRef) -> IssueRef | None:
        """What a written reference means: first on the site it stands on, then on the others. None where nothing knows
        it, and where several of the others do: two Jiras may have a project of the same key."""
        here = self.reads[near.site].resolve(written, near) if near.site in self.reads else None
        if here is not None:
            return here
        others = (read.resolve(written, near) for site, read in self.reads.items() if site != near.site)
        found = [ref for ref in others if ref is not None]
        return found[0] if len(found) == 1 else None
