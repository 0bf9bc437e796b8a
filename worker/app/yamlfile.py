"""What does a YAML file say, and where does it say it?

Reads plain data only: no tags, no merge keys, no second document; aliases are allowed up to a size that nobody reaches
by hand. Every key and value keeps its line and column, so that whoever judges the data can point at it. An empty value
(`key:`) means "not given". Keys are always text, also where YAML would read `no` or `123`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from worker.app.problems import Problem

MOST_BYTES = 1_000_000
MOST_NODES = 50_000
MOST_DEPTH = 40

Path = tuple[str | int, ...]

_PLAIN = "tag:yaml.org,2002:"
_SCALARS = {_PLAIN + name for name in ("str", "int", "float", "bool", "null", "timestamp", "value")}


@dataclass(frozen=True, slots=True)
class Raw:
    """A scalar as it was typed; `plain` says that it stood without quotes."""

    text: str
    plain: bool


@dataclass(slots=True)
class YamlFile:
    """One file, read: its data, the place of everything in it, and what was wrong with it as YAML."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    raws: dict[Path, Raw] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem at the value of this path (or its key), or at the nearest thing around it that has a place."""
        tables = (self.keys, self.places) if at_key else (self.places, self.keys)
        for end in range(len(path), -1, -1):
            for table in tables:
                if path[:end] in table:
                    return Problem(self.name, *table[path[:end]], message)
        return Problem(self.name, 1, 1, message)


class _Reader:
    """Turns composed nodes into data, noting places and problems."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.seen = 0
        self.open: set[int] = set()

    def complain(self, node: yaml.Node, message: str) -> None:
        mark = node.start_mark
        self.file.problems.append(Problem(self.file.name, mark.line + 1, mark.column + 1, message))

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.seen += 1
        if self.seen > MOST_NODES:
            raise _TooMuch(node)
        # An alias leads back to a node that stands elsewhere, but the mistake is where it is used: first place wins.
        self.file.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if id(node) in self.open or len(path) > MOST_DEPTH:
            self.complain(node, "this contains itself, or is nested too deeply; write it out flat")
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == _PLAIN + "map":
                return self.mapping(node, path)
            if isinstance(node, yaml.SequenceNode) and node.tag == _PLAIN + "seq":
                return [self.value(child, (*path, n)) for n, child in enumerate(node.value)]
            if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
                return self.scalar(node, path)
        finally:
            self.open.discard(id(node))
        self.complain(node, f"the tag `{node.tag.replace(_PLAIN, '!!')}` is not allowed here; write the plain value")
        return None

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain(key_node, "a key must be a single word or text")
                continue
            key = key_node.value
            line = key_node.start_mark.line + 1
            if key_node.tag == _PLAIN + "merge":
                self.complain(key_node, "`<<` is not supported; write the keys out")
                continue
            if key in first:
                self.complain(key_node, f"`{key}` stands here a second time (first in line {first[key]}); keep one")
                continue
            first[key] = line
            self.file.keys.setdefault((*path, key), (line, key_node.start_mark.column + 1))
            value = self.value(value_node, (*path, key))
            if value is not None:
                out[key] = value
        return out

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text: str = node.value
        self.file.raws.setdefault(path, Raw(text, node.style is None))
        digits = text.lstrip("+-")
        if node.tag == _PLAIN + "int" and (":" in text or (digits[:1] == "0" and digits.isdigit() and digits != "0")):
            # YAML 1.1 reads 10:30 as 630 and 010 as 8. Nobody means that.
            return text
        if node.tag == _PLAIN + "value":
            return text
        try:
            value = SafeConstructor().construct_object(node)
        except (ValueError, yaml.YAMLError):
            # 30 February: text, which whoever wanted a day will refuse.
            return text
        if isinstance(value, datetime):
            # A day is wanted everywhere; a moment stays the text that it was, and is refused as such.
            return text
        return value


class _TooMuch(Exception):
    def __init__(self, node: yaml.Node) -> None:
        super().__init__()
        self.node = node


def _syntax(name: str, text: str, err: yaml.YAMLError) -> Problem:
    """A parser's complaint in plain words, at its place."""
    if isinstance(err, yaml.MarkedYAMLError):
        mark = err.problem_mark or err.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = err.problem or "this is not YAML"
        if "\\t" in what or "'\t'" in what:
            what = "a tab; YAML is indented with spaces alone"
        elif "mapping values are not allowed" in what:
            what = "a colon in an unexpected place; check the indentation, or put the text in quotes"
        elif "another document" in what:
            what = "a second document begins here; remove the `---`"
        elif err.context:
            what = f"{what} ({err.context})"
        return Problem(name, line, column, what)
    position = getattr(err, "position", 0)
    before = text[:position]
    return Problem(
        name, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1, "a character that YAML does not allow"
    )


def parse_yaml(name: str, content: bytes) -> YamlFile:
    """Read one file's bytes. Never raises; `problems` says what is wrong, and `data` is what could be read."""
    file = YamlFile(name)
    if len(content) > MOST_BYTES:
        file.problems.append(Problem(name, 0, 0, f"larger than {MOST_BYTES:,} bytes; this can't be a settings file"))
        return file
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = content[: err.start].count(b"\n") + 1
        file.problems.append(Problem(name, line, 1, "this is not UTF-8; save the file as UTF-8"))
        return file
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = None if root is None else _Reader(file).value(root, ())
    except yaml.YAMLError as err:
        file.problems.append(_syntax(name, text, err))
        return file
    except _TooMuch as err:
        mark = err.node.start_mark
        file.problems.append(Problem(name, mark.line + 1, mark.column + 1, "aliases make this file too large"))
        return file
    except RecursionError:
        file.problems.append(Problem(name, 1, 1, "nested too deeply; write it flat"))
        return file
    if data is not None and not isinstance(data, dict):
        file.problems.append(Problem(name, 1, 1, "expected keys with values (`key: value`), found something else"))
    elif data is not None:
        file.data = data
    return file


def read_yaml(path: FilePath) -> YamlFile:
    """Read a file from the disk, as `parse_yaml` does. An absent file is an empty one."""
    try:
        return parse_yaml(str(path), path.read_bytes())
    except FileNotFoundError:
        return YamlFile(str(path))
    except OSError as err:
        return YamlFile(str(path), problems=[Problem(str(path), 0, 0, f"can't be read: {err.strerror}")])


def walk(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of some data with its path, outer before inner."""
    yield path, data
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from walk(value, (*path, key))
    elif isinstance(data, list):
        for n, value in enumerate(data):
            yield from walk(value, (*path, n))
