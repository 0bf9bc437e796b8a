"""Which tracker serves which site. A site whose writer is withheld (mode `observe`) simply has none here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.domain.model import IssueRef, Mode
from worker.trackers.errors import Refused
from worker.trackers.port import TrackerRead, TrackerWrite


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
        """What a written reference means: first on the site it stands on, then on the others by name."""
        order = sorted(self.reads, key=lambda site: (site != near.site, site))
        for site in order:
            found = self.reads[site].resolve(written, near)
            if found is not None:
                return found
        return None
