"""Write the result of `check` as text, JSON, GitHub workflow annotations or SARIF. Pure: values in, one string out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.domain.datewords import echo
from worker.domain.document.sections import CANONICAL
from worker.domain.model import CRITERIA, ActionItem, Document, Finding, Verdict
from worker.domain.smart import aim_of, balance, deliverables, needs, reword, strength_of

_LEVELS = {"error": 0, "warning": 1, "note": 2}
_BOLD, _DIM, _RED, _YELLOW, _GREEN, _END = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[0m"
_CONTROL = dict.fromkeys((*range(32), 127, *range(128, 160), *range(8234, 8239), *range(8294, 8298)))
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One file's result. `document` is None where the file could not be read; `verdicts` go with its items in order."""

    file: str
    document: Document | None
    verdicts: tuple[Mapping[str, Verdict], ...]
    findings: tuple[Finding, ...]

    @property
    def items(self) -> tuple[ActionItem, ...]:
        return self.document.items if self.document else ()

    @property
    def needing(self) -> tuple[tuple[ActionItem, tuple[str, ...]], ...]:
        """The open items that lack something, with what they lack."""
        pairs = zip(self.items, self.verdicts, strict=True)
        return tuple((item, needs(verdicts)) for item, verdicts in pairs if not item.done and needs(verdicts))


def render(results: Sequence[Checked], form: str, *, colour: bool = False) -> str:
    """The whole report in one of the formats text, json, github, sarif, without a line end at its end."""
    if form == "json":
        return json.dumps([to_json(result) for result in results], ensure_ascii=False, indent=2)
    if form == "github":
        return "\n".join(line for result in results for line in _github(result))
    if form == "sarif":
        return json.dumps(_sarif(results), ensure_ascii=False, indent=2)
    return _text(results, colour=colour)


def to_json(result: Checked) -> dict[str, Any]:
    """One file's object of the JSON contract."""
    document = result.document
    return {
        "file": result.file,
        "kind": document.kind.value if document else None,
        "title": document.title if document else "",
        "incident_date": document.incident_date.isoformat() if document and document.incident_date else None,
        "sections": {name: bool(document and name in document.sections) for name in CANONICAL},
        "action_items": [_item(item, verdicts) for item, verdicts in zip(result.items, result.verdicts, strict=True)],
        "balance": _balance(result),
        "findings": [
            {
                "rule": finding.rule,
                "level": finding.level,
                "line": finding.line,
                "excerpt": finding.excerpt,
                "remedy": finding.remedy,
            }
            for finding in result.findings
        ],
    }


