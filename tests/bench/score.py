"""How well are post-mortems read and judged? One table: each bar, and what is measured beside it.

    python -m tests.bench.score [--shared DIR]

`own` are the labelled documents and sentences of this repository, so that anybody can run it. `shared` is a set of real
documents with an expert's annotation in DIR (`score.py`, `docs/`, `gold/`, `smart.jsonl`); where it is not at hand the
column stays empty and the table says so. A report, not a
test: its exit code is 0 whatever it shows.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml

from tests.bench.fuzz import ordinary
from worker.cli.check import check_text
from worker.domain.blameless import lint
from worker.domain.document import parse_document
from worker.domain.document.sections import CANONICAL
from worker.domain.model import ActionItem, Document
from worker.domain.policy import Policy
from worker.domain.smart import judge

HERE = Path(__file__).parent.parent / "domain"
TODAY = date(2026, 11, 20)
JUDGED = ("specific", "measurable", "achievable", "relevant")
SAME = 0.6
SHARED = Path("../shared/evaluation")

# (row, figure, bar). Shares and F1 lie between 0 and 1; documents are a second on one core.
BARS: tuple[tuple[str, str, float], ...] = (
    ("items", "f1", 0.95),
    ("owners", "f1", 0.95),
    ("due", "f1", 0.97),
    ("refs", "f1", 0.95),
    ("done", "f1", 0.90),
    ("titles", "share", 0.93),
    ("incident dates", "share", 0.90),
    ("no items where there are none", "share", 1.0),
    ("section what_went_well", "f1", 0.90),
    ("section timeline", "f1", 0.90),
    ("section root_cause", "f1", 0.90),
    ("section five_whys", "f1", 0.90),
    ("smart specific (fail)", "precision", 0.82),
    ("smart specific (fail)", "recall", 0.82),
    ("smart measurable (fail)", "precision", 0.78),
    ("smart measurable (fail)", "recall", 0.74),
    ("smart achievable (fail)", "f1", 0.50),
    ("smart relevant (fail)", "f1", 0.40),
    ("smart time_bound (fail)", "f1", 0.96),
    ("smart single_owner (fail)", "f1", 0.96),
    ("smart macro-F1", "share", 0.82),
    ("blame", "precision", 0.75),
    ("blame", "recall", 0.70),
    ("documents a second", "rate", 100.0),
)


@dataclass(slots=True)
class Tally:
    """What was said against what is true."""

    hit: int = 0
    invented: int = 0
    missed: int = 0

    def add(self, said: set[Any], true: set[Any]) -> None:
        self.hit += len(said & true)
        self.invented += len(said - true)
        self.missed += len(true - said)

    def row(self) -> dict[str, float]:
        precision = self.hit / (self.hit + self.invented) if self.hit + self.invented else float(not self.missed)
        recall = self.hit / (self.hit + self.missed) if self.hit + self.missed else float(not self.invented)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {"precision": precision, "recall": recall, "f1": f1}


@dataclass(slots=True)
class Figures:
    """The measured rows of one column, by name and figure."""

    rows: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def get(self, row: str, figure: str) -> float | None:
        return self.rows.get(row, {}).get(figure)


def own_documents(figures: Figures) -> None:
    """Score the labelled documents: items and their parts, titles, days, sections."""
    names = ("items", "owners", "due", "refs", "done")
    tallies = {name: Tally() for name in names}
    sections = {name: Tally() for name in CANONICAL}
    titles = dates = total = empty = empty_right = 0
    for path in sorted((HERE / "documents").glob("*.md")):
        want = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
        document = parse_document(path.read_bytes().decode(), today=TODAY)
        total += 1
        titles += document.title == want.get("title", "")
        dates += document.incident_date == want.get("date")
        for name, tally in sections.items():
            tally.add({1} & ({1} if name in document.sections else set()), {1} if name in want["sections"] else set())
        true = list(want.get("items") or ())
        if not true:
            empty += 1
            empty_right += not document.items
        left = list(range(len(true)))
        for item in document.items:
            at = max(left, key=lambda n: _alike(item.text, true[n]["t"]), default=-1)
            if at < 0 or _alike(item.text, true[at]["t"]) < SAME:
                tallies["items"].invented += 1
                continue
            left.remove(at)
            tallies["items"].hit += 1
            _parts(item, true[at], tallies)
        tallies["items"].missed += len(left)
    figures.rows |= {name: tally.row() for name, tally in tallies.items()}
    figures.rows |= {f"section {name}": tally.row() for name, tally in sections.items()}
    figures.rows["titles"] = {"share": titles / total}
    figures.rows["incident dates"] = {"share": dates / total}
    figures.rows["no items where there are none"] = {"share": empty_right / empty}


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()


def _parts(item: ActionItem, want: Mapping[str, Any], tallies: Mapping[str, Tally]) -> None:
    tallies["owners"].add(set(item.owners), set(want.get("o", ())))
    tallies["due"].add({item.due} - {None}, {want.get("d")} - {None})
    tallies["refs"].add(set(item.refs), set(want.get("r", ())))
    tallies["done"].add({1} if item.done else set(), {1} if want.get("x") else set())


def own_sentences(figures: Figures) -> None:
    """Score the labelled items and sentences: SMART by their words, and blame."""
    policy = Policy()
    tallies = {name: Tally() for name in JUDGED}
    for label, text in _rows("items.tsv"):
        item = ActionItem(line=1, text=text)
        verdicts = judge(item, Document(), policy=policy.smart, slo_days=policy.slo_days, today=TODAY)
        for name, mark in zip(JUDGED, label, strict=True):
            tallies[name].add({1} if verdicts[name].state == "fail" else set(), {1} if mark == "0" else set())
    figures.rows |= {f"smart {name} (fail)": tally.row() for name, tally in tallies.items()}
    blame = Tally()
    for label, sentence in _rows("blame.tsv"):
        body = f"# Outage\n\nAuthors: Dorota, Pim\n\n## Root cause\n\nThe pool was empty.\n{sentence}\n"
        findings = lint(body, parse_document(body, today=TODAY))
        said = any(f.rule.startswith("blame/") and f.line == 8 for f in findings)
        blame.add({1} if said else set(), {1} if label == "1" else set())
    figures.rows["blame"] = blame.row()


def _rows(name: str) -> list[tuple[str, str]]:
    parted = (line.partition("\t") for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line)
    return [(label, text) for label, _, text in parted]


def shared_set(folder: Path, figures: Figures) -> str:
    """Score the annotated set with its own script. Returns what is missing, or ""."""
    script = folder / "score.py"
    if not script.exists():
        return f"{script} is not here: the column `shared` is empty (--shared DIR names another folder)"
    command = f"{shlex.quote(sys.executable)} -m worker.cli.main check"
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "score.json"
        asked = [sys.executable, str(script), "--command", command, "--json", str(out)]
        ran = subprocess.run(asked, capture_output=True, text=True, timeout=900, check=False)
        if ran.returncode or not out.exists():
            return f"{script} failed: {(ran.stderr or ran.stdout).strip()[-300:]}"
        found = json.loads(out.read_text())
    figures.rows |= {name: row for name, row in found.items() if isinstance(row, dict)}
    for name, key in (
        ("titles", "titles right"),
        ("incident dates", "incident dates right"),
        ("no items where there are none", "zero-item documents right"),
    ):
        right, _, of = str(found.get(key, "0/0")).partition("/")
        figures.rows[name] = {"share": int(right) / max(1, int(of))}
    figures.rows["smart macro-F1"] = {"share": float(found.get("smart macro-F1", 0))}
    return ""


def rate(bodies: Sequence[str], figures: Figures) -> None:
    """Documents a second on one core, through everything that `check` does with a text."""
    if not bodies:
        return
    policy = Policy()
    best = 0.0
    for _ in range(3):  # the first warms the caches of the regular expressions, as a running service has them
        started = time.process_time()
        for body in bodies:
            check_text("a.md", body, today=TODAY, policy=policy)
        best = max(best, len(bodies) / (time.process_time() - started))
    figures.rows["documents a second"] = {"rate": best}


def table(own: Figures, shared: Figures) -> list[str]:
    """The lines of the table; `!` marks what is below its bar."""
    lines = [f"{'':34}{'':11}{'bar':>7}{'own':>9}{'shared':>9}"]
    for row, figure, bar in BARS:
        cells = ""
        for column in (own, shared):
            found = column.get(row, figure)
            met = found is None or found >= bar - 0.0005
            shown = "–" if found is None else f"{found:.0f}" if figure == "rate" else f"{found:.3f}"
            cells += f"{shown:>8}{' ' if met else '!'}"
        wanted = f"{bar:.0f}" if figure == "rate" else f"{bar:.2f}"
        lines.append(f"{row:34}{figure:11}{wanted:>7}{cells}")
    return lines


def main() -> int:
    asked = argparse.ArgumentParser(description="Measure how well post-mortems are read and judged.")
    asked.add_argument("--shared", type=Path, default=SHARED, help="folder with an annotated set and its score.py")
    folder = asked.parse_args().shared
    own, shared = Figures(), Figures()
    own_documents(own)
    own_sentences(own)
    rate(ordinary(), own)
    missing = shared_set(folder, shared)
    if not missing:
        paths = sorted((folder / "docs").glob("*.md"))
        rate([path.read_bytes().decode(errors="replace") for path in paths], shared)
    sys.stdout.write("\n".join(table(own, shared)) + "\n\n! marks what is below its bar\n")
    if missing:
        sys.stdout.write(f"{missing}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
