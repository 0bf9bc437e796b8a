"""Gather the documents that an audit looks at: from a folder, from GitHub, from Jira. Only ever reads.

One file, repository or issue that cannot be read is told and stops nothing; a refused credential and a tracker that
asks us to wait end the survey.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from worker.domain.audit import Audited, Source, audit_one, is_post_mortem, may_be_post_mortem, read_source
from worker.domain.dates import read_days
from worker.domain.likeness import normal
from worker.domain.model import Document, Issue, IssueRef, Snapshot
from worker.domain.policy import Policy
from worker.domain.seal import Newer, NotOurs, unseal
from worker.domain.state import RECORD, TEXT_LIMIT, State
from worker.trackers.errors import CredentialRefused, Missing, RateLimited, TrackerError
from worker.trackers.port import TrackerRead

SUFFIXES = (".md", ".markdown", ".mdown", ".txt", ".rst", ".wiki", ".adf.json")
MOST_BYTES = 2_000_000
"""A file above this size is no document that somebody wrote."""

_SKIPPED = frozenset({"node_modules", "vendor", "dist", "build", "__pycache__", "venv", "site-packages"})
_NO_DOCUMENTS = frozenset({"readme", "changelog", "license", "contributing", "code_of_conduct", "security", "template"})

Progress = Callable[[int, int, str], None]
"""Called with how many are done, of how many, and what comes now."""


@dataclass(slots=True)
class Survey:
    """What was found: `read` counts the documents looked at, `unreadable` says what could not be read and why."""

    found: list[Audited] = field(default_factory=list)
    read: int = 0
    unreadable: list[str] = field(default_factory=list)


def survey_folder(folder: Path, *, policy: Policy, today: date, progress: Progress) -> Survey:
    """Every document below the folder (or the one file) that reads as a post-mortem."""
    survey = Survey()
    paths = sorted(_documents(folder)) if folder.is_dir() else [folder]
    for done, path in enumerate(paths):
        place = str(path.relative_to(folder)) if folder.is_dir() else path.name
        progress(done, len(paths), place)
        try:
            body = _text(path)
        except (OSError, ValueError) as err:
            survey.unreadable.append(f"{place}: {_reason(err)}")
            continue
        survey.read += 1
        named = read_days(path.name.split(".")[0].replace("_", "-"), reference=None, day_first=None)
        source = Source(place=place, body=body, created=named[0] if named else None)
        _take(survey, source, tracked=lambda _: {}, policy=policy, today=today)
    progress(len(paths), len(paths), "")
    return survey


def _documents(folder: Path) -> Iterator[Path]:
    """The files that may hold documents. Hidden folders and what programs put there are left out; links are not
    followed, so that none leads in a circle."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() and path.is_dir():
            continue
        if path.is_dir():
            if not path.name.startswith(".") and path.name not in _SKIPPED:
                yield from _documents(path)
        elif path.name.casefold().endswith(SUFFIXES) and path.name.split(".")[0].casefold() not in _NO_DOCUMENTS:
            yield path


