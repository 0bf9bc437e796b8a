"""A tracker in memory behind the real ports: for tests of decisions, where HTTP would only be slow.

It keeps the rules that the engine leans on (ids, children, records, who wrote what), counts content writes, and nothing
else. Whatever depends on a real tracker's behaviour is tested against the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from worker.domain.model import Comment, Draft, Issue, IssueRef, Record, Snapshot, Status, Thread
from worker.engine.clock import Clock
from worker.trackers.errors import Ambiguous, Missing, Refused, TrackerError
from worker.trackers.port import Changes, Created

ACCOUNT = "followthrough-bot"


@dataclass(slots=True)
class FakeTracker:
    """One site. `atomic` says whether children can be made in one write; `refuse` maps a title's word,
    or a method's name, to a refusal;
    creates whose title has a word of `lose` are done, and their answer is lost; while it is `down`, it answers nothing
    but that error; while it is `deaf`, it refuses every write with it."""

    clock: Clock
    site: str = "github"
    atomic: bool = True
    repositories: tuple[str, ...] = ("acme/incidents",)
    public: Mapping[str, bool] = field(default_factory=dict)
    assignable_logins: frozenset[str] = frozenset()
    refuse: dict[str, str] = field(default_factory=dict)
    lose: set[str] = field(default_factory=set)
    all_issues: dict[IssueRef, Issue] = field(default_factory=dict)
    said: dict[IssueRef, list[Comment]] = field(default_factory=dict)
    kept: dict[IssueRef, list[Record]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    serial: int = 100
    former: tuple[str, ...] = ()
    lag: timedelta = timedelta(minutes=1)
    keeps_links: bool = False
    reacts: bool = True
    links: dict[tuple[IssueRef, str], tuple[str, str]] = field(default_factory=dict)
    down: TrackerError | None = None
    deaf: TrackerError | None = None

    # what people do

    def open(self, number: int, title: str = "Checkout was down", body: str = "", **over: object) -> IssueRef:
        ref = IssueRef(self.site, f"acme/incidents#{number}")
        now = self.clock.now()
        issue = Issue(ref=ref, title=title, body=body, author="alice", created_at=now, updated_at=now, url=_url(ref))
        self.all_issues[ref] = replace(issue, **{"public": False, **over})  # type: ignore[arg-type]  # any field
        return ref

    def change(self, ref: IssueRef, **over: object) -> None:
        issue = self.all_issues[ref]
        self.all_issues[ref] = replace(issue, updated_at=self.clock.now(), **over)  # type: ignore[arg-type]  # any field

    def say(self, ref: IssueRef, body: str, author: str = "alice", *, trusted: bool = True) -> str:
        self.serial += 1
        now = self.clock.now()
        comment = Comment(
            id=str(self.serial), author=author, body=body, created_at=now, updated_at=now, trusted=trusted
        )
        self.said.setdefault(ref, []).append(comment)
        self.change(ref, comments_count=len(self.said[ref]))
        return comment.id

    # reading

    def account(self) -> str:
        return ACCOUNT

    def is_ours(self, login: str) -> bool:
        return login.casefold() in {ACCOUNT, *self.former}

    def creates_children(self, container: str) -> bool:
        self._up()
        return self.atomic

    def snapshot(self, ref: IssueRef) -> Snapshot:
        thread = self.thread(ref)
        children = tuple(i for i in self.all_issues.values() if i.parent == ref)
        return Snapshot(issue=self.all_issues[ref], comments=thread.comments, children=children, records=thread.records)

    def thread(self, ref: IssueRef) -> Thread:
        self._up()
        if ref not in self.all_issues:
            raise Missing(f"there is no {ref.key}")
        return Thread(comments=tuple(self.said.get(ref, ())), records=tuple(self.kept.get(ref, ())))

    def visible_to_all(self, container: str) -> bool | None:
        return self.public.get(container, False)

    def issues(self, refs: Iterable[IssueRef]) -> Mapping[IssueRef, Issue | None]:
        self._up()
        return {ref: self.all_issues.get(ref) for ref in refs}

    def with_facts(self, issues: Iterable[Issue]) -> Mapping[IssueRef, Issue]:
        return {issue.ref: issue for issue in issues}

    def resolve(self, written: str, near: IssueRef) -> IssueRef | None:
        if found := re.fullmatch(r"#(\d+)", written):
            return IssueRef(self.site, f"{near.container}#{found[1]}")
        if re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", written):
            return IssueRef(self.site, written)
        if re.fullmatch(r"[A-Z]+-\d+", written) and written.partition("-")[0] in self.repositories:
            return IssueRef(self.site, written)
        return None

    def url_of(self, ref: IssueRef) -> str:
        return _url(ref)

    def assignable(self, container: str, login: str) -> bool:
        return login in self.assignable_logins

    def own_issues(self, container: str, since: datetime) -> tuple[Issue, ...]:
        self._up()
        mine = (i for i in self.all_issues.values() if self.is_ours(i.author) and i.ref.container == container)
        return tuple(i for i in mine if i.created_at >= since)

    def polls(self) -> tuple[str, ...]:
        return self.repositories

    def gaps(self) -> tuple[str, ...]:
        return ()

    def changed(self, poll: str, cursor: str) -> Changes:
        self._up()
        found = sorted((i for i in self.all_issues.values() if i.ref.container == poll), key=lambda i: i.updated_at)
        return Changes(issues=tuple(found), cursor=self.clock.now().isoformat())

    def labelled(self, container: str, label: str) -> tuple[Issue, ...]:
        self._up()
        return tuple(i for i in self.all_issues.values() if i.ref.container == container and label in i.labels)

    def containers(self) -> tuple[str, ...]:
        return self.repositories

    # writing

    def create_issue(self, draft: Draft) -> Created:
        for word, reason in self.refuse.items():
            if word in draft.title:
                raise Refused(reason)
        self._wrote("create", draft.title)
        self.serial += 1
        now = self.clock.now()
        sep = "#" if "/" in draft.container else "-"
        ref = IssueRef(draft.site, f"{draft.container}{sep}{self.serial}")
        issue = Issue(
            ref=ref,
            title=draft.title,
            body=draft.body,
            url=_url(ref),
            author=ACCOUNT,
            labels=frozenset(draft.labels),
            assignees=draft.assignees,
            due=draft.due,
            due_from="line" if draft.due else "",
            created_at=now,
            updated_at=now,
            parent=draft.parent,
            public=False,
            mark=draft.mark,
        )
        self.all_issues[ref] = issue
        if any(word in draft.title for word in self.lose):
            raise Ambiguous(f"the answer to the create of {draft.title!r} was lost")
        return Created(issue=issue)

    def link_child(self, parent: IssueRef, child: IssueRef) -> None:
        self._wrote("link", child.key)
        self.change(child, parent=parent)

    def ensure_record(self, ref: IssueRef, name: str, body: str, text: str, record: str = "") -> str:
        self._wrote("record", name)
        kept = self.kept.setdefault(ref, [])
        if record:
            kept[:] = [replace(r, body=body, text=text) if r.id == record else r for r in kept]
            return record
        self.serial += 1
        kept.append(Record(id=str(self.serial), name=name, body=body, text=text, created_at=self.clock.now()))
        return str(self.serial)

    def remove_record(self, ref: IssueRef, record: str) -> None:
        self._wrote("remove", record)
        self.kept[ref] = [r for r in self.kept[ref] if r.id != record]

    def add_comment(self, ref: IssueRef, body: str) -> str:
        self._wrote("comment", ref.key)
        return self.say(ref, body, ACCOUNT)

    def react(self, ref: IssueRef, comment: str, *, ok: bool) -> None:
        self._wrote("react", f"{comment} {'ok' if ok else 'refused'}")

    def set_due(self, ref: IssueRef, due: date | None, where: str) -> None:
        self._may("set_due")
        self._wrote("due", f"{ref.key} {due}")
        self.change(ref, due=due, due_from=where or "line")

    def set_status(self, ref: IssueRef, status: Status) -> None:
        self._wrote("status", f"{ref.key} {status.value}")
        self.change(ref, status=status)

    def set_assignees(self, ref: IssueRef, logins: tuple[str, ...]) -> None:
        self._may("set_assignees")
        self._wrote("assign", f"{ref.key} {','.join(logins)}")
        self.change(ref, assignees=logins)

    def add_labels(self, ref: IssueRef, labels: tuple[str, ...]) -> None:
        self._wrote("label", ref.key)
        self.change(ref, labels=self.all_issues[ref].labels | set(labels))

    def link_elsewhere(self, ref: IssueRef, *, key: str, url: str, title: str) -> None:
        self._may("link_elsewhere")
        self._wrote("link-elsewhere", f"{ref.key} {key}")
        self.links[ref, key] = (url, title)

    def _may(self, method: str) -> None:
        if method in self.refuse:
            raise Refused(self.refuse[method])

    def _up(self) -> None:
        if self.down is not None:
            raise self.down

    def _wrote(self, what: str, detail: str) -> None:
        self._up()
        if self.deaf is not None:
            raise self.deaf
        self.writes.append(f"{what} {detail}")


def _url(ref: IssueRef) -> str:
    return f"https://github.example/{ref.container}/issues/{ref.number}"
