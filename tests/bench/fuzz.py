"""Does any text at all stop the reader? Many documents made of pieces of our own, and what only an enemy writes.

    python -m tests.bench.fuzz [--documents N] [--edits N] [--seed S] [--jobs N]

Four runs, each with its figure: random documents through everything that `check` does; hostile megabytes against the
clock; ordinary documents a second on one core; random edits of lists of items, of which none may be taken for another.
A document that raises is written to `out/fuzz/`, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import date
from functools import cache
from multiprocessing import Pool
from pathlib import Path

from tests.domain.edits import trial
from tests.domain.test_document_hostile import HOSTILE
from worker.cli.check import Markup, as_markdown, check_text
from worker.domain.identity import match_items
from worker.domain.policy import Policy

SAMPLES = Path(__file__).parent.parent / "domain" / "documents"
TODAY = date(2026, 11, 20)
OUT = Path("out/fuzz")
CHUNK = 250
MEGABYTE_S = 2.0
A_SECOND = 100.0

_SIGNS = (
    "|*_[]()`#>-+=~<>!&@:;,.\\\"'“”’—–→"
    " \t\n\r\u00a0\u200b\u202e\u2028\ufeff\x00\x0b\x1b0123456789aAzZéñüß日本עברית🔥👩‍💻"
)
_RUNS = (
    "|", "*", "_", "[", "](", "`", "~~", "> ", "- ", "  - ", "#", "<li>", "<!--", "-->", "{{", "}}", "&", "\\", "@a ",
    "1. ", "by 1 Dec ", "Owner: ", "| - ", "\n\n", "\r", "=", "---\n", "+++\n", "h1. ", "TODO: ", "(", "）", "<tr>",
)  # fmt: skip


@cache
def pieces() -> tuple[list[str], list[str]]:
    """The samples, and all their lines."""
    texts = [path.read_bytes().decode() for path in sorted(SAMPLES.glob("*.md"))]
    return texts, sorted({line for text in texts for line in text.split("\n")})


@cache
def ordinary() -> list[str]:
    """Documents of the size of real ones, about 5 KB with three items: the samples, each with the plain text of
    others in front of its sections."""
    texts, _ = pieces()
    prose = [
        line
        for text in texts
        for line in text.splitlines()
        if line[:1].isalpha() and len(line) > 40 and line[-1] == "."
    ]
    size, out = 5000, []
    for number, text in enumerate(texts):
        filling = prose[number * 7 % len(prose) :] + prose
        head, _, rest = text.partition("\n")
        room, taken = size - len(text), []
        for line in filling:
            if room <= 0:
                break
            taken.append(line)
            room -= len(line)
        out.append("\n\n".join((head, "## Background", *taken, rest)))
    return out


def draw(rng: random.Random) -> str:
    """One document: lines of the samples in any order, one sample with its parts moved about, or noise; and damaged."""
    texts, lines = pieces()
    kind = rng.randrange(10)
    if kind < 5:
        text = "\n".join(rng.choices(lines, k=rng.randint(0, 25)))
    elif kind < 8:
        one, other = rng.choice(texts), rng.choice(texts)
        text = one[: rng.randint(0, len(one))] + other[rng.randint(0, len(other)) :]
    elif kind < 9:
        text = "".join(rng.choices(_SIGNS, k=rng.randint(0, 200)))
    else:
        text = "\n".join(rng.choice(_RUNS) * rng.randint(1, 40) for _ in range(rng.randint(1, 12)))
    for _ in range(rng.randrange(4)):
        text = _damaged(text, rng)
    return text


def _damaged(text: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    match rng.randrange(5):
        case 0:
            return text[:at] + rng.choice(_SIGNS) + text[at:]
        case 1:
            return text[:at] + rng.choice(_RUNS) * rng.randint(1, 60) + text[at:]
        case 2:
            return text[:at] + text[at + rng.randint(1, 40) :]
        case 3:
            return text.replace("\n", rng.choice(("\r\n", "\r", "\n\n", "\n    ", "\n> ")))
        case _:
            return text[at:] + text[:at]


def run_chunk(seeds: Sequence[int]) -> list[tuple[int, str]]:
    """Read and judge one document a seed. Returns the seeds that failed, each with what went wrong."""
    policy, failed = Policy(), []
    for seed in seeds:
        body = draw(random.Random(seed))
        try:
            result = check_text("a.md", body, today=TODAY, policy=policy)
            last = body.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
            wrong = [item for item in result.items if not 1 <= item.line <= last or not item.text]
            if wrong:
                failed.append((seed, f"an item at line {wrong[0].line} of {last}: {wrong[0].text!r}"))
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            failed.append((seed, traceback.format_exc(limit=-4)))
    return failed


def fuzz(count: int, seed: int, jobs: int) -> bool:
    """Run `count` random documents on `jobs` processes. True where none failed."""
    started = time.monotonic()
    chunks = [range(at, min(at + CHUNK, seed + count)) for at in range(seed, seed + count, CHUNK)]
    failed: list[tuple[int, str]] = []
    with Pool(jobs) as pool:
        for found in pool.imap_unordered(run_chunk, chunks):
            failed += found
    spent = time.monotonic() - started
    say(f"{count} random documents: {len(failed)} failed, {count / spent:.0f} a second on {jobs} processes")
    for number, what in failed[:5]:
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{number}.md").write_text(draw(random.Random(number)), encoding="utf-8", errors="replace")
        say(f"  seed {number} ({OUT}/{number}.md): {what}")
    return not failed


def hostile() -> bool:
    """Each hostile megabyte through `check`, as Markdown and as Jira's wiki text. True where none took too long."""
    spent = {}
    for name, body in sorted(HOSTILE.items()):
        started = time.process_time()
        check_text("a.md", f"# T\n\n## Action items\n\n{body}", today=TODAY, policy=Policy())
        spent[name] = time.process_time() - started
        started = time.process_time()
        text, _ = as_markdown(f"h1. T\n\nh2. Action items\n\n{body}", Markup.JIRA)
        check_text("a.jira", text, today=TODAY, policy=Policy())
        spent[f"{name}, as wiki text"] = time.process_time() - started
    worst = max(spent, key=lambda name: spent[name])
    say(f"{len(spent)} hostile megabytes: the slowest ({worst}) in {spent[worst]:.2f} s, bar {MEGABYTE_S:.0f} s")
    return spent[worst] < MEGABYTE_S


