"""Lists of realistic, similar action items, and the random edits that people make to them, with the truth kept.

What is never drawn, because nobody could tell it: a new item in the very place of a removed one that it resembles; a
rewording that strikes out the only word that sets an item apart from its like; and a rewording of an item in the same
edit that adds, for the first time, another one that differs from it in one word.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from worker.domain.identity import Known
from worker.domain.model import ActionItem
from worker.domain.state import TEXT_LIMIT

# Families: items that differ in one place only, `{}`; each filling is another promise.
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Add alert for queue depth in {}", ("EU", "US", "APAC", "ZA", "BR")),
    ("Add a latency alert for the {} service with a threshold that pages on-call", ("checkout", "payments", "search")),
    ("Write a runbook for failover of the {} database", ("orders", "ledger", "sessions", "inventory")),
    ("Raise the memory limit of worker-{} to 4 GiB and watch it for a week", ("1", "2", "3", "7")),
    ("Move the {} certificates to automatic renewal", ("gateway", "mail", "partner", "intranet")),
    ("Document how to drain node pool {} before an upgrade", ("blue", "green", "canary")),
    ("Delete unused feature flag `{}` from the mobile client", ("new_cart", "fast_login", "dark_mode")),
)
SINGLES: tuple[str, ...] = (
    "Make the deploy pipeline stop when the smoke test fails twice in a row",
    "Give support a status page template that names the affected regions",
    "Teach the retry library to back off with jitter instead of a fixed delay",
    "Set a connection limit on the reporting user so that batch jobs cannot starve checkout",
    "Test restoring last night's backup into an empty cluster every month",
    "Agree with the vendor on a contact who answers at night",
    "Remove the shared admin password from the wiki and rotate it",
    "Page the storage team when free disk space falls under 15 % on any broker",
    "Show the age of the oldest unprocessed event on the team dashboard",
    "Split the nightly import so that one bad file no longer blocks the others",
    "Run a game day where the primary zone is switched off during office hours",
    "Reject configuration without an owner field when a pull request is opened",
    "Keep thirty days of access logs instead of seven, for the next investigation",
    "Cache the exchange rates locally so a slow provider does not hold up orders",
    "Let the load balancer probe the readiness endpoint rather than the port",
    "Ask legal which customers must be told within 72 hours, and write the list down",
    "Warn in the console when somebody scales a production deployment to zero replicas",
    "Compare row counts after each migration and roll back on a difference above 0.1 %",
    "Publish what we learned about clock drift to the engineering newsletter",
    "Expire idle sessions after an hour so that a leak of tokens is less useful",
)
_OTHER_WORDS = (
    "quickly", "carefully", "monitor", "panel", "procedure", "remaining", "several", "automated", "proper", "regional",
    "upstream", "internal", "guarded", "verified", "shared", "early", "visible", "steady", "handbook", "signal",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One true promise: its text, the words that set it apart, and the family it belongs to ("" for none)."""

    key: str
    text: str
    telling: frozenset[str] = frozenset()
    family: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was remembered, what is listed now, and the id (None: new) that each listed item truly has."""

    known: tuple[Known, ...]
    listed: tuple[ActionItem, ...]
    truth: tuple[str | None, ...]


def everything() -> list[Promise]:
    singles = [Promise(key=f"s{n}", text=text) for n, text in enumerate(SINGLES)]
    alike = [
        Promise(
            key=f"{pattern}/{filling}",
            text=pattern.format(filling),
            telling=frozenset({filling, f"`{filling}`", f"worker-{filling}"}),
            family=pattern,
        )
        for pattern, fillings in FAMILIES
        for filling in fillings
    ]
    return singles + alike


def reword(promise: Promise, rng: random.Random) -> str:
    """Replace, drop or add up to 30 % of the words, never the telling one."""
    words = promise.text.split()
    room = int(len(words) * 0.3)
    places = [n for n, word in enumerate(words) if word not in promise.telling]
    for place in sorted(rng.sample(places, rng.randint(0, min(room, len(places)))), reverse=True):
        match rng.randrange(4):
            case 0:
                del words[place]
            case 1:
                words.insert(place, rng.choice(_OTHER_WORDS))
            case _:
                words[place] = rng.choice(_OTHER_WORDS)
    return " ".join(words)


def decorate(text: str, rng: random.Random) -> str:
    """What moving between lists, tables and editors does to a text without changing its words."""
    match rng.randrange(8):
        case 0:
            return f"**{text}**"
        case 1:
            return f"{text}."
        case 2:
            return text[0].lower() + text[1:]
        case 3:
            return f"  {text}  ".replace(" ", "  ")
        case 4:
            return f"[{text}](https://wiki.example.test/x)"
        case _:
            return text


def trial(rng: random.Random) -> Trial:
    """One remembered list and one random edit of it."""
    pool = everything()
    rng.shuffle(pool)
    before = pool[: rng.randint(1, 14)]
    rest = pool[len(before) :]
    known = tuple(Known(id=f"id{n}", text=p.text[:TEXT_LIMIT]) for n, p in enumerate(before))
    ids = {p.key: f"id{n}" for n, p in enumerate(before)}

    kept = [p for p in before if rng.random() > 0.15]
    gone = [p for p in before if p not in kept]
    # A family that lost a member may get a new one only if another member is there to show what tells them apart.
    added = [p for p in rest[: rng.randint(0, 4)] if not _indistinct(p, kept, gone)]
    now = list(kept)
    if rng.random() < 0.5:
        rng.shuffle(now)
    for p in added:
        now.insert(rng.randint(0, len(now)), p)
    if any(_takes_the_place(n, now, before) for n in range(len(now))):
        now = [p for p in now if p not in added]
        added = []
    listed = []
    for n, p in enumerate(now):
        reworded = p in kept and rng.random() < 0.6 and not _alone_with_new(p, before, added)
        text = decorate(reword(p, rng) if reworded else p.text, rng)
        listed.append(ActionItem(line=n + 1, text=text, done=rng.choice((None, True, False))))
    return Trial(known=known, listed=tuple(listed), truth=tuple(ids.get(p.key) for p in now))


def _indistinct(p: Promise, kept: list[Promise], gone: list[Promise]) -> bool:
    like = [g for g in gone if p.family and g.family == p.family]
    return bool(like) and not any(k.family == p.family for k in kept)


def _alone_with_new(p: Promise, before: list[Promise], added: list[Promise]) -> bool:
    """Whether nothing shows what tells this item from a new one of its family."""
    family = [b for b in before if p.family and b.family == p.family]
    return len(family) == 1 and any(a.family == p.family for a in added)


def _takes_the_place(at: int, now: list[Promise], before: list[Promise]) -> bool:
    """Whether a new item stands where one of its family was removed, between the same neighbours."""
    p = now[at]
    if p in before or not p.family:
        return False
    keys = [None, *(b.key for b in before), None]
    here = [None, *(n.key for n in now), None]
    around = (here[at], here[at + 2])
    return any(
        before[n].family == p.family and before[n] not in now and (keys[n], keys[n + 2]) == around
        for n in range(len(before))
    )
