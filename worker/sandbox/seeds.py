"""Read a seed: what the sandbox holds at its start. Shared by all simulated trackers.

A seed is a mapping, given as such or as a YAML or JSON file. `Node` reads it with the place of each value at hand, so
that a mistake is answered with `FILE: repos[0].issues[2].labels: expected a list`, and an unknown key is never ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from worker.sandbox.clock import parse_instant
from worker.sandbox.errors import SandboxError

Seed = Mapping[str, Any] | str | Path | None

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml: every reset reads the seed."""


class Node:
    """One mapping of a seed, with its place."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise SandboxError(f"{where}: expected a mapping, got {type(value).__name__}")
        self.value: Mapping[str, Any] = value
        self.where = where
        self._known: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        self._known.add(key)
        return self.value.get(key) is not None

    def raw(self, key: str, default: Any = None) -> Any:
        """Return a value as it stands."""
        self._known.add(key)
        value = self.value.get(key)
        return default if value is None else value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string (numbers are taken as written); without a default the key is required."""
        value = self.raw(key, default)
        if value is None:
            raise SandboxError(f"{self.where}.{key}: is required")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise SandboxError(f"{self.where}.{key}: expected text, got {type(value).__name__}")
        return str(value)

    def number(self, key: str, default: int = 0) -> int:
        """Return a whole number."""
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise SandboxError(f"{self.where}.{key}: expected a whole number, got {value!r}")
        return value

    def maybe_number(self, key: str, default: int | None) -> int | None:
        """Return a whole number, or None where the seed says null (which switches a limit off)."""
        self._known.add(key)
        if key in self.value and self.value[key] is None:
            return None
        return self.number(key) if key in self.value else default

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise SandboxError(f"{self.where}.{key}: expected true or false, got {value!r}")
        return value

    def one_of(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Return one of a few words."""
        value = self.text(key, default)
        if value not in choices:
            raise SandboxError(f"{self.where}.{key}: {value!r} is none of {', '.join(choices)}")
        return value

    def instant(self, key: str) -> datetime | None:
        """Return a point in time, in UTC. A date, also as YAML's own type, means its midnight."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, str) and len(value) == len("2026-11-03"):
            value = f"{value}T00:00:00Z"
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        try:
            return parse_instant(str(value))
        except SandboxError as error:
            raise SandboxError(f"{self.where}.{key}: {error}") from error

    def moment(self, key: str, default: datetime) -> datetime:
        """Return a point in time, in UTC, or the default."""
        return self.instant(key) or default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self.raw(key, [])
        if isinstance(value, str) or not isinstance(value, list | tuple) or not all(isinstance(x, str) for x in value):
            raise SandboxError(f"{self.where}.{key}: expected a list of words")
        return tuple(value)

    def items(self, key: str, short: str = "") -> Iterator[Node]:
        """Yield the mappings of a list. A plain word stands for `{short: word}` where `short` is given."""
        value = self.raw(key, [])
        if not isinstance(value, list | tuple):
            raise SandboxError(f"{self.where}.{key}: expected a list, got {type(value).__name__}")
        for index, item in enumerate(value):
            yield Node({short: item} if short and isinstance(item, str) else item, f"{self.where}.{key}[{index}]")

    def child(self, key: str) -> Node:
        """Return a nested mapping, empty where there is none."""
        return Node(self.raw(key, {}), f"{self.where}.{key}")

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        unknown = sorted(str(key) for key in self.value if str(key) not in self._known)
        if unknown:
            known = ", ".join(sorted(self._known))
            raise SandboxError(f"{self.where}: unknown key {unknown[0]!r}; the keys here are {known}")


def read_seed(seed: Seed, part: str) -> Node:
    """Return the root of the part (`github`, `jira`) of a seed. None is the default seed; a mapping without a key named
    as the part is taken to be that part itself. Raises SandboxError naming file, line and column."""
    where = "seed"
    if seed is None:
        seed = Path(__file__).with_name("default_seed.yaml")
    if isinstance(seed, str | Path):
        where = str(seed)
        seed = read_file(Path(seed))
        if not isinstance(seed, Mapping):
            raise SandboxError(f"{where}: expected a mapping at the top")
    root = Node(seed, where)
    if root.has(part):
        return Node(root.value[part], f"{where}: {part}")
    if any(other in root.value for other in ("github", "jira")):
        return Node({}, f"{where}: {part}")
    return root


def read_file(path: Path) -> Any:
    """Return what a YAML or JSON file holds. Raises SandboxError naming the file, and the line where there is one."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SandboxError(f"{path}: cannot be read: {error}") from error
    try:
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, _Loader)  # noqa: S506 (it is a safe one)
    except (ValueError, yaml.YAMLError) as error:
        raise SandboxError(f"{path}: {error}") from error
