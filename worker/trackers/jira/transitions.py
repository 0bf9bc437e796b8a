"""Which transition takes an issue to where it should be, and what must be filled in on its screen?

Pure: chosen from what Jira says about the issue's transitions (`GET issue/KEY/transitions?expand=transitions.fields`)
and from the project's settings. Nothing is guessed about a field without a default, and no way is made of several
transitions: a refusal says which place lacks what, and prints the lines to add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worker.domain.model import IssueRef, Status
from worker.trackers.errors import Refused
from worker.trackers.jira.bodies import rendered
from worker.trackers.jira.config import CloseConfig, JiraConfig
from worker.trackers.jira.remedy import (
    field_shown,
    fields_to_add,
    mapping,
    names_shown,
    rows,
    yaml_to_add,
)
from worker.trackers.jira.screens import is_rich

DONE_RESOLUTIONS = ("Done", "Fixed", "Resolved", "Completed", "Complete", "Implemented")
"""Resolutions that mean "kept", in the order in which they are taken where the settings name none."""

_SECTIONS = {Status.DONE: "done", Status.WAIVED: "waive", Status.OPEN: "reopen"}
_WISHES = {
    Status.DONE: "closes it as done",
    Status.WAIVED: "lets it go",
    Status.OPEN: "opens it again",
}
COMMENT = "comment"
"""Shown by every screen, and required by none that asks for fields alone."""


class NoWay(Refused):
    """The workflow has no transition that leads there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One transition to be taken: its id and name, the status it ends in, and the values for its screen."""

    id: str
    name: str
    to: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A transition that leads to the wanted status. A lower `rank` is better; `missing` are the fields of its screen
    that nobody has a value for."""

    rank: tuple[int, ...]
    move: Move
    missing: tuple[Mapping[str, Any], ...] = ()


