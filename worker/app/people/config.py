"""Which sources of people are configured? Plain values; whether they answer is found out when they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """`sources:` of people.yaml. Calendars of leave stand with each person.

    `csv` and `backstage` are files, named from `folder`, or addresses. `github` are organizations (`github:acme`),
    `jira` projects (`jira:OPS`), `codeowners` repositories (`github:acme/pay`). `folder` does not count in a
    comparison: two folders may say the same.
    """

    folder: Path | None = field(default=None, compare=False)
    csv: tuple[str, ...] = ()
    backstage: tuple[str, ...] = ()
    github: tuple[str, ...] = ()
    jira: tuple[str, ...] = ()
    codeowners: tuple[str, ...] = ()
    refresh_minutes: int = 60

    @property
    def any(self) -> bool:
        """Whether there is a source that may know people or teams."""
        return bool(self.csv or self.backstage or self.github or self.jira or self.codeowners)
