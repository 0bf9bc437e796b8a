"""What does a table of people (CSV) say? One line a person; the first line names the columns, in any order.

Unknown columns are left alone: exports of a company's register have many. A cell that a table program would take for a
formula is not believed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

from worker.app.people.fetch import load, named, text_of
from worker.app.people.port import SourceTrouble
from worker.channels.addresses import checked_address
from worker.domain.facts import Facts, PersonFact, spoken_name

MOST_ROWS = 50_000
MOST_CELL = 200
MOST_NOTES = 50
_DELIMITERS = ",;\t|"
_COLUMNS = {
    "id": ("id", "person"),
    "name": ("name", "fullname", "displayname"),
    "first": ("firstname", "givenname"),
    "last": ("lastname", "surname", "familyname"),
    "email": ("mail", "email", "mailaddress", "emailaddress", "workemail"),
    "team": ("team", "teamname"),
    "lead": ("lead", "manager", "manageremail", "reportsto"),
    "director": ("director",),
    "slack": ("slack", "slackid"),
    "aliases": ("aliases", "alias", "alsoknownas"),
    "timezone": ("timezone", "zone", "tz"),
    "country": ("country", "countrycode"),
    "region": ("region",),
    "departed": ("departed", "left", "lefton", "enddate", "lastday"),
    "active": ("active", "status", "employmentstatus"),
}
_OF = {heading: column for column, headings in _COLUMNS.items() for heading in headings}
_YES = {"yes", "true", "1", "x", "y", "departed", "left"}
_NO = {"", "no", "false", "0", "n", "-"}
_GONE = {"inactive", "left", "departed", "terminated", "former", "no", "false", "0"}
_FORMULA = re.compile(r"[=+\-@\t\r]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


class Table:
    """A `PeopleSource` over one CSV file or address. `sites` are the sites' names, each a column of logins; `today` is
    asked for at each reading, because a last day of work may have come."""

    def __init__(self, location: str, folder: Path | None, sites: Iterable[str], today: date) -> None:
        self.key = f"csv:{location}"
        self.shown = named(location)
        self._location, self._folder, self._sites, self._today = location, folder, frozenset(sites), today

    def read(self) -> Facts:
        return read_table(text_of(load(self._location, self._folder)), self.shown, self._sites, self._today)


def read_table(text: str, source: str, sites: Iterable[str], today: date) -> Facts:
    """The people of a table's text. Raises SourceTrouble where it can't be a table of people."""
    # An unpaired quote would make one cell of the rest of the file; csv's own limit then speaks.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    try:
        heading = next((row for row in rows if any(cell.strip() for cell in row)), [])
        columns = _columns(heading, sites)
        if not {"name", "email", "last"} & columns.keys():
            raise SourceTrouble("its first line names neither `name` nor `mail`; name the columns there")
        people: list[PersonFact] = []
        notes: list[str] = []
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(people) >= MOST_ROWS:
                raise SourceTrouble(f"it has more than {MOST_ROWS:,} lines")
            fact, doubtful = _person(
                {c: row[at].strip() for c, at in columns.items() if at < len(row)}, rows.line_num, today
            )
            notes += doubtful
            if fact is not None:
                people.append(fact)
    except csv.Error as err:
        raise SourceTrouble(f"line {rows.line_num} can't be read as a table ({err}); is a quote left open?") from None
    return Facts(source=source, complete=True, people=tuple(people), notes=_few(notes))


def _few(notes: Sequence[str]) -> tuple[str, ...]:
    more = len(notes) - MOST_NOTES
    return (*notes[:MOST_NOTES], *([f"and {more} more such lines"] if more > 0 else ()))


def _delimiter(text: str) -> str:
    """What parts the cells of the first line; a comma where nothing does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)


