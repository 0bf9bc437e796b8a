"""Read one date phrase at one place of a text: tokens, the calendar, and the grammar of days and periods.

Knows nothing of cues and fields: `dates` decides where a date may stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november")
MONTHS = {name[:3]: n for n, name in enumerate((*_MONTHS, "december"), 1)}
MONTHS |= {name: n for n, name in enumerate((*_MONTHS, "december"), 1)} | {"sept": 9}
# Month names of other languages that are no English words.
_FOREIGN = (
    "januar jänner janvier enero janeiro gennaio januari",
    "februar feber février febrero fevereiro febbraio februari",
    "märz mars marzo março maart mrz",
    "avril abril aprile",
    "mai mayo maio maggio mei",
    "juni juin junio junho giugno",
    "juli juillet julio julho luglio",
    "août agosto augustus",
    "septembre septiembre setembro settembre",
    "oktober octobre octubre outubro ottobre okt",
    "novembre noviembre novembro",
    "dezember décembre diciembre dezembro dicembre dez",
)
MONTHS |= {name: n for n, names in enumerate(_FOREIGN, 1) for name in names.split()}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = {name: n for n, name in enumerate(_DAYS)} | {name[:3]: n for n, name in enumerate(_DAYS)}
WEEKDAYS |= {"tues": 1, "thur": 3, "thurs": 3}
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10}
UNITS = {"day": 1, "days": 1, "d": 1, "week": 7, "weeks": 7, "w": 7, "wk": 7, "wks": 7, "month": 0, "months": 0}
_PERIODS = {"week", "month", "quarter", "year", "sprint"}
_SHORT = {"eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year", "eod": "day"}
TOKEN = re.compile(
    r"(?P<iso>(?<![\d.\-/])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\d\-/]|\.\d))"
    r"|(?P<num>(?<![\d.\-/:])\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?![\d\-/]|\.\d))"
    r"|(?P<named>(?<![\w.\-/:])(?:\d{1,2}[/-][^\W\d_]{3,9}|[^\W\d_]{3,9}[/-]\d{1,2})[/-](?:\d{4}|\d{2})(?![\w\-/]|\.\d))"
    r"|(?P<short>(?<![\w./-])\d{1,2}/\d{1,2}(?![\w/%-]|\.\d))"
    r"|(?P<cjk>\d{4}年\d{1,2}月(?:\d{1,2}日|末)?)"
    r"|(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)"
    r"|(?P<nth>\d{1,4}(?:st|nd|rd|th)(?!\w))"
    r"|(?P<span>\d{1,3}[dw](?!\w))"
    r"|(?P<int>(?<![\w.])\d{1,4}(?![\w.%]|\.\d)|(?<![\w.])\d{1,4}(?=\.(?!\w)))"
    r"|(?P<quarter>[qQ][1-4](?!\w))"
    r"|(?P<word>期限|納期|締切|[^\W\d_][^\W_]*(?:-[^\W\d_]+)*)"
    r"|(?P<other>[^\s])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRead:
    """One date phrase: tokens `[start, after)`; `day` or `problem`."""

    day: date | None
    start: int
    after: int
    problem: str = ""
    rule: str = ""


def echo(day: date) -> str:
    """The day in words that no locale changes: `Tue 1 Dec 2026`."""
    month = next(name for name, number in MONTHS.items() if number == day.month and len(name) == 3)
    return f"{_DAYS[day.weekday()][:3].title()} {day.day} {month.title()} {day.year}"


def safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_end(year: int, month: int) -> date:
    year, month = (year + (month - 1) // 12, (month - 1) % 12 + 1)
    if (year, month) >= (date.max.year, 12):
        return date.max
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _next_yearly(month: int, day: int, reference: date) -> date | None:
    """The first such day that is not before `reference`; 29 February waits for its year."""
    for year in range(reference.year, min(reference.year + 9, date.max.year)):
        found = safe_date(year, month, day)
        if found and found >= reference:
            return found
    return None


def _add(reference: date, days: int) -> date:
    return reference + timedelta(days=days) if days < 20_000 else date.max


def add_business_days(reference: date, count: int) -> date:
    """`count` Mondays to Fridays after `reference`."""
    weeks, rest = divmod(min(count, 10_000), 5)
    day = reference + timedelta(weeks=weeks)
    while rest or day.weekday() > 4:
        day += timedelta(days=1)
        rest -= day.weekday() < 5 and rest > 0
    return day


def _add_months(reference: date, count: int) -> date:
    last = _month_end(reference.year, reference.month + min(count, 1200))
    return last.replace(day=min(reference.day, last.day))


def _period_end(period: str, ahead: int, reference: date) -> date:
    """The last day (a week: the Friday) of the period `ahead` of the one that holds `reference`."""
    if period == "week":
        friday = reference + timedelta(days=(4 - reference.weekday()) % 7)
        return friday + timedelta(weeks=ahead)
    if period == "month":
        return _month_end(reference.year, reference.month + ahead)
    if period == "quarter":
        return _month_end(reference.year, ((reference.month - 1) // 3 + 1 + ahead) * 3)
    return _month_end(reference.year + ahead, 12)


def _numeric(text: str, day_first: bool | None) -> tuple[date | None, str, str]:
    """Read `01/12/2026`: the day, or a question with its rule. A full stop is the day-first way of writing."""
    first, second, year = (int(part) for part in re.split(r"[./-]", text))
    year += 2000 if year < 100 else 0
    as_day_first, as_month_first = safe_date(year, second, first), safe_date(year, first, second)
    if "." in text or day_first is True:
        found = as_day_first
    elif day_first is False:
        found = as_month_first
    elif as_day_first and as_month_first and as_day_first != as_month_first:
        question = (
            f"needs a date: {text} may be {echo(as_day_first)} or {echo(as_month_first)}; "
            f"write it as {as_day_first.isoformat()} or {as_month_first.isoformat()}"
        )
        return None, question, "date/ambiguous"
    else:
        found = as_day_first or as_month_first
    if found is None:
        return None, f"needs a date: {text} is no day of the calendar", "date/unreadable"
    return found, "", ""


class Reader:
    """Reads date phrases at a position of the token list. Every method looks at a fixed number of tokens."""

    def __init__(self, tokens: list[Token], reference: date, day_first: bool | None, *, field: bool) -> None:
        self.tokens = tokens
        self.reference = reference
        self.day_first = day_first
        self.field = field

    def word(self, at: int) -> str:
        return self.tokens[at].text.casefold() if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else "end"

    def number(self, at: int) -> int | None:
        """A count or a day at this position: `5`, `5th`, `five`."""
        if self.kind(at) in {"int", "nth"}:
            return int(re.sub(r"\D", "", self.word(at)))
        return _COUNTS.get(self.word(at)) if self.kind(at) == "word" else None

    def year(self, at: int) -> tuple[int | None, int]:
        """A year (after an optional comma) and the position behind it."""
        skip = at + (self.word(at) in {",", "of", "de"})
        number = self.number(skip) if self.kind(skip) == "int" else None
        return (number, skip + 1) if number is not None and 1990 <= number <= 2100 else (None, at)

    def read(self, at: int) -> DateRead | None:
        """The longest date phrase that starts at this token, or None."""
        for rule in (self.absolute, self.day_month, self.month_day, self.quarter, self.end_of, self.relative):
            found = rule(at)
            if found is not None:
                return found
        return None

    def absolute(self, at: int) -> DateRead | None:
        kind, text = self.kind(at), self.word(at)
        if kind == "iso":
            day = safe_date(*(int(part) for part in re.split(r"[-/.]", text)))
            problem = "" if day else f"needs a date: {text} is no day of the calendar"
            return DateRead(day=day, start=at, after=at + 1, problem=problem, rule="" if day else "date/unreadable")
        if kind == "num":
            day, problem, rule = _numeric(text, self.day_first)
            return DateRead(day=day, start=at, after=at + 1, problem=problem, rule=rule)
        if kind == "named":  # 27/Nov/26, as Jira Data Center writes a day
            first, second, third = re.split(r"[/-]", text)
            named, number = (first, second) if second.isdecimal() else (second, first)
            if named not in MONTHS:
                return None
            day = safe_date(int(third) + (2000 if len(third) == 2 else 0), MONTHS[named], int(number))
            problem = "" if day else f"needs a date: {text} is no day of the calendar"
            return DateRead(day=day, start=at, after=at + 1, problem=problem, rule="" if day else "date/unreadable")
        if kind == "short":  # 6/28: as with a year, which the day of the incident gives
            first, second = (int(part) for part in text.split("/"))
            day, problem, rule = _numeric(f"{text}/{self.reference.year}", self.day_first)
            if day is not None and day < self.reference:
                day = _next_yearly(day.month, day.day, self.reference)
            return DateRead(day=day, start=at, after=at + 1, problem=problem, rule=rule) if first and second else None
        if kind == "cjk":
            parts = [int(part) for part in re.findall(r"\d+", text)]
            day = safe_date(parts[0], parts[1], parts[2]) if len(parts) == 3 else None
            if len(parts) == 2 and 1 <= parts[1] <= 12:
                day = _month_end(parts[0], parts[1])
            return DateRead(day=day, start=at, after=at + 1) if day else None
        return None

    def day_month(self, at: int) -> DateRead | None:
        """`1 Dec`, `1st of December 2026`, `Tue 1 Dec`."""
        day_at = at + 1 if self.word(at) in WEEKDAYS and self.number(at + 1) else at
        day = self.number(day_at) if self.kind(day_at) in {"int", "nth"} else None
        month_at = day_at + 1 + (self.word(day_at + 1) in {"of", "de", "."})
        month = MONTHS.get(self.word(month_at))
        if day is None or month is None or not 1 <= day <= 31:
            return None
        return self._dated(at, month, day, month_at + 1)

    def month_day(self, at: int) -> DateRead | None:
        """`Dec 1`, `December 1st, 2026`, or a whole month: `December 2026`, `end of December`, `December`."""
        month = MONTHS.get(self.word(at)) if self.kind(at) == "word" else None
        if month is None:
            return None
        dot = at + 1 + (self.word(at + 1) == "." and len(self.word(at)) < 5)
        day = self.number(dot) if self.kind(dot) in {"int", "nth"} else None
        if day is not None and 1 <= day <= 31:
            return self._dated(at, month, day, dot + 1)
        year, after = self.year(at + 1)
        if year is None and not (self.field or self._ends(at + 1)):
            return None
        if year is None:
            year = self.reference.year + (month < self.reference.month)
        return DateRead(day=_month_end(year, month), start=at, after=after)

    def _ends(self, at: int) -> bool:
        """True where a bare month or weekday may stand: the clause ends, so "May alerts" is no date."""
        return self.kind(at) in {"end", "other"} or self.word(at) in {"and", "or", "at", "to", "for", "with", "so"}

    def _dated(self, start: int, month: int, day: int, after: int) -> DateRead:
        year, behind = self.year(after)
        found = safe_date(year, month, day) if year else _next_yearly(month, day, self.reference)
        if found is None:
            problem = "needs a date: this is no day of the calendar"
            return DateRead(day=None, start=start, after=behind, problem=problem, rule="date/unreadable")
        return DateRead(day=found, start=start, after=behind)

    def quarter(self, at: int) -> DateRead | None:
        if self.kind(at) != "quarter":
            return None
        number = int(self.word(at)[1])
        year, after = self.year(at + 1)
        end = _month_end(year or self.reference.year, number * 3)
        if year is None and end < self.reference:
            end = _month_end(self.reference.year + 1, number * 3)
        return DateRead(day=end, start=at, after=after)

    def end_of(self, at: int) -> DateRead | None:
        """`EOW`, `end of Q2`, `end of next month`, `month end`, `mid November`."""
        word = self.word(at)
        if word in _SHORT:
            period = _SHORT[word]
            day = self.reference if period == "day" else _period_end(period, 0, self.reference)
            return DateRead(day=day, start=at, after=at + 1)
        if word in {"month", "quarter", "year", "week"} and self.word(at + 1) == "end":
            return DateRead(day=_period_end(word, 0, self.reference), start=at, after=at + 2)
        if word.startswith("mid-") and MONTHS.get(word[4:]):
            return self._dated(at, MONTHS[word[4:]], 15, at + 1)
        if word == "mid" and MONTHS.get(self.word(at + 1)):
            return self._dated(at, MONTHS[self.word(at + 1)], 15, at + 2)
        if word != "end":
            return None
        inner = at + 1
        while self.word(inner) in {"of", "the"} and inner < at + 4:
            inner += 1
        if inner == at + 1:
            return None
        field, self.field = self.field, True
        found = self.quarter(inner) or self.month_day(inner) or self.named_period(inner)
        self.field = field
        if found is None and self.word(inner) in _PERIODS - {"sprint"} and not self.word(inner + 1).isdigit():
            found = DateRead(day=_period_end(self.word(inner), 0, self.reference), start=inner, after=inner + 1)
        return DateRead(day=found.day, start=at, after=found.after) if found and found.day else None

    def named_period(self, at: int) -> DateRead | None:
        """`this week`, `next month`, `next quarter`."""
        ahead = {"this": 0, "next": 1}.get(self.word(at))
        period = self.word(at + 1)
        if ahead is None or period not in _PERIODS - {"sprint"}:
            return None
        return DateRead(day=_period_end(period, ahead, self.reference), start=at, after=at + 2)

    def relative(self, at: int) -> DateRead | None:
        """`Friday`, `next Friday`, `tomorrow`, `2 weeks`, `10 business days`, `next month`."""
        word = self.word(at)
        if word in {"today", "tomorrow"}:
            return DateRead(day=_add(self.reference, int(word == "tomorrow")), start=at, after=at + 1)
        named = self.named_period(at)
        if named is not None:
            return named
        following = word in {"next", "this", "coming"}
        weekday = WEEKDAYS.get(self.word(at + following))
        if weekday is not None and (following or self.field or self._ends(at + 1)):
            days = (weekday - self.reference.weekday() - 1) % 7 + 1
            if word == "next":  # the one in next week, not the one in this
                days = 7 - self.reference.weekday() + weekday
            return DateRead(day=_add(self.reference, days), start=at, after=at + 1 + following)
        if self.kind(at) == "span":
            days = int(word[:-1]) * (7 if word[-1] == "w" else 1)
            return DateRead(day=_add(self.reference, days), start=at, after=at + 1)
        count = self.number(at)
        if count is None or self.kind(at) == "nth":
            return None
        unit_at = at + 1 + (self.word(at + 1) in {"business", "working", "work", "calendar"})
        unit = self.word(unit_at)
        if unit not in UNITS:
            return None
        if unit.startswith("month"):
            day = _add_months(self.reference, count)
        elif unit_at > at + 1 and self.word(at + 1) != "calendar":
            day = add_business_days(self.reference, count * UNITS[unit])
        else:
            day = _add(self.reference, count * UNITS[unit])
        return DateRead(day=day, start=at, after=unit_at + 1)


def tokens_of(text: str) -> list[Token]:
    return [
        Token(kind=found.lastgroup or "other", text=found.group(), start=found.start(), end=found.end())
        for found in TOKEN.finditer(text)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leading:
    """A date at the beginning of a text: `day`, or a `problem` to ask about, or neither where none stands there; and
    the `rest` of the text."""

    day: date | None = None
    problem: str = ""
    rest: str = ""


def read_leading(text: str, *, today: date, day_first: bool | None = None) -> Leading:
    """Read the date that `text` begins with, relative to `today`; what follows it is `rest`. For commands."""
    tokens = tokens_of(text[:400])
    reader = Reader(tokens, today, day_first, field=True)
    at = 0
    while reader.word(at) in {"in", "by", "on", "to", "until", "till", "within", "before", ":"}:
        at += 1
    read = reader.read(at)
    if read is None:
        return Leading(rest=text)
    after = read.after
    if reader.word(after) == "from" and reader.word(after + 1) in {"now", "today"}:
        after += 2
    return Leading(day=read.day, problem=read.problem, rest=text[tokens[after - 1].end :].strip())
