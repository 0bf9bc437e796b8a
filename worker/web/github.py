"""Which issues does a GitHub webhook speak of?

Pure. A payload is a hint and nothing more: only addresses and labels are taken from it, and the issue is then read
afresh. What is no plain address is refused, so nothing that a stranger wrote travels further.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from worker.web.touched import Dialect, Malformed, Payload, Told, Touched, as_mapping, each_once, json_object

_CONTAINER = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_API_URL = re.compile(r"https?://[^\s?#]+/repos/([A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100})/?")
# `#12` and `acme/pay#12`, and the addresses of issues; what a pull request says it is about.
_SHORT = re.compile(r"(?<![\w/#&-])(?P<repo>[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100})?#(?P<number>\d{1,9})\b")
_LONG = re.compile(
    r"https?://[^\s/]{1,200}/(?P<repo>[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100})/issues/(?P<number>\d{1,9})\b"
)
MOST_MENTIONED = 20
_TEXT_LIMIT = 65_536


def read_event(event: str, payload: Payload) -> tuple[Touched, ...] | None:
    """Return what a payload speaks of, each address once, or None for an event that means nothing here.

    Raises Malformed.
    """
    reader = _READERS.get(event)
    if reader is None:
        return None
    action = payload.get("action")
    found = reader(payload, f"{event}.{action}" if isinstance(action, str) and action.isidentifier() else event)
    return each_once(found)


def events() -> frozenset[str]:
    """The events that are read."""
    return frozenset(_READERS)


def _read(headers: Mapping[str, str], body: bytes) -> Told:
    event = headers.get("x-github-event", "")
    if not event:
        raise Malformed("The delivery names no event.")
    if event not in _READERS:
        # Not even parsed.
        return Told(event="ping" if event == "ping" else "")
    return Told(event=event, touched=read_event(event, _payload(body, headers.get("content-type", ""))) or ())


def _payload(body: bytes, content_type: str) -> Payload:
    """The payload in either form that GitHub offers: JSON, or a form with the field `payload`. Raises Malformed."""
    if content_type.partition(";")[0].strip().casefold() != "application/x-www-form-urlencoded":
        return json_object(body)
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=10)
        return json_object(fields["payload"][0])
    except (ValueError, KeyError):
        raise Malformed("The payload is no JSON.") from None


GITHUB = Dialect(signature="x-hub-signature-256", delivery="x-github-delivery", read=_read)


def _name(repository: Any) -> str:
    name = as_mapping(repository).get("full_name")
    return name if isinstance(name, str) and _CONTAINER.fullmatch(name) else ""


def _repository(payload: Payload) -> str:
    name = _name(payload.get("repository"))
    if not name:
        raise Malformed("The payload names no repository.")
    return name


def _number(issue: Payload) -> int:
    number = issue.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**9:
        raise Malformed("The payload names no issue.")
    return number


def _labels(issue: Payload, *more: Any) -> frozenset[str] | None:
    listed = issue.get("labels")
    if not isinstance(listed, list):
        return None
    names = (as_mapping(label).get("name") for label in (*listed, *more))
    return frozenset(name for name in names if isinstance(name, str))


def _home(issue: Payload, fallback: str) -> str:
    """The repository that an issue itself names, which in `sub_issues` may be another than the payload's."""
    url = issue.get("repository_url")
    found = _API_URL.fullmatch(url) if isinstance(url, str) else None
    return found[1] if found else fallback


def _touched(container: str, issue: Payload, action: str, *more_labels: Any) -> Touched:
    return Touched(
        container=container,
        locator=f"{container}#{_number(issue)}",
        labels=_labels(issue, *more_labels),
        action=action,
    )