def _columns(heading: Sequence[str], sites: Iterable[str]) -> Mapping[str, int]:
    """Which column stands where, the leftmost of two alike. A site's column is `@site`."""
    logins = {site.casefold(): f"@{site}" for site in sites}
    found: dict[str, int] = {}
    for at, cell in enumerate(heading):
        plain = re.sub(r"[^\w]+|_", "", cell.casefold())
        bare = plain.removesuffix("login").removesuffix("account").removesuffix("username").removesuffix("id")
        column = logins.get(cell.strip().casefold()) or _OF.get(plain) or logins.get(bare) or _OF.get(bare or plain)
        if column is not None:
            found.setdefault(column, at)
    return found


def _person(cells: Mapping[str, str], line: int, today: date) -> tuple[PersonFact | None, list[str]]:
    """One line as a person, and what of it was not believed. None where nothing tells who it is."""
    where, notes, kept = f"line {line}", [], {}
    for column, cell in cells.items():
        # A login may be written with an @, which is otherwise how a formula may begin.
        value = cell.removeprefix("@") if column.startswith("@") else cell
        trouble = _trouble(column, value)
        if trouble:
            notes.append(f"{where}: the cell of {column.lstrip('@')} {trouble}; it is left out")
        elif value:
            kept[column] = value
    if kept.get("region") and kept["region"] not in _regions(kept.get("country", "").upper()):
        notes.append(f"{where}: the cell of region is no region of that country; it is left out")
        del kept["region"]
    name = kept.get("name") or " ".join(part for part in (kept.get("first", ""), kept.get("last", "")) if part)
    logins = {column[1:]: value for column, value in sorted(kept.items()) if column.startswith("@")}
    if not (name or kept.get("email") or logins):
        return None, [*notes, f"{where}: nothing tells who this is"] if kept else notes
    fact = PersonFact(
        where=where,
        id=kept.get("id", ""),
        name=spoken_name(name),
        email=checked_address(kept.get("email", "")),
        logins=logins,
        aliases=tuple(a.strip() for a in re.split(r"[;,|]", kept.get("aliases", "")) if a.strip()),
        team=kept.get("team", ""),
        lead=kept.get("lead", ""),
        director=kept.get("director", ""),
        slack=kept.get("slack", ""),
        timezone=kept.get("timezone", ""),
        country=kept.get("country", "").upper(),
        region=kept.get("region", ""),
        departed=_departed(kept, today),
    )
    return fact, notes


def _trouble(column: str, value: str) -> str:
    """Why a cell is not believed, as words after its name; "" where it is."""
    if not value:
        return ""
    if column not in {"departed", "active"} and _FORMULA.match(value):
        return "begins as a formula does"
    if len(value) > MOST_CELL:
        return f"is longer than {MOST_CELL} characters"
    if _CONTROL.search(value):
        return "holds a line break or a control character"
    if column == "email" and not checked_address(value):
        return "is no mail address"
    if column == "id" and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        return "can't be an id"
    if column.startswith("@") and re.search(r"\s", value):
        return "is no login"
    if column == "timezone" and value not in _zones():
        return "is no time zone such as Europe/Berlin"
    if column == "country" and not _is_country(value.upper()):
        return "is no two-letter code of a country"
    if column == "departed" and value.casefold() not in _YES | _NO and _day(value) is None:
        return "is neither yes or no nor a day such as 2026-11-30"
    return ""


def _is_country(code: str) -> bool:
    return len(code) == 2 and code in _countries()


def _regions(country: str) -> Sequence[str]:
    return _countries().get(country, ())


@cache
def _zones() -> frozenset[str]:
    # The library looks through its folders each time.
    return frozenset(available_timezones())


@cache
def _countries() -> Mapping[str, Sequence[str]]:
    """The countries whose holidays are known, each with its regions."""
    # Imported here: the library is large, and most tables have no such column.
    from holidays import list_supported_countries

    return dict(list_supported_countries(include_aliases=False))


def _departed(kept: Mapping[str, str], today: date) -> bool:
    said = kept.get("departed", "")
    day = _day(said)
    if day is not None:
        return day < today
    return said.casefold() in _YES or kept.get("active", "").casefold() in _GONE


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
