"""Which issues does a query mean, and in which order? Pure: the store is only read, the moment is given.

Fields, values and functions that are not known are refused in Jira's words, before any issue is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.sandbox.jira.access import sees, sees_project
from worker.sandbox.jira.adf import plain
from worker.sandbox.jira.jql.moments import instant
from worker.sandbox.jira.jql.order import ALIASES, sorter
from worker.sandbox.jira.jql.parse import Clause, Group, JqlError, Query, Value
from worker.sandbox.jira.model import CATEGORIES, Account, Actor, FieldDef, Issue, Named
from worker.sandbox.jira.richtext import Rich
from worker.sandbox.jira.store import Store

Test = Callable[[Issue], bool]

_DATES = {"created": "created", "updated": "updated", "resolutiondate": "resolved"}
_EQUAL = frozenset({"=", "!=", "in", "not in", "is", "is not"})
_ORDERED = _EQUAL | {"<", "<=", ">", ">="}
_TEXT = frozenset({"~", "!~", "is", "is not"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, when, and of what."""

    store: Store
    actor: Actor
    now: datetime

    @property
    def zone(self) -> str:
        """The zone in which the caller's dates are meant."""
        return self.actor.account.time_zone if self.actor.account else "Etc/UTC"


def select(query: Query, issues: Iterable[Issue], asking: Asking) -> list[Issue]:
    """Return the issues that match and that the caller sees, in the query's order. Raises JqlError."""
    test = _compile(query.where, asking) if query.where is not None else lambda _issue: True
    keys = [sorter(name, down, asking.store) for name, down in query.order]
    found = [issue for issue in issues if sees(asking.actor, issue) and test(issue)]
    found.sort(key=lambda issue: issue.id, reverse=not keys)
    for key, down in reversed(keys):
        found.sort(key=key, reverse=down)
    return found


def _compile(node: Clause | Group, asking: Asking) -> Test:
    if isinstance(node, Group):
        tests = [_compile(part, asking) for part in node.parts]
        if node.every:
            return lambda issue: all(test(issue) for test in tests)
        return lambda issue: any(test(issue) for test in tests)
    return _Clause(node, asking).test()


