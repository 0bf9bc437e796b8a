"""Which keys may stand in the three files, of which type, and with which default? The JSON schemas are drawn from here.

Shapes alone: one value at a time. What values mean together (a ladder that goes down, a lead whom nobody knows) is
judged in `worker.app.sense`; the typed result that the program works with is built in `worker.app.settings`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from worker.app.values import (
    DAYS,
    Address,
    Count,
    Country,
    Day,
    Days,
    FieldId,
    FieldValues,
    Hour,
    Hours,
    Items,
    Line,
    Location,
    Login,
    Mailbox,
    ModeName,
    MonthDay,
    Organization,
    Place,
    Project,
    Repository,
    SiteProject,
    SiteRepository,
    TeamRepository,
    Url,
    Weekday,
    Word,
    Zone,
)
from worker.domain.chain import PERSON, ROLES
from worker.domain.policy import CONFIDENTIAL_LABELS, OVERDUE, SEVERITIES, SIGNALS
from worker.domain.rules import GROUPS, RULES, is_rule


class Shape(BaseModel):
    """A block of keys. Unknown keys and look-alike types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class TransitionShape(Shape):
    transition: Line = ""
    fields: FieldValues = Field(default_factory=dict)


class CloseShape(TransitionShape):
    resolution: Line = ""


class ProjectShape(Shape):
    """What is special about one Jira project. What is left out is the adapter's own default."""

    watch: bool = True
    issue_type: Line = ""
    link: Line = ""
    due_field: FieldId | None = None
    fields: FieldValues = Field(default_factory=dict)
    priorities: dict[Word, Word] = Field(default_factory=dict)
    done: CloseShape = Field(default_factory=CloseShape)
    waive: CloseShape = Field(default_factory=CloseShape)
    reopen: TransitionShape = Field(default_factory=TransitionShape)


AS_LIST, AS_MAPPING = FORMS = ("[list]", "[mapping]")
"""How pydantic names the two forms of `projects` inside the place of an error."""

Projects = Annotated[
    Annotated[list[Project], Tag(AS_LIST)] | Annotated[dict[Project, ProjectShape], Tag(AS_MAPPING)],
    Discriminator(lambda value: AS_MAPPING if isinstance(value, dict) else AS_LIST),
]


class BoardShape(Shape):
    """A GitHub project in which work is planned, and the names of its fields; one that is empty is not used. Without an
    owner and a number there is none."""

    owner: Login | None = None
    number: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    iteration: Line = ""
    start: Line = ""
    due: Line = ""
    status: Line = ""


class SiteShape(Shape):
    """One tracker. Many keys belong to one kind alone, as `sense` judges; what is None has its kind's own default."""

    kind: Literal["github", "jira"] | None = None
    api_url: Url | None = None
    web_url: Url | None = None
    repositories: list[Repository] = Field(default_factory=list)
    project: BoardShape = Field(default_factory=BoardShape)
    url: Url | None = None
    deployment: Literal["cloud", "datacenter"] | None = None
    projects: Projects = Field(default_factory=list)
    link: Word | None = None
    waived: list[Word] | None = None
    severity_field: Line = ""
    mode: ModeName | None = None
    former_accounts: list[Login] = Field(default_factory=list)
    timeout_s: Annotated[int, Field(ge=1, le=110)] = 15
    writes_per_minute: Count | None = None
    writes_per_hour: Count | None = None

    @property
    def special(self) -> Mapping[str, ProjectShape]:
        """Each project that is named, with what is special about it."""
        return self.projects if isinstance(self.projects, dict) else dict.fromkeys(self.projects, ProjectShape())


class MailShape(Shape):
    sender: Mailbox = Field(default="Followthrough <followthrough@localhost>", alias="from")
    folder: Line = ""


