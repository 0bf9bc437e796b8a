"""Which moment does JQL mean by `-15m`, `2026-11-03`, `"2026/11/03 10:00"` or `startOfDay(-1d)`? Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from worker.sandbox.jira.jql.parse import JqlError, Value

_PERIOD = re.compile(r"([+-]?)((?:\d{1,9}[wdhm]\s?){1,4})")
_PART = re.compile(r"(\d{1,9})([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_FORMS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")


def instant(value: Value, now: datetime, zone: str, field: str, *, local: bool = False) -> datetime:
    """Return the moment that a value means: in UTC, or in the caller's zone if `local`. Raises JqlError."""
    here = now.astimezone(ZoneInfo(zone))
    found = _of_function(value, here) if value.kind == "function" else _of_text(value.text.strip(), here, field)
    return found if local else found.astimezone(UTC)


def _of_text(text: str, here: datetime, field: str) -> datetime:
    period = shift(text)
    if period is not None:
        return here + period
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=here.tzinfo)
        except ValueError:
            continue
    raise JqlError(
        f"Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )


def shift(text: str) -> timedelta | None:
    """Return the span that `-5d` or `4w 2d` names, or None."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    try:
        span = sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in _PART.findall(found[2])), timedelta())
    except OverflowError:
        return None
    span = min(span, timedelta(days=365 * 100))
    return -span if found[1] == "-" else span


def _of_function(value: Value, here: datetime) -> datetime:
    by = shift(value.args[0]) if value.args else timedelta()
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "now": here,
        "startofday": midnight,
        "startofweek": midnight - timedelta(days=(midnight.weekday() + 1) % 7),
        "startofmonth": midnight.replace(day=1),
        "startofyear": midnight.replace(month=1, day=1),
        "endofday": midnight + timedelta(days=1) - timedelta(milliseconds=1),
    }
    start = starts.get(value.text.lower())
    if start is None or by is None:
        raise JqlError(f"Unable to find JQL function '{value.text}({', '.join(value.args)})'.")
    return start + by