class _Clause:
    """One condition on its way to a test."""

    def __init__(self, clause: Clause, asking: Asking) -> None:
        self.clause = clause
        self.asking = asking
        self.store = asking.store
        self.field = ALIASES.get(clause.field, clause.field)
        self.negative = clause.operator in {"!=", "not in", "is not", "!~"}

    def test(self) -> Test:
        """Return what decides. Raises JqlError."""
        match self.field:
            case "project" | "key" | "parent" | "labels" | "status" | "statuscategory" | "issuetype":
                self._allow(_EQUAL)
                return self._membership(getattr(self, f"_{self.field}"))
            case "creator" | "reporter" | "assignee":
                self._allow(_EQUAL)
                return self._membership(self._person)
            case "created" | "updated" | "resolutiondate":
                self._allow(_ORDERED)
                return self._time(lambda issue: getattr(issue, _DATES[self.field]))
            case "text" | "summary" | "description" | "comment":
                self._allow(_TEXT)
                return self._words()
            case _:
                return self._other()

    def _allow(self, operators: frozenset[str]) -> None:
        if self.clause.operator not in operators:
            raise JqlError(
                f"The operator '{self.clause.operator}' is not supported by the '{self.clause.written}' field."
            )
        if self.clause.operator in {"is", "is not"} and self.clause.values[0].kind != "empty":
            words = f"The operator '{self.clause.operator}' only supports searching for empty values."
            raise JqlError(words)

    def _unknown(self, value: Value) -> JqlError:
        return JqlError(f"The value '{value.text}' does not exist for the field '{self.clause.written}'.")

    def _no_function(self, value: Value) -> JqlError:
        return JqlError(f"Unable to find JQL function '{value.text}({', '.join(value.args)})'.")

    def _membership(self, resolve: Callable[[Value], tuple[Callable[[Issue], Any], set[Any]]]) -> Test:
        """Whether one of the issue's values is among those that are meant; negations never match an empty field."""
        wanted: set[Any] = set()
        with_empty = False
        reader: Callable[[Issue], Any] = self._reader()
        errors: list[str] = []
        for value in self.clause.values:
            if value.kind == "empty":
                with_empty = True
                continue
            try:
                reader, found = resolve(value)
                wanted |= found
            except JqlError as error:
                errors += error.args
        if errors:
            raise JqlError(*errors)
        negative = self.negative

        def test(issue: Issue) -> bool:
            has = reader(issue)
            values = has if isinstance(has, list | tuple | set | frozenset) else ([] if has is None else [has])
            if not values:
                return with_empty and not negative
            if negative:
                return not any(value in wanted for value in values)
            return any(value in wanted for value in values)

        return test

    def _reader(self) -> Callable[[Issue], Any]:
        """How the field is read where no value says so: only whether it is empty counts."""
        match self.field:
            case "labels":
                return lambda issue: issue.values.get("labels") or []
            case "parent":
                return lambda issue: issue.parent
            case "creator":
                return lambda issue: issue.creator
            case "project" | "key" | "status" | "statuscategory" | "issuetype":
                return lambda issue: issue.id
            case _:
                return lambda issue: issue.values.get(self.field)

    def _project(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        self._literal(value)
        found = self.store.project(value.text) or next(
            (p for p in self.store.projects.values() if p.name.casefold() == value.text.casefold()), None
        )
        if found is None or not sees_project(self.asking.actor, found):
            raise self._unknown(value)
        return lambda issue: issue.project, {found}

    def _key(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        reader: Callable[[Issue], Any] = lambda issue: issue.id  # noqa: E731
        if value.kind == "function":
            if value.text.lower() != "linkedissues" or not value.args:
                raise self._no_function(value)
            of = self._visible(Value("literal", value.args[0]))
            return reader, {other.id for link in of.links for other in (link.source, link.target) if other is not of}
        return reader, {self._visible(value).id}

    def _visible(self, value: Value) -> Issue:
        found = self.store.issue(value.text)
        if found is None or not sees(self.asking.actor, found):
            if value.text.isdecimal():
                raise JqlError(f"A value with ID '{value.text}' does not exist for the field '{self.clause.written}'.")
            raise JqlError(f"An issue with key '{value.text}' does not exist for field '{self.clause.written}'.")
        return found

    def _parent(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        self._literal(value)
        wanted = self._visible(value).id
        return lambda issue: issue.parent.id if issue.parent else None, {wanted}

    def _labels(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        self._literal(value)
        return lambda issue: [x.casefold() for x in issue.values.get("labels") or []], {value.text.casefold()}

    def _status(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        self._literal(value)
        found = set(self.store.named_statuses(value.text))
        if not found:
            raise self._unknown(value)
        return lambda issue: issue.status, found

    def _statuscategory(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        self._literal(value)
        word = value.text.casefold()
        found = {key for key, (number, name, _) in CATEGORIES.items() if word in {key, str(number), name.casefold()}}
        if not found:
            raise self._unknown(value)
        return lambda issue: issue.status.category, found

    def _issuetype(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        if value.kind == "function":
            levels = {"standardissuetypes": range(9), "subtaskissuetypes": range(-1, 0)}
            if value.text.lower() not in levels:
                raise self._no_function(value)
            wanted = {t for t in self.store.types.values() if t.level in levels[value.text.lower()]}
            return lambda issue: issue.type, wanted
        word = value.text.casefold()
        found = {t for t in self.store.types.values() if word in {t.id, t.name.casefold()}}
        if not found:
            raise self._unknown(value)
        return lambda issue: issue.type, found

    def _person(self, value: Value) -> tuple[Callable[[Issue], Any], set[Any]]:
        field = self.field
        reader: Callable[[Issue], Any] = (
            (lambda issue: issue.creator) if field == "creator" else (lambda issue: issue.values.get(field))
        )
        if value.kind == "function":
            if value.text.lower() != "currentuser":
                raise self._no_function(value)
            me = self.asking.actor.account
            return reader, {me} if me else set()
        found = self.store.account(value.text) or self._by_words(value.text)
        if found is None:
            raise self._unknown(value)
        return reader, {found}

    def _by_words(self, text: str) -> Account | None:
        word = text.casefold()
        people = self.store.accounts.values()
        return next((a for a in people if word in {a.email.casefold(), a.display_name.casefold()}), None)

    def _literal(self, value: Value) -> None:
        if value.kind == "function":
            raise self._no_function(value)

    def _time(self, reader: Callable[[Issue], datetime | None]) -> Test:
        operator, asking = self.clause.operator, self.asking
        bounds = [
            instant(value, asking.now, asking.zone, self.clause.written)
            for value in self.clause.values
            if value.kind != "empty"
        ]
        if not bounds:
            return lambda issue: (reader(issue) is None) is not self.negative
        compare = _COMPARE.get(operator)

        def test(issue: Issue) -> bool:
            at = reader(issue)
            if at is None:
                return False
            if compare is not None:
                return compare(at, bounds[0])
            return (at in bounds) is not self.negative

        return test

    def _words(self) -> Test:
        if self.clause.operator in {"is", "is not"}:
            return lambda issue: (not _said(issue, self.field)) is not self.negative
        wanted = self.clause.values[0].text.strip()
        phrase = wanted[1:-1].casefold() if len(wanted) > 2 and wanted[0] == wanted[-1] == '"' else ""
        stems = [word.casefold() for word in wanted.replace('"', " ").split()]

        def test(issue: Issue) -> bool:
            text = _said(issue, self.field).casefold()
            if phrase:
                return (phrase in text) is not self.negative
            words = set("".join(c if c.isalnum() else " " for c in text).split())
            return all(_has(words, stem) for stem in stems) is not self.negative

        return test

    def _other(self) -> Test:
        """A field with a plain value: priority, resolution, due date, components, and custom fields."""
        definition = _field_named(self.field, self.store)
        if definition is None:
            raise JqlError(f"Field '{self.clause.written}' does not exist or you do not have permission to view it.")
        name, operator = definition.id, self.clause.operator
        if definition.kind == "date":
            self._allow(_ORDERED)
            return self._day(name)
        self._allow(_ORDERED if definition.kind in {"priority", "number"} else _EQUAL | {"~", "!~"})
        with_empty = any(value.kind == "empty" or _unresolved(definition, value) for value in self.clause.values)
        wanted = {w for value in self.clause.values if value.kind == "literal" for w in self._meant(definition, value)}
        if operator in {"<", "<=", ">", ">="}:
            raise JqlError(f"The operator '{operator}' is not supported by the '{self.clause.written}' field.")

        def test(issue: Issue) -> bool:
            has = issue.values.get(name)
            values = {_word(item) for item in (has if isinstance(has, list) else [has]) if item is not None}
            if not values:
                return with_empty is not self.negative and (with_empty or not self.negative)
            return bool(values & wanted) is not self.negative

        return test

    def _meant(self, definition: FieldDef, value: Value) -> set[str]:
        """The words that a value stands for; one that the site does not have is refused."""
        known: Iterable[Named]
        match definition.kind:
            case "resolution" if _unresolved(definition, value):
                return set()
            case "resolution":
                known = self.store.resolutions.values()
            case "priority":
                known = self.store.priorities.values()
            case "option" | "options":
                known = definition.options
            case "components":
                known = [c for p in self.store.projects.values() for c in p.components]
            case "security":
                known = [c for p in self.store.projects.values() for c in p.levels]
            case _:
                return {value.text.casefold()}
        found = {n.name.casefold() for n in known if value.text.casefold() in {n.name.casefold(), n.id}}
        if not found:
            raise self._unknown(value)
        return found

    def _day(self, name: str) -> Test:
        operator, asking = self.clause.operator, self.asking
        days = [
            instant(value, asking.now, asking.zone, self.clause.written, local=True).date().isoformat()
            for value in self.clause.values
            if value.kind != "empty"
        ]
        if not days:
            return lambda issue: (not issue.values.get(name)) is not self.negative
        compare = _COMPARE.get(operator)

        def test(issue: Issue) -> bool:
            has = issue.values.get(name)
            if not has:
                return False
            return compare(has, days[0]) if compare is not None else (has in days) is not self.negative

        return test


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _field_named(name: str, store: Store) -> FieldDef | None:
    if name.startswith("cf[") and name.endswith("]"):
        name = f"customfield_{name[3:-1]}"
    usable = ("priority", "resolution", "duedate", "components", "security", "environment")
    return next(
        (f for f in store.fields.values() if (f.custom or f.id in usable) and name in {f.id, f.name.casefold()}), None
    )


def _unresolved(definition: FieldDef, value: Value) -> bool:
    """Whether this is the one word that stands for a resolution that is not there."""
    return definition.kind == "resolution" and value.text.casefold() == "unresolved"


def _word(value: object) -> str:
    return value.name.casefold() if isinstance(value, Named) else str(value).casefold()


def _has(words: set[str], stem: str) -> bool:
    bare = "".join(c if c.isalnum() else " " for c in stem.rstrip("*")).split()
    if stem.endswith("*") and len(bare) == 1:
        return any(word.startswith(bare[0]) for word in words)
    return all(part in words for part in bare)


def _said(issue: Issue, field: str) -> str:
    texts: list[str] = []
    if field in {"text", "summary"}:
        texts.append(str(issue.values.get("summary", "")))
    description = issue.values.get("description")
    if field in {"text", "description"} and isinstance(description, Rich):
        texts.append(plain(description.adf))
    if field in {"text", "comment"}:
        texts += [plain(comment.body.adf) for comment in issue.comments]
    return "\n".join(texts)