def _mentioned(container: str, described: Payload, action: str) -> tuple[Touched, ...]:
    """The issues that a pull request names in its title and text: it may be evidence that they are done."""
    texts = [text for text in (described.get("title"), described.get("body")) if isinstance(text, str)]
    text = "\n".join(texts)[:_TEXT_LIMIT]
    found: dict[str, Touched] = {}
    for match in sorted((*_SHORT.finditer(text), *_LONG.finditer(text)), key=lambda m: m.start()):
        repository = match["repo"] or container
        number = int(match["number"])
        if number and len(found) < MOST_MENTIONED:
            locator = f"{repository}#{number}"
            found[locator] = Touched(container=repository, locator=locator, labels=None, action=action)
    return tuple(found.values())


def _issues(payload: Payload, action: str) -> tuple[Touched, ...]:
    repository = _repository(payload)
    changes = as_mapping(payload.get("changes"))
    here = _touched(repository, as_mapping(payload.get("issue")), action, payload.get("label"))
    # A transfer is told twice: `transferred` by the old repository, `opened` by the new one.
    found = [here]
    for issue_key, repository_key in (("new_issue", "new_repository"), ("old_issue", "old_repository")):
        other, home = as_mapping(changes.get(issue_key)), _name(changes.get(repository_key))
        if other and home:
            found.append(_touched(home, other, action))
    return tuple(found)


def _issue_comment(payload: Payload, action: str) -> tuple[Touched, ...]:
    repository = _repository(payload)
    issue = as_mapping(payload.get("issue"))
    if issue.get("pull_request"):
        return _mentioned(repository, issue, action)
    return (_touched(repository, issue, action),)


def _sub_issues(payload: Payload, action: str) -> tuple[Touched, ...]:
    fallback = _name(payload.get("repository"))
    found = []
    for key in ("parent_issue", "sub_issue"):
        issue = as_mapping(payload.get(key))
        home = _home(issue, _name(payload.get(f"{key}_repo")) or fallback)
        if issue and home:
            found.append(_touched(home, issue, action))
    if not found:
        raise Malformed("The payload names neither a parent nor a sub-issue.")
    return tuple(found)


def _label(payload: Payload, action: str) -> tuple[Touched, ...]:
    before = as_mapping(as_mapping(as_mapping(payload.get("changes")).get("name"))).get("from")
    names = (as_mapping(payload.get("label")).get("name"), before)
    labels = frozenset(name for name in names if isinstance(name, str))
    return (Touched(container=_repository(payload), locator=None, labels=labels, action=action),)


def _milestone(payload: Payload, action: str) -> tuple[Touched, ...]:
    return (Touched(container=_repository(payload), locator=None, labels=None, action=action),)


def _pull_request(payload: Payload, action: str) -> tuple[Touched, ...]:
    return _mentioned(_repository(payload), as_mapping(payload.get("pull_request")), action)


def _moved_from(payload: Payload, repository: str) -> str:
    """The address that a renamed or transferred repository had before."""
    owner, _, name = repository.partition("/")
    changes = as_mapping(payload.get("changes"))
    old_name = as_mapping(as_mapping(changes.get("repository")).get("name")).get("from")
    was = as_mapping(as_mapping(changes.get("owner")).get("from"))
    old_owner = as_mapping(was.get("organization") or was.get("user")).get("login")
    before = f"{old_owner if isinstance(old_owner, str) else owner}/{old_name if isinstance(old_name, str) else name}"
    return before if before != repository and _CONTAINER.fullmatch(before) else ""


def _repository_event(payload: Payload, action: str) -> tuple[Touched, ...]:
    repository = _repository(payload)
    names = tuple(filter(None, (repository, _moved_from(payload, repository))))
    return tuple(Touched(container=name, locator=None, labels=None, action=action) for name in names)


_READERS: Mapping[str, Callable[[Payload, str], tuple[Touched, ...]]] = {
    "issues": _issues,
    "issue_comment": _issue_comment,
    "sub_issues": _sub_issues,
    "label": _label,
    "milestone": _milestone,
    "pull_request": _pull_request,
    "repository": _repository_event,
}