def choose(
    transitions: Sequence[Mapping[str, Any]], status: Status, *, ref: IssueRef, at: str, config: JiraConfig
) -> Move:
    """The transition that takes this issue from its status `at` to the wanted one.

    Raises Refused where there is none, or where its screen requires what nobody gave.
    """
    search = _Search(status=status, ref=ref, at=at, config=config)
    return search.choose(transitions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    status: Status
    ref: IssueRef
    at: str
    config: JiraConfig

    @property
    def section(self) -> str:
        return _SECTIONS[self.status]

    @property
    def wanted(self) -> CloseConfig:
        project = self.config.project(self.ref.container)
        return {Status.DONE: project.done, Status.WAIVED: project.waive, Status.OPEN: project.reopen}[self.status]

    def choose(self, transitions: Sequence[Mapping[str, Any]]) -> Move:
        offered = [t for t in transitions if t.get("isAvailable") is not False]
        if self.wanted.transition:
            named = [t for t in offered if self._is_named(t)]
            if not named:
                raise Refused(
                    f"{self.ref.key} in status {self.at!r} has no transition {self.wanted.transition!r}, which "
                    f"{self.section}.transition of {self.ref.container} names; it has {_listed(offered)}. Move the "
                    f"issue by hand, or correct sites.{self.ref.site}.projects.{self.ref.container}.{self.section}"
                )
            ways = [self._way(t, rank=(0,)) for t in named]
        else:
            ways = [self._way(t, rank=rank) for t in offered if (rank := self._rank(t)) is not None]
        if not ways:
            raise NoWay(self._no_way(offered))
        best = min(ways, key=lambda way: (bool(way.missing), way.rank, _number(way.move.id), way.move.id))
        if best.missing:
            raise Refused(self._incomplete(best))
        self._check(best.move, transitions)
        return best.move

    def _is_named(self, transition: Mapping[str, Any]) -> bool:
        names = {str(transition.get("name")).casefold(), str(transition.get("id")), _target(transition).casefold()}
        return self.wanted.transition.casefold() in names

    def _rank(self, transition: Mapping[str, Any]) -> tuple[int, ...] | None:
        """How well a transition serves, lower is better; None where it leads elsewhere."""
        category, waived_by_status = _category(transition), self._waives(_target(transition))
        if self.status is Status.OPEN:
            order = {"new": 0, "indeterminate": 1, "undefined": 2}
            return (order[category],) if category in order else None
        if category != "done":
            return None
        resolution = self._resolution(transition)
        if self.status is Status.DONE:
            # A screen that offers nothing but ways of letting go does not lead to "kept".
            asked = _resolution_field(transition) is not None and "resolution" not in self.wanted.fields
            if waived_by_status or (asked and resolution is None):
                return None
            return (int(bool(self.wanted.resolution) and resolution is None),)
        if waived_by_status and (resolution is not None or not self.wanted.resolution):
            return (0,)
        if resolution is not None:
            return (1,)
        # Its name says that it lets go; the workflow itself then sets the resolution.
        return (2,) if self._waives(str(transition.get("name"))) else None

    def _way(self, transition: Mapping[str, Any], *, rank: tuple[int, ...]) -> _Way:
        values: dict[str, Any] = dict(self.wanted.fields)
        resolution = self._resolution(transition)
        if resolution is not None:
            values["resolution"] = resolution
        screen = mapping(transition.get("fields"))
        missing = tuple(
            {**mapping(about), "fieldId": key}
            for key, about in sorted(screen.items())
            if mapping(about).get("required")
            and not mapping(about).get("hasDefaultValue")
            and key not in values
            and key != COMMENT
        )
        move = Move(
            id=str(transition.get("id")),
            name=str(transition.get("name") or transition.get("id")),
            to=_target(transition),
            fields=values,
        )
        return _Way(rank=rank, move=move, missing=missing)

    def _resolution(self, transition: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The resolution to set on this transition's screen; None where it has no such field, or none that fits."""
        about = _resolution_field(transition)
        if about is None or self.status is Status.OPEN or "resolution" in self.wanted.fields:
            return None
        if self.wanted.resolution:
            return {"name": self.wanted.resolution}
        names = [str(row.get("name")) for row in rows(about.get("allowedValues")) if row.get("name")]
        known = {name.casefold(): name for name in names}
        if self.status is Status.WAIVED:
            order: tuple[str, ...] = self.config.waived
            rest: list[str] = []
        else:
            order = DONE_RESOLUTIONS
            rest = [name for name in names if not self._waives(name)]
        fitting = [known[name.casefold()] for name in order if name.casefold() in known] + rest
        if self.status is Status.DONE:
            fitting = [name for name in fitting if not self._waives(name)]
        return {"name": fitting[0]} if fitting else None

    def _check(self, move: Move, transitions: Sequence[Mapping[str, Any]]) -> None:
        """Refuse values for a screen that does not show their fields: Jira would, in words that name no place."""
        taken = next(t for t in transitions if str(t.get("id")) == move.id)
        screen = mapping(taken.get("fields"))
        lost = sorted(key for key in move.fields if key not in screen and key != COMMENT)
        if self.wanted.resolution and "resolution" not in screen:
            lost = sorted({*lost, "resolution"})
        if lost:
            raise Refused(
                f"the screen of the transition {move.name!r} of {self.ref.key} has no field {', '.join(lost)}: add it "
                f"to that screen in Jira, or take it out of sites.{self.ref.site}.projects.{self.ref.container}."
                f"{self.section} in followthrough.yaml"
            )

    def _waives(self, name: str) -> bool:
        return name.casefold() in {waived.casefold() for waived in self.config.waived}

    # What is said

    def _no_way(self, offered: Sequence[Mapping[str, Any]]) -> str:
        add = {self.section: {"transition": "the transition's name"}}
        if self.status is Status.WAIVED:
            add[self.section]["resolution"] = self.config.waived[0] if self.config.waived else "Won't Do"
        return (
            f"no transition of {self.ref.key} {_WISHES[self.status]}: in status {self.at!r} it has "
            f"{_listed(offered)}. Give the workflow of {self.ref.container} such a transition (and our account the "
            f"right to it), or name the one to take. {self._yaml(add)}"
        )

    def _incomplete(self, way: _Way) -> str:
        named = "; ".join(field_shown(about) for about in way.missing)
        fields = fields_to_add(way.missing)
        add: dict[str, Any] = {"transition": way.move.name}
        resolution = fields.pop("resolution", None) if self.status is not Status.OPEN else None
        if resolution is not None:
            add["resolution"] = mapping(resolution).get("name", "a name")
        if fields:
            add["fields"] = fields
        return (
            f"the screen of the transition {way.move.name!r} of {self.ref.key} requires {named}, and has no default "
            f"for it. {self._yaml({self.section: add})}"
        )

    def _yaml(self, content: Mapping[str, Any]) -> str:
        return yaml_to_add(self.config, self.ref.container, content)


def formatted(move: Move, transitions: Sequence[Mapping[str, Any]], *, cloud: bool) -> dict[str, Any]:
    """The values of a move as Jira takes them beside the transition: `fields` and `update`, each only where needed. On
    Cloud the text of a formatted field becomes a document; a comment is added as one."""
    taken = next((t for t in transitions if str(t.get("id")) == move.id), {})
    screen = mapping(taken.get("fields"))
    fields = {key: _formatted(screen.get(key), value, cloud) for key, value in move.fields.items()}
    comment = fields.pop(COMMENT, None)
    out: dict[str, Any] = {"fields": fields} if fields else {}
    if comment is not None:
        body = rendered(comment, cloud=cloud) if isinstance(comment, str) else comment
        out["update"] = {COMMENT: [{"add": {"body": body}}]}
    return out


def _formatted(about: Any, value: Any, cloud: bool) -> Any:
    return rendered(value, cloud=True) if cloud and isinstance(value, str) and is_rich(mapping(about)) else value


def _listed(transitions: Sequence[Mapping[str, Any]]) -> str:
    """`Start (to In Progress), Close (to Closed)` for people."""
    return names_shown(f"{t.get('name')} (to {_target(t)})" for t in transitions)


def _resolution_field(transition: Mapping[str, Any]) -> Mapping[str, Any] | None:
    about = mapping(transition.get("fields")).get("resolution")
    return about if isinstance(about, Mapping) else None


def _target(transition: Mapping[str, Any]) -> str:
    return str(mapping(transition.get("to")).get("name") or "")


def _category(transition: Mapping[str, Any]) -> str:
    return str(mapping(mapping(transition.get("to")).get("statusCategory")).get("key") or "undefined")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
