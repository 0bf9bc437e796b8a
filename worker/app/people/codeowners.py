"""Who answers for a whole repository, by its CODEOWNERS? What rules say of parts of it is no answer to that."""

from __future__ import annotations

import re

from worker.app.people.port import SourceTrouble
from worker.app.people.trackers import PeopleReads
from worker.domain.facts import Facts, PlaceFact
from worker.trackers.errors import TrackerError

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for the file; the first one found counts."""
_EVERYTHING = {"*", "**", "/**", "/**/*", "**/*", "/", "/*"}


class Codeowners:
    """A `PeopleSource` over one repository, `SITE:owner/name`."""

    def __init__(self, place: str, reads: PeopleReads) -> None:
        self.key = f"codeowners:{place}"
        self.shown = f"CODEOWNERS of {place.partition(':')[2]}"
        self._place, self._reads = place, reads

    def read(self) -> Facts:
        site, _, repository = self._place.partition(":")
        try:
            for path in PLACES:
                text = self._reads.of(site).file(repository, path)
                if text is not None:
                    return read_codeowners(text, self._place, self.shown, site)
        except TrackerError as err:
            raise SourceTrouble(str(err)) from None
        raise SourceTrouble("the repository has no such file, or the credential may not read its contents")


def read_codeowners(text: str, place: str, source: str, site: str) -> Facts:
    """The owner of everything in the repository, a team before a person. Of several, none: that is a note."""
    last: tuple[int, list[str]] | None = None
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        words = re.split(r"(?<!\\)\s+", line.partition("#")[0].strip()) if line.strip()[:1] != "#" else []
        # The last rule that fits wins, also where it names nobody.
        if words and words[0] in _EVERYTHING:
            last = (number, words[1:])
    if last is None:
        return Facts(source=source, site=site, notes=("no rule for everything (`*`) names an owner",))
    number, owners = last
    teams = [o.removeprefix("@") for o in owners if o.startswith("@") and "/" in o]
    people = [o.removeprefix("@") for o in owners if "/" not in o]
    where = f"line {number}"
    if len(teams) == 1:
        return Facts(source=source, site=site, places=(PlaceFact(where=where, place=place, team=teams[0]),))
    if len(people) == 1 and not teams:
        return Facts(source=source, site=site, places=(PlaceFact(where=where, place=place, person=people[0]),))
    listed = ", ".join(owners) or "nobody"
    note = f"{where} names {listed} for everything, and not one owner; say it under `teams:` (`repositories`)"
    return Facts(source=source, site=site, notes=(note,))
