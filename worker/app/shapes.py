"""Which keys may stand in the three files, of which type, and with which default? The JSON schemas are drawn from here.

Shapes alone: one value at a time. What values mean together (a ladder that goes down, a lead whom nobody knows) is
judged in `worker.app.sense`; the typed result that the program works with is built in `worker.app.settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

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


Line = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_line)]
Zone = Annotated[str, AfterValidator(_timezone)]
Country = Annotated[str, AfterValidator(_country)]
Weekday = Annotated[str, AfterValidator(_weekday)]
Hours = Annotated[str, AfterValidator(_hours)]
Login = Annotated[str, AfterValidator(_login)]
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
        _matching(r"(?:[a-z][a-z0-9-]*:)?[A-Za-z0-9-]+/(?:\*|[\w.-]+)", "a repository; write `owner/name` or `owner/*`")
    ),
]
Project = Annotated[str, AfterValidator(_matching(r"[A-Z][A-Z0-9_]+", "a project's key; write it like `OPS`"))]
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


class Shape(BaseModel):
    """A block of keys. Unknown keys and look-alike types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class SiteShape(Shape):
    kind: Literal["github", "jira"] | None = None
    api_url: Url = "https://api.github.com"
    web_url: Url | None = None
    url: Url | None = None
    repositories: list[Repository] = Field(default_factory=list)
    projects: list[Project] = Field(default_factory=list)
    mode: ModeName | None = None
    former_accounts: list[Login] = Field(default_factory=list)
    timeout_s: Annotated[int, Field(ge=1, le=110)] = 15


class MailShape(Shape):
    sender: Annotated[Line, AfterValidator(_mailbox)] = Field(
        default="Followthrough <followthrough@localhost>", alias="from"
    )
    folder: Line = ""


class WebShape(Shape):
    host: Word = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    max_body_bytes: Annotated[int, Field(ge=10_000, le=30_000_000)] = 5_000_000


class EngineShape(Shape):
    workers: Annotated[int, Field(ge=1, le=64)] = 4
    lease_s: Annotated[int, Field(ge=10, le=3600)] = 120
    sweep_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    full_sweep_hours: Annotated[int, Field(ge=1, le=168)] = 24
    writes_per_minute: Count = 80
    writes_per_hour: Count = 500


class FollowthroughShape(Shape):
    """`followthrough.yaml`: where the trackers are and how the service runs."""

    mode: ModeName = "observe"
    sites: dict[str, SiteShape] = Field(default_factory=dict)
    ledger: Annotated[str, AfterValidator(_line)] = ""
    mail: MailShape = Field(default_factory=MailShape)
    web: WebShape = Field(default_factory=WebShape)
    engine: EngineShape = Field(default_factory=EngineShape)
    data_dir: Line = ""


class RungShape(Shape):
    after_days: Days
    role: Literal["owner", "lead", "director"]


class LadderShape(Shape):
    rungs: list[RungShape] = Field(
        default_factory=lambda: [
            RungShape(after_days=1, role="owner"),
            RungShape(after_days=8, role="lead"),
            RungShape(after_days=22, role="director"),
        ]
    )
    gap_working_days: Annotated[int, Field(ge=1, le=60)] = 2
    item_gap_working_days: Annotated[int, Field(ge=1, le=60)] = 5
    quiet_working_days_after_lost_state: Annotated[int, Field(ge=0, le=60)] = 5


class BlackoutShape(Shape):
    start: MonthDay = Field(alias="from")
    end: MonthDay = Field(alias="to")


class ReviewShape(Shape):
    first_day: Days = 28
    last_day: Days = 42
    weekday: Weekday = "tuesday"
    hour: Hour = 10
    minutes: Annotated[int, Field(ge=5, le=480)] = 30
    blackouts: list[BlackoutShape] = Field(
        default_factory=lambda: [BlackoutShape.model_validate({"from": "12-20", "to": "01-03"})]
    )


class DigestShape(Shape):
    weekday: Weekday = "monday"
    hour: Hour = 8
    upcoming_days: Days = 14
    decisions: Annotated[int, Field(ge=1, le=50)] = 7


class SmartShape(Shape):
    slo_passes: bool = False
    teams_may_own: bool = True
    ignored: list[Word] = Field(default_factory=list)


class PolicyShape(Shape):
    """`policy.yaml`: what the organization has decided."""

    label: Annotated[Word, Field(max_length=50)] = "postmortem"
    item_label: Annotated[Word, Field(max_length=50)] = "postmortem-action"
    settle_minutes: Annotated[int, Field(ge=0, le=10_080)] = 30
    most_new_items: Annotated[int, Field(ge=1, le=100)] = 20
    unenrol_after_hours: Annotated[int, Field(ge=0, le=720)] = 24
    unenrol_at_most_an_hour: Count = 5
    day_first: bool | None = None
    slo_days: dict[str, Days] = Field(default_factory=lambda: {"P0": 7, "P1": 28, "P2": 56, "P3": 90})
    ladder: LadderShape = Field(default_factory=LadderShape)
    review: ReviewShape = Field(default_factory=ReviewShape)
    digest: DigestShape = Field(default_factory=DigestShape)
    smart: SmartShape = Field(default_factory=SmartShape)
    holidays: list[Day] = Field(default_factory=list)


class DefaultsShape(Shape):
    timezone: Zone = "UTC"
    country: Country | None = None
    region: Line = ""
    working_days: list[Weekday] = Field(default_factory=lambda: list(DAYS[:5]))
    hours: Hours = "09:00-17:00"


class LeaveShape(Shape):
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")


class PersonShape(Shape):
    name: Line = ""
    email: Address | None = None
    github: Login | None = None
    jira: Login | None = None
    logins: dict[str, Login] = Field(default_factory=dict)
    aliases: list[Word] = Field(default_factory=list)
    team: Word | None = None
    lead: Word | None = None
    director: Word | None = None
    timezone: Zone | None = None
    country: Country | None = None
    region: Line | None = None
    working_days: list[Weekday] | None = None
    hours: Hours | None = None
    leave: list[LeaveShape] = Field(default_factory=list)
    substitute: Word | None = None
    departed: bool = False


class TeamShape(Shape):
    # Optional here, so that a team without a lead is still judged in all else; `sense` refuses it.
    model_config = ConfigDict(json_schema_extra={"required": ["lead"]})

    name: Line = ""
    lead: Word | None = None
    director: Word | None = None
    items: Items | None = None
    timezone: Zone | None = None
    repositories: list[TeamRepository] = Field(default_factory=list)


class PeopleShape(Shape):
    """`people.yaml`: who there is, and who answers for whom."""

    defaults: DefaultsShape = Field(default_factory=DefaultsShape)
    people: dict[str, PersonShape] = Field(default_factory=dict)
    teams: dict[str, TeamShape] = Field(default_factory=dict)


FILES: dict[str, type[Shape]] = {
    "followthrough.yaml": FollowthroughShape,
    "policy.yaml": PolicyShape,
    "people.yaml": PeopleShape,
}