def _item(item: ActionItem, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    return {
        "line": item.line,
        "section": item.section,
        "text": item.text,
        "owners": list(item.owners),
        "due": item.due.isoformat() if item.due else None,
        "due_source": item.due_source or None,
        "refs": list(item.refs),
        "done": item.done,
        "priority": item.priority or None,
        "type": item.type or None,
        "needs": list(needs(verdicts)),
        "tied_to": (verdicts["relevant"].evidence or None) if verdicts["relevant"].state == "pass" else None,
        "strength": strength_of(item.text).level or None,
        "aim": aim_of(item),
        "deliverables": list(deliverables(item.text)),
        "suggestion": reword(item, verdicts) or None,
        "smart": {
            name: {
                "pass": verdicts[name].passed,
                "state": verdicts[name].state,
                "evidence": verdicts[name].evidence,
                "remedy": verdicts[name].remedy,
            }
            for name in CRITERIA
        },
    }


def _balance(result: Checked) -> dict[str, Any]:
    """How the set of items mixes prevent, detect and mitigate, and strong, medium and weak; advisory."""
    mixed = balance(result.items)
    return {**dict(mixed.counts), **dict(mixed.levels), "advice": list(mixed.advice)}


def _shown(text: str, limit: int = 0) -> str:
    """Text of a person for a terminal: one line, no control or direction signs, cut at a word."""
    clean = " ".join(text.split()).translate(_CONTROL)
    if not limit or len(clean) <= limit:
        return clean
    return clean[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:-–—") + "…"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def _text(results: Sequence[Checked], *, colour: bool) -> str:
    def paint(style: str, text: str) -> str:
        return f"{style}{text}{_END}" if colour else text

    lines: list[str] = []
    for result in results:
        if lines:
            lines.append("")
        title = _shown(result.document.title, 80) if result.document else ""
        lines.append(paint(_BOLD, _shown(result.file)) + (f"  {title}" if title else ""))
        if result.document is None:
            lines.extend(f"  {paint(_RED, 'error')}  {_shown(finding.remedy)}" for finding in result.findings)
            continue
        width = max((len(str(item.line)) for item in result.items), default=1)
        for item, verdicts in zip(result.items, result.verdicts, strict=True):
            lines.extend(_text_item(item, verdicts, width, paint))
        if not result.items:
            lines.append("  no action items")
        lines.extend(_text_findings(result, paint))
    lines.extend(["", _totals(results)])
    return "\n".join(lines)


def _text_item(item: ActionItem, verdicts: Mapping[str, Verdict], width: int, paint: Any) -> list[str]:
    missing = needs(verdicts)
    mark = paint(_GREEN, "✓") if item.done else paint(_YELLOW, "•") if missing else paint(_GREEN, "•")
    facts = [
        ", ".join(_shown(owner, 40) for owner in item.owners),
        echo(item.due) if item.due else "",
        item.priority,
        *item.refs[:1],
    ]
    shown = " · ".join(_shown(fact, 80) for fact in facts if fact)
    lines = [f"  {item.line:>{width}} {mark} {_shown(item.text, 100)}"]
    indent = " " * (width + 5)
    if shown:
        lines.append(indent + paint(_DIM, shown))
    if item.done:
        return lines
    if missing:
        lines.append(indent + paint(_YELLOW, "needs " + _and(missing)))
    for name in ("specific", "measurable", "time_bound"):
        verdict = verdicts[name]
        asked = verdict.state == "proposed" or (name == "time_bound" and verdict.evidence and verdict.state == "fail")
        worded = name != "time_bound" and verdict.state == "fail" and verdict.evidence
        if (asked or worded) and verdict.remedy and not (name == "measurable" and verdicts["specific"].state == "fail"):
            lines.append(indent + paint(_DIM, _shown(verdict.remedy, 200)))
    lines.extend(
        indent + paint(_DIM, _shown(verdicts[name].remedy or "", 240))
        for name in ("achievable", "relevant")
        if verdicts[name].state == "fail" and verdicts["specific"].state != "fail"
    )
    if len(several := deliverables(item.text)) > 1:
        lines.append(indent + paint(_DIM, f"promises {len(several)} things ({', '.join(several)}); split it?"))
    suggestion = reword(item, verdicts)
    if suggestion and {"specific", "measurable"} & {name for name, v in verdicts.items() if v.state == "fail"}:
        lines.append(indent + paint(_DIM, "such as: " + _shown(suggestion, 240)))
    return lines


def _text_findings(result: Checked, paint: Any) -> list[str]:
    styles = {"error": _RED, "warning": _YELLOW, "note": _DIM}
    dated = {
        item.line
        for item, verdicts in zip(result.items, result.verdicts, strict=True)
        if verdicts["time_bound"].evidence
    }
    shown = [
        f for f in result.findings if not (f.rule.startswith("date/") and f.rule != "date/past" and f.line in dated)
    ]
    lines = []
    for finding in sorted(shown, key=lambda f: (_LEVELS.get(f.level, 3), f.line, f.rule)):
        place = f"line {finding.line}: " if finding.line else ""
        excerpt = f"“{_shown(finding.excerpt, 80)}” " if finding.excerpt else ""
        lines.append(
            f"  {paint(styles.get(finding.level, ''), finding.level)}  "
            f"{place}{excerpt}{_shown(finding.remedy)} [{finding.rule}]"
        )
    return lines


def _totals(results: Sequence[Checked]) -> str:
    items = [item for result in results for item in result.items]
    done = sum(item.done is True for item in items)
    lacking = sum(len(result.needing) for result in results)
    unread = sum(result.document is None for result in results)
    parts = [
        f"{len(results)} file{'s' * (len(results) != 1)}",
        f"{len(items)} action item{'s' * (len(items) != 1)}",
        f"{done} done",
        f"{lacking} of {len(items) - done} open need something",
    ]
    if unread:
        parts.append(f"{unread} could not be read")
    return " · ".join(parts)


def _annotations(result: Checked) -> list[Finding]:
    """All findings, and one for each open item that lacks something."""
    needing = [
        Finding(
            rule="item/needs",
            level="warning",
            line=item.line,
            excerpt=_shown(item.text, 100),
            remedy=f"“{_shown(item.text, 100)}” needs {_and(missing)}.",
        )
        for item, missing in result.needing
    ]
    return sorted([*result.findings, *needing], key=lambda finding: (finding.line, finding.rule))


def _github(result: Checked) -> list[str]:
    """Workflow commands of GitHub Actions; data and properties are escaped as its runner expects."""

    def data(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def prop(text: str) -> str:
        return data(text).replace(":", "%3A").replace(",", "%2C")

    kinds = {"error": "error", "warning": "warning", "note": "notice"}
    return [
        f"::{kinds.get(finding.level, 'notice')} "
        f"file={prop(result.file)},line={max(finding.line, 1)},title={prop(finding.rule)}::{data(finding.remedy)}"
        for finding in _annotations(result)
    ]


def _sarif(results: Sequence[Checked]) -> dict[str, Any]:
    entries = [(result.file, finding) for result in results for finding in _annotations(result)]
    rules = sorted({finding.rule for _, finding in entries})
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "followthrough", "rules": [{"id": rule} for rule in rules]}},
                "results": [
                    {
                        "ruleId": finding.rule,
                        "ruleIndex": rules.index(finding.rule),
                        "level": finding.level,
                        "message": {"text": finding.remedy},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": file},
                                    "region": {"startLine": max(finding.line, 1)},
                                }
                            }
                        ],
                    }
                    for file, finding in entries
                ],
            }
        ],
    }