def _text(path: Path) -> str:
    """The file's text as Markdown. Raises OSError, or ValueError with the reason."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES // 1_000_000} MB")
    raw = path.read_bytes().decode("utf-8-sig")
    name = path.name.casefold()
    if name.endswith(".adf.json"):
        from worker.domain.markup import adf_to_markdown

        return adf_to_markdown(json.loads(raw))
    if name.endswith(".wiki"):
        from worker.domain.document.dialects import is_wiki
        from worker.domain.markup import wiki_to_markdown

        return raw if is_wiki(raw) else wiki_to_markdown(raw)  # MediaWiki's is read as it is
    return raw


def _reason(err: Exception) -> str:
    if isinstance(err, UnicodeDecodeError):
        return "is not UTF-8 text"
    if isinstance(err, json.JSONDecodeError):
        return f"is not JSON ({err.msg}, line {err.lineno})"
    return err.strerror or "cannot be read" if isinstance(err, OSError) else str(err)


def _take(
    survey: Survey,
    source: Source,
    *,
    tracked: Callable[[Document], Mapping[str, Issue]],
    policy: Policy,
    today: date,
    children: Callable[[Document], tuple[Issue, ...]] = lambda _: (),
) -> None:
    """Keep a source that is a post-mortem. What costs requests is asked for those alone."""
    document = read_source(source, policy=policy, today=today)
    if not is_post_mortem(source, document):
        return
    source = replace(source, children=children(document))
    survey.found.append(audit_one(source, document, tracked=tracked(document), policy=policy, today=today))


@dataclass(slots=True)
class TrackerSurvey:
    """A look at one site through its read port. What its listings already showed is not asked for again. `others` are
    further sites for which there is a credential: items may name issues there. `keys` open what the service remembers
    on an issue; without them it is not believed."""

    read: TrackerRead
    policy: Policy
    today: date
    progress: Progress
    others: tuple[TrackerRead, ...] = ()
    keys: tuple[bytes, ...] = ()
    known: dict[IssueRef, Issue | None] = field(default_factory=dict)

    def containers(self, containers: Iterable[str], listing: Callable[[str], Iterable[Issue]]) -> Survey:
        """Every post-mortem in these containers, as `listing` shows their issues."""
        survey = Survey()
        names = sorted(containers)
        listed: list[Issue] = []
        for done, name in enumerate(names):
            self.progress(done, 2 * len(names), name)
            try:
                listed += [issue for issue in listing(name) if not issue.is_pull_request]
            except (CredentialRefused, RateLimited):
                raise
            except TrackerError as err:
                survey.unreadable.append(f"{name}: {err}")
        if len(survey.unreadable) == len(names) == 1:
            raise Missing(survey.unreadable[0])
        self.issues(survey, listed, weight=len(names))
        return survey

    def issues(self, survey: Survey, listed: Iterable[Issue], *, weight: int = 0) -> None:
        """Add the post-mortems among these issues to the survey."""
        every = {issue.ref: issue for issue in listed}
        self.known.update(every)
        likely = [source for issue in every.values() if may_be_post_mortem(source := source_of(issue))]
        survey.read += len(every)
        total = len(likely) * 2 if weight else len(likely)
        for done, source in enumerate(sorted(likely, key=lambda one: one.place)):
            self.progress(done + (len(likely) if weight else 0), total, source.place)
            self.one(survey, source)
        self.progress(1, 1, "")

    def one(self, survey: Survey, source: Source) -> None:
        """Add one source, with its children and the issues that its items name."""
        ref = source.near
        try:
            _take(
                survey,
                source,
                tracked=lambda document: self.tracked(document, source),
                policy=self.policy,
                today=self.today,
                children=lambda document: self.below(ref, document) if ref is not None else (),
            )
        except (CredentialRefused, RateLimited):
            raise
        except TrackerError as err:
            survey.unreadable.append(f"{source.place}: {err}")

    def below(self, ref: IssueRef, document: Document) -> tuple[Issue, ...]:
        """The issues below a post-mortem, and those that the service remembers for its items, wherever they are. What
        is remembered of an item carries its words, so that it is not counted beside it."""
        snapshot = self.read.snapshot(ref)
        remembered = remembered_items(snapshot, self.keys)
        found = {child.ref: child for child in snapshot.children}
        named = {meant: words for key, words in remembered.items() if (meant := ref_of(key)) is not None}
        self._look(named.keys() - found.keys())
        found |= {one: issue for one in named if one not in found and (issue := self.known.get(one)) is not None}
        texts = {normal(item.text[:TEXT_LIMIT]): item.text for item in document.items}
        return tuple(
            replace(issue, title=texts.get(normal(named[issue.ref]), issue.title)) if issue.ref in named else issue
            for issue in found.values()
        )

    def tracked(self, document: Document, source: Source) -> Mapping[str, Issue]:
        """The issues behind the references of the document's items, as far as a site has them for us."""
        near = source.near
        if near is None:
            return {}
        wanted: dict[str, IssueRef] = {}
        for written in dict.fromkeys(ref for item in document.items for ref in item.refs):
            meant = (found for read in (self.read, *self.others) if (found := read.resolve(written, near)) is not None)
            first = next(meant, None)
            if first is not None:
                wanted[written] = first
        self._look(wanted.values())
        seen = ((written, self.known.get(ref)) for written, ref in wanted.items())
        return {written: issue for written, issue in seen if issue is not None}

    def _look(self, refs: Iterable[IssueRef]) -> None:
        """Have these issues among the known, as far as a site shows them."""
        missing = sorted({ref for ref in refs if ref not in self.known})
        self._ask(self.read, missing)
        for read in self.others:
            try:
                self._ask(read, missing)
            except TrackerError:
                # What another site says is more than was asked for; without it the end stays unknown.
                continue

    def _ask(self, read: TrackerRead, missing: Iterable[IssueRef]) -> None:
        here = [ref for ref in missing if ref.site == read.site]
        if here:
            self.known.update(read.issues(here))


def remembered_items(snapshot: Snapshot, keys: Sequence[bytes]) -> dict[str, str]:
    """Which issue stands for which item, as the service remembers it on a post-mortem: the issue's key, the item's
    words (the first `TEXT_LIMIT` characters). Empty where no record carries our seal or it is another issue's."""
    for record in snapshot.records:
        if record.name != RECORD:
            continue
        try:
            state = State.from_json(unseal(record.text, purpose=RECORD, keys=keys))
        except (NotOurs, Newer, KeyError, ValueError, TypeError):
            continue
        if state.home in {"", snapshot.issue.ref.key}:
            return {entry.ref: entry.text for entry in state.items if entry.ref and not entry.untracked}
    return {}


def ref_of(key: str) -> IssueRef | None:
    """The issue of a remembered key, None for one that is no key."""
    try:
        return IssueRef.parse(key)
    except ValueError:
        return None


def source_of(issue: Issue) -> Source:
    """An issue as a document to audit."""
    return Source(
        place=issue.ref.key,
        title=issue.title,
        body=issue.body,
        url=issue.url,
        labels=issue.labels,
        created=issue.created_at.date(),
        near=issue.ref,
    )


def begin_of(since: date | None) -> datetime | None:
    """The moment from which a listing is asked, in UTC."""
    return datetime.combine(since, time(), UTC) if since is not None else None


__all__ = ["Survey", "TrackerSurvey", "begin_of", "source_of", "survey_folder"]
