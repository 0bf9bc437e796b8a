"""Write people into the text of people.yaml, so that everything else of it stays as its authors wrote it.

The text is changed at a few places and then read again: where it does not say exactly what was meant, nothing is
written (`CannotEdit`), and the caller shows what to paste instead.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from worker.app.yamlfile import parse_yaml

Entries = Mapping[str, Mapping[str, Any]]
"""Ids of people, each with keys and values of people.yaml."""

_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 .@_+-]*[A-Za-z0-9])?")
_BOM = "\ufeff"


class CannotEdit(Exception):
    """The file's form is not one that can be changed safely. The text says why."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """Put `text` in the place of what stands from `start` until before `end`."""

    start: int
    end: int
    text: str


def edited(text: str, joiners: Entries, changes: Entries) -> str:
    """The text with these people added and these keys set on people who stand there. Raises CannotEdit."""
    mark, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    before = parse_yaml("people.yaml", body.encode())
    if before.problems:
        raise CannotEdit("people.yaml has mistakes; correct them first")
    try:
        root = yaml.compose(body, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        raise CannotEdit("people.yaml is no YAML") from None
    new = body
    for edit in sorted(_edits(body, root, joiners, changes), key=lambda e: (e.start, e.end), reverse=True):
        new = new[: edit.start] + edit.text + new[edit.end :]
    after = parse_yaml("people.yaml", new.encode())
    if after.problems or after.data != _meant(before.data, joiners, changes):
        raise CannotEdit("people.yaml is written in a way that can't be changed without touching more")
    return mark + new


def rendered(entries: Entries, *, indent: int = 2, newline: str = "\n") -> str:
    """People as lines of YAML, to paste below `people:`."""
    lines = []
    for name, keys in entries.items():
        lines.append(f"{' ' * indent}{name}:" + ("" if keys else " {}"))
        lines += [f"{' ' * (indent + 2)}{key}: {_value(value)}" for key, value in keys.items()]
    return "".join(line + newline for line in lines)


def write_over(path: Path, text: str) -> None:
    """Replace the file by this text as a whole: a reader sees the old one or the new one. Raises OSError."""
    # Beside the file that a link leads to, so that the link stays.
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _meant(data: Mapping[str, Any], joiners: Entries, changes: Entries) -> dict[str, Any]:
    """What the file is to say afterwards."""
    out = deepcopy(dict(data))
    people = out.setdefault("people", {})
    for name, keys in joiners.items():
        people[name] = dict(keys)
    for name, keys in changes.items():
        person = people.setdefault(name, {})
        for key, value in keys.items():
            person[key] = {**person.get(key, {}), **value} if isinstance(value, Mapping) else value
    if not people:
        del out["people"]
    return out


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items()) + "}"
    text = str(value)
    # NO, on and 2026-12-01 would be read as something else than text.
    if _PLAIN.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _edits(text: str, root: yaml.Node | None, joiners: Entries, changes: Entries) -> Iterator[_Edit]:
    newline = "\r\n" if "\r\n" in text else "\n"
    found = _pair(root, "people")
    for name, keys in changes.items():
        pair = _pair(found[1], name) if found is not None else None
        if pair is None:
            raise CannotEdit(f"people.yaml has no entry `{name}`")
        yield from _into(text, pair, keys, newline)
    if not joiners:
        return
    if found is None:
        if root is not None and not (isinstance(root, yaml.MappingNode) and not root.flow_style):
            raise CannotEdit("people.yaml is not written as one key a line")
        gap = "" if not text or text.endswith("\n") else newline
        yield _Edit(len(text), len(text), f"{gap}people:{newline}{rendered(joiners, newline=newline)}")
        return
    key, block = found
    if isinstance(block, yaml.MappingNode) and block.flow_style:
        yield _Edit(*_brace(block), _flow(text, block, joiners))
        return
    indent = block.value[0][0].start_mark.column if _filled(block) else key.start_mark.column + 2
    yield _after(text, block if _filled(block) else key, rendered(joiners, indent=indent, newline=newline), newline)


def _into(text: str, pair: tuple[yaml.Node, yaml.Node], keys: Mapping[str, Any], newline: str) -> Iterator[_Edit]:
    """Set keys of one entry."""
    key, block = pair
    new: dict[str, Any] = {}
    for name, value in keys.items():
        there = _pair(block, name)
        if there is None:
            new[name] = value
        elif isinstance(value, Mapping):
            yield from _into(text, there, value, newline)
        elif isinstance(there[1], yaml.ScalarNode) and there[1].end_mark.index > there[1].start_mark.index:
            yield _Edit(there[1].start_mark.index, there[1].end_mark.index, _value(value))
        else:
            # `departed:` with nothing behind it.
            yield _Edit(there[0].end_mark.index + 1, there[0].end_mark.index + 1, f" {_value(value)}")
    if not new:
        return
    if isinstance(block, yaml.MappingNode) and block.flow_style:
        yield _Edit(*_brace(block), _flow(text, block, new))
        return
    indent = block.value[0][0].start_mark.column if _filled(block) else key.start_mark.column + 2
    lines = "".join(f"{' ' * indent}{name}: {_value(value)}{newline}" for name, value in new.items())
    yield _after(text, block if _filled(block) else key, lines, newline)


def _pair(node: yaml.Node | None, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((key, value) for key, value in node.value if getattr(key, "value", None) == name), None)


def _filled(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and bool(node.value)


def _brace(block: yaml.MappingNode) -> tuple[int, int]:
    """Where the closing brace stands."""
    return block.end_mark.index - 1, block.end_mark.index - 1


def _flow(text: str, block: yaml.MappingNode, keys: Mapping[str, Any]) -> str:
    """Keys as they go on in braces."""
    said = text[block.start_mark.index + 1 : block.end_mark.index - 1].rstrip()
    comma = "" if not block.value or said.endswith(",") else ", "
    return comma + ", ".join(f"{name}: {_value(value)}" for name, value in keys.items())


def _after(text: str, node: yaml.Node, lines: str, newline: str) -> _Edit:
    """Lines behind the last line of a node, before any comments that follow it."""
    at = text.find("\n", max(0, _end(node)))
    if at < 0:
        return _Edit(len(text), len(text), newline + lines)
    return _Edit(at + 1, at + 1, lines)


def _end(node: yaml.Node) -> int:
    """The index of the last character that belongs to a node. A block's own mark is behind the comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if isinstance(last, tuple):
            key, value = last
            return _end(value) if value.end_mark.index > value.start_mark.index else key.end_mark.index
        return _end(last)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return node.end_mark.index - 1
    return node.end_mark.index
