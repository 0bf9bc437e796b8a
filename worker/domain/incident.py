"""What do an issue's labels and fields say about its incident: how severe was it, and who may hear of it?

Pure. A label is compared without case and without the signs between its words, so that `SEV-1`, `sev 1` and `sev:1` are
one. Where several labels name a severity, the worst counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from worker.domain.model import Issue
from worker.domain.policy import Policy

_NAMES = ("incidentseverity", "severity", "sev", "impact")
"""What a label may call its group, in front of the severity's own name: `severity/critical`, `severity-1`."""


def severity_of(issue: Issue, policy: Policy) -> str:
    """The incident's severity as a priority (P0 to P3) by the policy's map: that of the tracker's field, else of the
    labels; "" where nothing tells."""
    known = {_plain(word): priority.upper() for word, priority in policy.severities.items()}
    for words in ((issue.severity,) if issue.severity else (), issue.labels):
        found = {known[form] for word in words for form in _forms(word) if form in known}
        if found:
            return min(found)
    return ""


def is_confidential(issue: Issue, policy: Policy) -> bool:
    """Whether the issue's words and people stay on its own tracker: it carries a label that says so, or its tracker
    shows it to some people only."""
    labels = {label.casefold() for label in policy.confidential_labels}
    return issue.restricted or any(label.casefold() in labels for label in issue.labels)


def _forms(word: str) -> Iterator[str]:
    """The ways in which a written severity may stand in the policy's map."""
    plain = _plain(word)
    yield plain
    for name in _NAMES:
        rest = plain.removeprefix(name)
        if rest and rest != plain:
            yield rest
            yield f"sev{rest}"


def _plain(word: str) -> str:
    return "".join(sign for sign in word.casefold() if sign.isalnum())
