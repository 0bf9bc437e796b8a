"""Which form has one value of the three files: a time zone, a repository, hours, a field's id? Each is told apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from math import isfinite
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from worker.app.problems import did_you_mean
from worker.channels.addresses import checked_address, parse_mailbox

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def _line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must be one line of text without control characters")
    return text.strip()


def _matching(pattern: str, expected: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def judge(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"`{text}` is not {expected}")
        return text

    return judge


def _timezone(text: str) -> str:
    zones = available_timezones()
    if text not in zones:
        raise ValueError(
            f"there is no time zone `{text}`{did_you_mean(text, zones) or ' (write e.g. `Europe/Berlin`)'}"
        )
    return text


def _country(text: str) -> str:
    # Imported here: the library is large, and most commands never ask.
    from holidays import list_supported_countries

    known = {code for code in list_supported_countries(include_aliases=False) if len(code) == 2}
    if text not in known:
        hint = f"; did you mean `{text.upper()}`?" if text.upper() in known else ' (write e.g. "DE")'
        raise ValueError(f"`{text}` is not a country's two-letter code{hint}")
    return text


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"`{value}` is not a day; write it as 2026-12-24") from None
    return value


def _month_day(text: str) -> str:
    try:
        date.fromisoformat(f"2024-{text}")
    except ValueError:
        raise ValueError(f"`{text}` is not a month and day; write it as 12-24") from None
    return text


def _weekday(text: str) -> str:
    found = [day for day in DAYS if len(text) >= 3 and day.startswith(text.casefold())]
    if not found:
        raise ValueError(f"`{text}` is not a weekday{did_you_mean(text, DAYS) or ' (write e.g. `monday`)'}")
    return found[0]


def _hours(text: str) -> str:
    found = re.fullmatch(r"(\d\d):(\d\d) ?[-–] ?(\d\d):(\d\d)", text)
    try:
        start, end = (time(int(found[i]), int(found[i + 1])) for i in (1, 3)) if found else (None, None)
    except ValueError:
        start = end = None
    if start is None or end is None:
        raise ValueError(f'`{text}` are not hours; write them as "09:00-17:00"')
    if end <= start:
        raise ValueError(f'the hours end before they start ({text}); write them as "09:00-17:00"')
    return f"{start:%H:%M}-{end:%H:%M}"


def _address(text: str) -> str:
    found = checked_address(text)
    if not found:
        raise ValueError(f"`{text}` is not a mail address")
    return found


def _mailbox(text: str) -> str:
    parse_mailbox(text)
    return text


def _login(text: str) -> str:
    bare = text.removeprefix("@")
    if not bare or re.search(r"\s", bare):
        raise ValueError(f"`{text}` is not a login")
    return bare


def _location(text: str) -> str:
    """A file, or an address to ask. The message never repeats an address: that of a calendar is a secret."""
    text = _line(text)
    scheme, sep, rest = text.partition("://")
    if not text or (sep and (scheme.casefold() not in {"http", "https", "webcal"} or not rest.strip("/"))):
        raise ValueError("must be a file's name, or an address that begins with https://")
    return text


def _project(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]+", text):
        upper = text.upper()
        hint = f"did you mean `{upper}`?" if re.fullmatch(r"[A-Z][A-Z0-9_]+", upper) else "write it like `OPS`"
        raise ValueError(f"`{text}` is not a project's key; {hint}")
    return text


def _plain_json(value: Any) -> Any:
    """What YAML read, as JSON can say it: a day becomes text."""
    if isinstance(value, dict):
        return {key: _plain_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain_json(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"`{value}` is not a number that Jira can be sent")
    return value.isoformat() if isinstance(value, date) else value


Line = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_line)]
Zone = Annotated[str, AfterValidator(_timezone)]
Country = Annotated[str, AfterValidator(_country)]
Weekday = Annotated[str, AfterValidator(_weekday)]
Hours = Annotated[str, AfterValidator(_hours)]
Login = Annotated[str, AfterValidator(_login)]
Mailbox = Annotated[Line, AfterValidator(_mailbox)]
Place = Annotated[str, AfterValidator(_line)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
MonthDay = Annotated[str, AfterValidator(_month_day)]
Address = Annotated[str, AfterValidator(_address)]
Url = Annotated[str, AfterValidator(_matching(r"https?://[^\s/]+\S*", "an http(s) URL"))]
Repository = Annotated[
    str, AfterValidator(_matching(r"[A-Za-z0-9-]+/(?:\*|[\w.-]+)", "a repository; write `owner/name` or `owner/*`"))
]
TeamRepository = Annotated[
    str,
    AfterValidator(
        _matching(
            r"(?:[a-z][a-z0-9-]*:)?[A-Za-z0-9-]+/(?:\*|[\w.-]+)|[a-z][a-z0-9-]*:[A-Z][A-Z0-9_]+",
            "a repository or project; write `owner/name`, `owner/*` or `jira:OPS`",
        )
    ),
]
Project = Annotated[str, AfterValidator(_project)]
Location = Annotated[str, Field(max_length=2000), AfterValidator(_location)]
Organization = Annotated[
    str,
    AfterValidator(
        _matching(r"(?:[a-z][a-z0-9-]*:)?[A-Za-z0-9][A-Za-z0-9-]{0,38}", "an organization; write e.g. `acme`")
    ),
]
SiteProject = Annotated[
    str, AfterValidator(_matching(r"(?:[a-z][a-z0-9-]*:)?[A-Z][A-Z0-9_]+", "a project's key; write e.g. `OPS`"))
]
SiteRepository = Annotated[
    str,
    AfterValidator(_matching(r"(?:[a-z][a-z0-9-]*:)?[A-Za-z0-9-]+/[\w.-]+", "a repository; write `owner/name`")),
]
FieldId = Annotated[
    str,
    AfterValidator(
        _matching(r"[a-z][A-Za-z0-9_]{0,99}", "a field's id; write e.g. `customfield_10042` (the id, not the name)")
    ),
]
FieldValues = Annotated[dict[FieldId, Any], BeforeValidator(_plain_json)]
Items = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[a-z][a-z0-9-]*:(?:[A-Za-z0-9-]+/[\w.-]+|[A-Z][A-Z0-9_]+)",
            "a place for issues; write `github:owner/name` or `jira:OPS`",
        )
    ),
]
ModeName = Literal["observe", "comment", "live"]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Days = Annotated[int, Field(ge=1, le=3650)]
Hour = Annotated[int, Field(ge=0, le=23)]