class WebShape(Shape):
    host: Word = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    max_body_bytes: Annotated[int, Field(ge=10_000, le=30_000_000)] = 5_000_000
    public_url: Url | None = None


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
    ledger: Place = ""
    mail: MailShape = Field(default_factory=MailShape)
    web: WebShape = Field(default_factory=WebShape)
    engine: EngineShape = Field(default_factory=EngineShape)
    data_dir: Line = ""


def _role(name: str) -> str:
    if name not in ROLES and not re.fullmatch(rf"{PERSON}[\w.-]+", name):
        raise ValueError(f"`{name}` is none of {', '.join(f'`{r}`' for r in ROLES)}; or write `{PERSON}` and an id")
    return name


Role = Annotated[Word, AfterValidator(_role)]


def _by_mail() -> list[Literal["mail", "digest"]]:
    return ["mail"]


Channels = Annotated[list[Literal["mail", "digest"]], Field(min_length=1)]
AnyDays = Annotated[int, Field(ge=-365, le=3650)]


class RungShape(Shape):
    """One rung of lateness, which begins after a due date."""

    after_days: Days
    until_days: Days | None = None
    role: Role
    channels: Channels = Field(default_factory=_by_mail)


class SignalRungShape(RungShape):
    """One rung of another signal: it may begin at once, or before a date."""

    after_days: AnyDays
    until_days: AnyDays | None = None


class SignalShape(Shape):
    on: bool = True
    rungs: list[SignalRungShape] = Field(default_factory=list)
    priorities: dict[Word, list[SignalRungShape]] = Field(default_factory=dict)


def _signal(name: str) -> str:
    if name not in (OVERDUE, *SIGNALS):
        near = get_close_matches(name, (OVERDUE, *SIGNALS), n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(sorted((OVERDUE, *SIGNALS)))}"
        raise ValueError(f"there is no signal `{name}`; {hint}")
    return name


class BlackoutShape(Shape):
    start: MonthDay = Field(alias="from")
    end: MonthDay = Field(alias="to")


def _year_days(text: str) -> str:
    first, _, last = text.partition(" to ")
    try:
        for day in (first, last or first):
            date.fromisoformat(f"2024-{day}")
    except ValueError:
        raise ValueError(f"`{text}` is no range of days in a year; write `12-24 to 01-01`") from None
    return text


YearDays = Annotated[str, AfterValidator(_year_days)]
"""Days of every year: `12-24 to 01-01`, or `12-24` for one."""


class LadderShape(Shape):
    rungs: list[RungShape] = Field(
        default_factory=lambda: [
            RungShape(after_days=1, role="owner"),
            RungShape(after_days=8, role="lead"),
            RungShape(after_days=22, role="director"),
        ]
    )
    signals: dict[Annotated[Word, AfterValidator(_signal)], SignalShape] = Field(default_factory=dict)
    gap_working_days: Annotated[int, Field(ge=1, le=60)] = 2
    item_gap_working_days: Annotated[int, Field(ge=1, le=60)] = 5
    quiet_working_days_after_lost_state: Annotated[int, Field(ge=0, le=60)] = 5
    director_for: list[Word] = Field(default_factory=lambda: ["P0", "P1"])
    starts_on: Day | None = None
    grace_days: Annotated[int, Field(ge=0, le=365)] = 0
    first_nudges_a_day: Annotated[int, Field(ge=1, le=1_000)] = 10
    tracker_mail_counts: bool = True
    blackouts: list[YearDays] = Field(default_factory=list)


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
    most_open_items: Annotated[int, Field(ge=0, le=1_000)] = 0