def speed() -> bool:
    """Ordinary documents a second on one core, once started."""
    bodies = ordinary()
    size = sum(map(len, bodies)) / len(bodies)
    best = 0.0
    for _ in range(3):
        started = time.process_time()
        for body in bodies:
            check_text("a.md", body, today=TODAY, policy=Policy())
        best = max(best, len(bodies) / (time.process_time() - started))
    say(f"documents of {size / 1000:.1f} KB through check: {best:.0f} a second on one core, bar {A_SECOND:.0f}")
    return best >= A_SECOND


def edits(count: int) -> bool:
    """Random edits of lists of items. True where every item found its own."""
    started, wrong = time.monotonic(), []
    for seed in range(count):
        drawn = trial(random.Random(seed))
        result = match_items(drawn.listed, drawn.known, resolve={})
        if tuple(None if match.new else match.id for match in result.matches) != drawn.truth:
            wrong.append(seed)
    spent = time.monotonic() - started
    say(f"{count} random edits: {len(wrong)} wrong merges or second issues, {count / spent:.0f} a second")
    for seed in wrong[:5]:
        say(f"  seed {seed}")
    return not wrong


def say(text: str) -> None:
    """One line, at once: a run of minutes should show where it is."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    asked = argparse.ArgumentParser(description="Throw random and hostile documents at the reader.")
    asked.add_argument("--documents", type=int, default=100_000)
    asked.add_argument("--edits", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = asked.parse_args()
    # All of them run, whatever the first says.
    fine = [hostile(), speed(), edits(given.edits), fuzz(given.documents, given.seed, given.jobs)]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
