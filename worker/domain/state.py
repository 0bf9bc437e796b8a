"""What the service must remember about one post-mortem, and how that is written down.

The state lives on the tracker (see `domain.seal` for the envelope). It is versioned; fields that this version does not
know are kept and written back. Texts are cut, so that 100 items stay under 16 KB sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Self

from worker.domain.model import Kind, Review, Status

RECORD = "sticky"
TEXT_LIMIT = 120
AUDIT_LIMIT = 20
SEEN_LIMIT = 60


def _when(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else None


def _stamp(value: datetime | None) -> int | None:
    return int(value.timestamp()) if value else None


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _compact(pairs: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    return {**extra, **{k: v for k, v in pairs.items() if v not in (None, "", [], {}, False)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The values last agreed between document and tracked issue, per two-way field. None: nothing is agreed.

    `said_*` is what the document itself said last (it may have lost to the issue, and is then not pushed again); a
    later silence of the document leaves it. `was_due` is the last agreed due date where none is agreed now.
    """

    due: date | None = None
    owner: str | None = None
    status: Status | None = None
    said_due: date | None = None
    said_owner: str | None = None
    said_done: bool | None = None
    was_due: date | None = None


def _said(base: Base) -> dict[str, Any]:
    """What the document said, written only where it is not what was agreed: most items of most states need nothing."""
    out: dict[str, Any] = {}
    if base.said_due != base.due:
        out["sd"] = _iso(base.said_due) or ""
    if (base.said_owner or None) != (base.owner or None):
        out["so"] = base.said_owner or ""
    if base.said_done is not None:
        out["sx"] = int(base.said_done)
    if base.was_due is not None:
        out["wd"] = _iso(base.was_due)
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """What is remembered of one item. `text` is as last listed (cut); `number` is what people type, and stays for ever;
    `ref` is the tracked issue's key or "".

    `listed` is False once the item has vanished from the document. `untracked` is the reason of an `ft untrack`.
    `claimed_at` and `claimed_in` (a place) are set while a create that could not link in one write is under way.
    `dropped` are the parts that the tracker left out at creation. `promised` is the first due date ever agreed, `slips`
    how often that slipped. `waived` is the reason of a waiver, `evidence` what shows that it is done.
    `refused` says that the last create under this claim was refused outright, so that nothing is in doubt.
    `ignored` are the SMART criteria that a person set aside for it, each with the reason. `linked` says that
    the link between post-mortem and issue is kept by a tracker that needs to be told of it.

    `snoozed_until` is the last day on which nobody is told about it, `snoozes` how often that was asked. `slipped_on`
    is when its date was last moved later. `question`, `asked_by` (a person's id) and `asked_at` are a lead's question.
    `waiver` is the reason of a waiver that waits for approval, `waiver_by` who asked for it. `way_out` says how a
    waived one ended (waived, replaced, duplicate, split), `instead` the key of the issue that stands for it now,
    `approved_by` who let it go. `category` is what a person called it. `proof_asked` says that its owner was asked what
    shows it. `part_of` is the id of the item that was split into it and others; the document need not list it.
    """

    id: str
    text: str
    number: int = 0
    ref: str = ""
    listed: bool = True
    base: Base = Base()
    untracked: str = ""
    adopted: bool = False
    claimed_at: datetime | None = None
    claimed_in: str = ""
    dropped: tuple[str, ...] = ()
    promised: date | None = None
    slips: int = 0
    waived: str = ""
    evidence: str = ""
    ignored: Mapping[str, str] = field(default_factory=dict)
    linked: bool = False
    refused: bool = False
    snoozed_until: date | None = None
    snoozes: int = 0
    slipped_on: date | None = None
    question: str = ""
    asked_by: str = ""
    asked_at: datetime | None = None
    waiver: str = ""
    waiver_by: str = ""
    way_out: str = ""
    instead: str = ""
    approved_by: str = ""
    category: str = ""
    proof_asked: bool = False
    part_of: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        pairs = {
            "i": self.id,
            "t": self.text[:TEXT_LIMIT],
            "n": self.number or None,
            "r": self.ref,
            "gone": not self.listed,
            "bd": _iso(self.base.due),
            "bo": self.base.owner,
            "bs": self.base.status.value if self.base.status else None,
            "un": self.untracked,
            "ad": self.adopted,
            "cl": _stamp(self.claimed_at),
            "ci": self.claimed_in,
            "dr": list(self.dropped),
            "pr": _iso(self.promised),
            "sl": self.slips or None,
            "wv": self.waived,
            "ev": self.evidence,
            "ig": dict(sorted(self.ignored.items())),
            "lk": self.linked,
            "rf": self.refused,
            "zu": _iso(self.snoozed_until),
            "zn": self.snoozes or None,
            "qt": self.question,
            "qb": self.asked_by,
            "qa": _stamp(self.asked_at),
            "wq": self.waiver,
            "wb": self.waiver_by,
            "wo": self.way_out,
            "in": self.instead,
            "ab": self.approved_by,
            "cy": self.category,
            "pa": self.proof_asked,
            "po": self.part_of,
            "sn": _iso(self.slipped_on),
        }
        out = _compact(pairs, self.extra)
        if self.base.owner == "":
            out["bo"] = ""
        return {**out, **_said(self.base)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        known = {"i", "t", "n", "r", "gone", "bd", "bo", "bs", "un", "ad", "cl", "ci", "dr", "pr", "sl", "wv", "ev"}
        known |= {"lk", "rf", "ig", "sd", "so", "sx", "wd"}
        known |= {"zu", "zn", "qt", "qb", "qa", "wq", "wb", "wo", "in", "ab", "cy", "pa", "po", "sn"}
        return cls(
            id=str(raw["i"]),
            text=str(raw.get("t", "")),
            number=int(raw.get("n", 0)),
            ref=str(raw.get("r", "")),
            listed=not raw.get("gone", False),
            base=Base(
                due=_day(raw.get("bd")),
                owner=raw.get("bo"),
                status=Status(raw["bs"]) if raw.get("bs") else None,
                said_due=_day(raw.get("sd", raw.get("bd"))),
                said_owner=raw.get("so", raw.get("bo")) or None,
                said_done=bool(raw["sx"]) if "sx" in raw else None,
                was_due=_day(raw.get("wd")),
            ),
            untracked=str(raw.get("un", "")),
            adopted=bool(raw.get("ad", False)),
            claimed_at=_when(raw.get("cl")),
            claimed_in=str(raw.get("ci", "")),
            dropped=tuple(raw.get("dr", ())),
            promised=_day(raw.get("pr")),
            slips=int(raw.get("sl", 0)),
            waived=str(raw.get("wv", "")),
            evidence=str(raw.get("ev", "")),
            ignored={str(name): str(reason) for name, reason in raw.get("ig", {}).items()},
            linked=bool(raw.get("lk", False)),
            refused=bool(raw.get("rf", False)),
            snoozed_until=_day(raw.get("zu")),
            snoozes=int(raw.get("zn", 0)),
            slipped_on=_day(raw.get("sn")),
            question=str(raw.get("qt", "")),
            asked_by=str(raw.get("qb", "")),
            asked_at=_when(raw.get("qa")),
            waiver=str(raw.get("wq", "")),
            waiver_by=str(raw.get("wb", "")),
            way_out=str(raw.get("wo", "")),
            instead=str(raw.get("in", "")),
            approved_by=str(raw.get("ab", "")),
            category=str(raw.get("cy", "")),
            proof_asked=bool(raw.get("pa", False)),
            part_of=str(raw.get("po", "")),
            extra={k: v for k, v in raw.items() if k not in known},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is remembered of one post-mortem.

    `uid` is random and never changes, also over a transfer. `home` is the key that the post-mortem had when this
    was written: a state that somebody copied to another issue is not that issue's. `body_hash` and `body_since`
    tell how long the body has rested. `leaving_since` is set while the label is missing, `left` once un-enrolled.
    `quiet_until` keeps people unmessaged after lost state; commands from before `deaf_before` then count as carried
    out. `seen` are the command lines carried out, as `comment id:hash`. `audit` are the last lines of what was
    done, newest last. `track_now` are the numbers (or `all`) that somebody asked with `ft track` not to let wait.
    `reopened` counts how often the post-mortem was opened again because items of it were open.
    """

    uid: str
    enrolled_at: datetime
    home: str = ""
    kind: Kind | None = None
    body_hash: str = ""
    body_since: datetime | None = None
    track_now: str = ""
    items: tuple[ItemState, ...] = ()
    review: Review | None = None
    leaving_since: datetime | None = None
    left: bool = False
    quiet_until: date | None = None
    deaf_before: datetime | None = None
    seen: tuple[str, ...] = ()
    audit: tuple[str, ...] = ()
    reopened: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The content for `seal.seal`: plain JSON values, equal for equal states."""
        review = self.review
        pairs = {
            "uid": self.uid,
            "at": _stamp(self.enrolled_at),
            "hm": self.home,
            "kind": self.kind.value if self.kind else None,
            "bh": self.body_hash,
            "bs": _stamp(self.body_since),
            "tn": self.track_now,
            "items": [i.to_json() for i in self.items],
            "rv": None
            if review is None
            else _compact(
                {
                    "u": review.uid,
                    "s": _stamp(review.start),
                    "m": review.minutes,
                    "q": review.sequence,
                    "a": list(review.attendees),
                    "o": list(review.optional),
                    "x": review.cancelled,
                    "c": review.concession,
                    "b": review.because,
                },
                {},
            ),
            "lv": _stamp(self.leaving_since),
            "left": self.left,
            "qu": _iso(self.quiet_until),
            "db": _stamp(self.deaf_before),
            "seen": list(self.seen),
            "audit": list(self.audit[-AUDIT_LIMIT:]),
            "ro": self.reopened or None,
        }
        return _compact(pairs, self.extra)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; unknown fields are kept. Raises KeyError or ValueError on nonsense."""
        known = {"uid", "at", "kind", "bh", "bs", "tn", "items", "rv", "lv", "left", "qu", "db", "seen", "audit"}
        known |= {"hm", "ro"}
        enrolled = _when(raw["at"])
        if enrolled is None:
            raise ValueError("enrolment time is missing")
        rv = raw.get("rv")
        start = _when(rv["s"]) if rv else None
        return cls(
            uid=str(raw["uid"]),
            enrolled_at=enrolled,
            home=str(raw.get("hm", "")),
            kind=Kind(raw["kind"]) if raw.get("kind") else None,
            body_hash=str(raw.get("bh", "")),
            body_since=_when(raw.get("bs")),
            track_now=str(raw.get("tn", "")),
            items=tuple(ItemState.from_json(i) for i in raw.get("items", ())),
            review=Review(
                uid=str(rv["u"]),
                start=start,
                minutes=int(rv.get("m", 30)),
                sequence=int(rv.get("q", 0)),
                attendees=tuple(rv.get("a", ())),
                optional=tuple(rv.get("o", ())),
                cancelled=bool(rv.get("x", False)),
                concession=str(rv.get("c", "")),
                because=str(rv.get("b", "")),
            )
            if rv and start
            else None,
            leaving_since=_when(raw.get("lv")),
            left=bool(raw.get("left", False)),
            quiet_until=_day(raw.get("qu")),
            deaf_before=_when(raw.get("db")),
            seen=tuple(raw.get("seen", ())),
            audit=tuple(raw.get("audit", ())),
            reopened=int(raw.get("ro", 0)),
            extra={k: v for k, v in raw.items() if k not in known},
        )

    def item(self, item_id: str) -> ItemState | None:
        return next((i for i in self.items if i.id == item_id), None)

    def with_item(self, changed: ItemState) -> Self:
        """This state with one item replaced, or appended where it is new."""
        if self.item(changed.id) is None:
            return replace(self, items=(*self.items, changed))
        return replace(self, items=tuple(changed if i.id == changed.id else i for i in self.items))

    def noted(self, line: str) -> Self:
        """This state with one more line in the audit trail."""
        return replace(self, audit=(*self.audit, line)[-AUDIT_LIMIT:])