def _rule(name: str) -> str:
    if not is_rule(name):
        near = get_close_matches(name, (*RULES, *GROUPS), n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"the groups are {', '.join(GROUPS)}"
        raise ValueError(f"there is no rule `{name}`; {hint}")
    return name


Levels = dict[Annotated[Word, AfterValidator(_rule)], Literal["ignore", "note", "warning", "error"]]


class PolicyShape(Shape):
    """`policy.yaml`: what the organization has decided."""

    label: Annotated[Word, Field(max_length=50)] = "postmortem"
    item_label: Annotated[Word, Field(max_length=50)] = "postmortem-action"
    settle_minutes: Annotated[int, Field(ge=0, le=10_080)] = 30
    most_new_items: Annotated[int, Field(ge=1, le=100)] = 20
    unenrol_after_hours: Annotated[int, Field(ge=0, le=720)] = 24
    unenrol_at_most_an_hour: Count = 5
    tell_at_most_an_hour: Count = 100
    day_first: bool | None = None
    slo_days: dict[str, Days] = Field(default_factory=lambda: {"P0": 7, "P1": 28, "P2": 56, "P3": 90})
    team_slo_days: dict[Word, dict[str, Days]] = Field(default_factory=dict)
    assign_days: dict[str, Days] = Field(default_factory=lambda: {"P0": 1, "P1": 3, "P2": 7, "P3": 14})
    ladder: LadderShape = Field(default_factory=LadderShape)
    review: ReviewShape = Field(default_factory=ReviewShape)
    digest: DigestShape = Field(default_factory=DigestShape)
    smart: SmartShape = Field(default_factory=SmartShape)
    rules: Levels = Field(default_factory=dict)
    team_rules: dict[Word, Levels] = Field(default_factory=dict)
    holidays: list[Day] = Field(default_factory=list)
    waive_needs_approval: bool = True
    proof_for: list[Annotated[str, Field(pattern=r"^P\d$")]] = Field(default_factory=lambda: ["P0", "P1"])
    close_on_tick: bool = False
    reopen_when_items_open: bool = False
    snooze_most_days: Annotated[int, Field(ge=1, le=365)] = 28
    snooze_at_most: Annotated[int, Field(ge=0, le=50)] = 3
    severities: dict[Word, Annotated[str, Field(pattern=r"^P[0-3]$")]] = Field(default_factory=lambda: dict(SEVERITIES))
    confidential_labels: list[Word] = Field(default_factory=lambda: sorted(CONFIDENTIAL_LABELS))


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
    slack: Word | None = None
    channel: Literal["mail", "slack", "teams"] | None = None
    leave: list[LeaveShape] = Field(default_factory=list)
    leave_ics: Location | None = None
    substitute: Word | None = None
    digest: bool = True
    departed: bool = False


class TeamShape(Shape):
    # Optional here, so that a team without a lead is still judged in all else; `sense` refuses it.
    model_config = ConfigDict(json_schema_extra={"required": ["lead"]})

    name: Line = ""
    lead: Word | None = None
    director: Word | None = None
    items: Items | None = None
    timezone: Zone | None = None
    mode: ModeName | None = None
    repositories: list[TeamRepository] = Field(default_factory=list)


class SourcesShape(Shape):
    """Where else facts about people come from. What stands in people.yaml itself wins."""

    csv: list[Location] = Field(default_factory=list)
    backstage: list[Location] = Field(default_factory=list)
    github: list[Organization] = Field(default_factory=list)
    jira: list[SiteProject] = Field(default_factory=list)
    codeowners: list[SiteRepository] = Field(default_factory=list)
    refresh_minutes: Annotated[int, Field(ge=5, le=10_080)] = 60

    @property
    def any(self) -> bool:
        """Whether some source is named that may know people or teams."""
        return bool(self.csv or self.backstage or self.github or self.jira or self.codeowners)


class PeopleShape(Shape):
    """`people.yaml`: who there is, and who answers for whom."""

    defaults: DefaultsShape = Field(default_factory=DefaultsShape)
    sources: SourcesShape = Field(default_factory=SourcesShape)
    people: dict[str, PersonShape] = Field(default_factory=dict)
    teams: dict[str, TeamShape] = Field(default_factory=dict)
    stewards: list[Word] = Field(default_factory=list)


FILES: dict[str, type[Shape]] = {
    "followthrough.yaml": FollowthroughShape,
    "policy.yaml": PolicyShape,
    "people.yaml": PeopleShape,
}
