"""What goes wrong, when, and how often? Rules for failures, matched against each request or webhook.

A rule names requests by `method`, `path` (a regular expression, searched in the path without its API prefix) and
`operation` (a GraphQL operation or mutation name, or `*` for every GraphQL request), lets `nth - 1` matches pass, and
then acts `count` times (null: for ever). The kinds:

    502-before, 502-after      an error page (`status` overrides 502), before or after the request took effect
    drop-before, drop-after    the connection is closed without an answer, before or after the request took effect
    limit                      a rate limit: `status` (403, 429; GraphQL also 200, its default), `retry_after` (seconds;
                               null: no header), `secondary` (true: the secondary limit's text; false: remaining is 0)
    401                        the credential is refused
    truncated                  the answer's body ends half way
    latency                    `latency_ms` pass before the request is looked at; combines with the others
    webhook-drop, webhook-double, webhook-reorder
                               an outgoing webhook (`event` is a regular expression on `issues.labeled`) is lost, sent
                               twice with one delivery id, or sent after the one that follows it
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worker.sandbox.errors import SandboxError
from worker.sandbox.seeds import read_file
from worker.sandbox.wire import Call

REQUEST_KINDS = frozenset(
    {"502-before", "502-after", "drop-before", "drop-after", "limit", "401", "truncated", "latency"}
)
WEBHOOK_KINDS = frozenset({"webhook-drop", "webhook-double", "webhook-reorder"})
_KEYS = frozenset(
    {"kind", "method", "path", "operation", "event", "nth", "count", "status", "retry_after", "secondary", "latency_ms"}
)


@dataclass(slots=True, kw_only=True)
class Rule:
    """One failure to come. `seen` counts the matches so far, `fired` how often it acted."""

    kind: str
    method: str = ""
    path: re.Pattern[str] | None = None
    operation: str = ""
    event: re.Pattern[str] | None = None
    nth: int = 1
    count: int | None = 1
    status: int | None = None
    retry_after: int | None = None
    secondary: bool = True
    latency_ms: float = 0.0
    seen: int = 0
    fired: int = 0

    def asks_for(self, call: Call) -> bool:
        """Whether this rule is about such a request."""
        if self.method and self.method != call.method:
            return False
        if self.operation and not (
            call.operation if self.operation == "*" else self.operation in call.operation.split()
        ):
            return False
        return not (self.path and not self.path.search(call.path))

    def take(self) -> bool:
        """Count one match and say whether the rule acts on it."""
        self.seen += 1
        if self.seen < self.nth or (self.count is not None and self.fired >= self.count):
            return False
        self.fired += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """Return the rule and its counters, JSON-ready."""
        return {
            "kind": self.kind,
            "method": self.method,
            "path": self.path.pattern if self.path else "",
            "operation": self.operation,
            "event": self.event.pattern if self.event else "",
            "nth": self.nth,
            "count": self.count,
            "status": self.status,
            "retry_after": self.retry_after,
            "secondary": self.secondary,
            "latency_ms": self.latency_ms,
            "seen": self.seen,
            "fired": self.fired,
        }


@dataclass(slots=True)
class Faults:
    """The rules in force, and how often everything began anew (`era`). Safe to use from several threads."""

    rules: list[Rule] = field(default_factory=list)
    era: int = 0
    _first: list[Any] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, **fields: Any) -> Rule:
        """Add one rule after the others and return it; its `fired` tells later whether it acted."""
        rule = parse_rule({"kind": kind, **fields})
        with self._lock:
            self.rules.append(rule)
        return rule

    def replace(self, raw: object) -> None:
        """Put raw rules in place of all present ones. Raises SandboxError, and changes nothing, if one is bad."""
        rules = parse_rules(raw)
        with self._lock:
            self.rules = rules

    def begin_with(self, raw: object, *, latency_ms: float = 0.0) -> None:
        """Set what goes wrong from the start, and again after each reset: raw rules, and a delay of every request."""
        delay = [{"kind": "latency", "latency_ms": latency_ms, "count": None}] if latency_ms else []
        self._first = [*delay, *([] if raw is None else as_list(raw))]
        self.reset()

    def reset(self) -> None:
        """Return to the rules of the start, with their counters at zero; what waits for its delay is forgotten."""
        self.era += 1
        self.replace(self._first)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self.rules = []

    def for_call(self, call: Call) -> tuple[float, Rule | None]:
        """Return the delay in seconds, and the first rule that acts on this request, if any."""
        delay_ms, acting = 0.0, None
        with self._lock:
            for rule in self.rules:
                if rule.kind not in REQUEST_KINDS or not rule.asks_for(call):
                    continue
                if rule.kind == "latency":
                    delay_ms += rule.latency_ms if rule.take() else 0.0
                elif acting is None and rule.take():
                    acting = rule
        return delay_ms / 1000, acting

    def for_webhook(self, event: str) -> str:
        """Return the kind of the first rule that acts on this outgoing webhook, or ""."""
        with self._lock:
            for rule in self.rules:
                if rule.kind in WEBHOOK_KINDS and (rule.event is None or rule.event.search(event)) and rule.take():
                    return rule.kind
        return ""


def parse_rules(raw: object) -> list[Rule]:
    """Return the rules that a list of mappings describes. Raises SandboxError naming the rule and the key."""
    return [parse_rule(item, f"faults[{index}]") for index, item in enumerate(as_list(raw))]


def as_list(raw: object) -> list[Any]:
    """Return the raw rules of a list, of `{"faults": [...]}`, or of a YAML or JSON file with either."""
    if isinstance(raw, str | Path):
        raw = read_file(Path(raw))
    if isinstance(raw, Mapping) and set(raw) == {"faults"}:
        raw = raw["faults"]
    if not isinstance(raw, list | tuple):
        raise SandboxError('faults: expected a list of rules, each with a kind, or {"faults": [...]}')
    return list(raw)


def parse_rule(raw: object, where: str = "fault") -> Rule:
    """Return the rule that a mapping describes. Raises SandboxError naming the key and what it takes."""
    if not isinstance(raw, Mapping):
        raise SandboxError(f"{where}: expected a mapping with a kind, got {type(raw).__name__}")
    unknown = sorted(set(map(str, raw)) - _KEYS)
    if unknown:
        raise SandboxError(f"{where}: unknown key {unknown[0]!r}; the keys are {', '.join(sorted(_KEYS))}")
    kind = str(raw.get("kind", ""))
    if kind not in REQUEST_KINDS | WEBHOOK_KINDS:
        raise SandboxError(f"{where}.kind: {kind!r} is none of {', '.join(sorted(REQUEST_KINDS | WEBHOOK_KINDS))}")
    rule = Rule(
        kind=kind,
        method=str(raw.get("method") or "").upper(),
        path=_pattern(raw.get("path"), f"{where}.path"),
        operation=str(raw.get("operation") or ""),
        event=_pattern(raw.get("event"), f"{where}.event"),
        nth=_number(raw.get("nth", 1), f"{where}.nth", least=1) or 1,
        count=_number(raw.get("count", 1), f"{where}.count", least=1),
        status=_number(raw.get("status"), f"{where}.status", least=200),
        retry_after=_number(raw.get("retry_after"), f"{where}.retry_after", least=0),
        secondary=bool(raw.get("secondary", True)),
        latency_ms=float(_number(raw.get("latency_ms", 0), f"{where}.latency_ms", least=0) or 0),
    )
    if kind == "latency" and not rule.latency_ms:
        raise SandboxError(f"{where}: a latency rule needs latency_ms above 0")
    return rule


def _number(value: object, where: str, *, least: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        raise SandboxError(f"{where}: expected a number of at least {least}, got {value!r}")
    return int(value)


def _pattern(value: object, where: str) -> re.Pattern[str] | None:
    if value is None or value == "":
        return None
    try:
        return re.compile(str(value))
    except re.error as error:
        raise SandboxError(f"{where}: {value!r} is no regular expression: {error}") from error
