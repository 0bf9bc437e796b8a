"""Find the tracker references that a text names, as written: `owner/repo#n`, `#n`, `ABC-123` or an address."""

from __future__ import annotations

import re
from collections.abc import Iterable

from worker.domain.model import IssueRef
from worker.domain.words import word_set

_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]（）、。]{4,1000}")
_TRACKER = re.compile(
    r"/(?:issues|pull|pulls|merge_requests|work_items|_workitems/edit)/\d+|/browse/[A-Z][A-Z0-9_]*-\d+|"
    r"trello\.com/c/\w+"
    r"|show_bug\.cgi\?id=\d+|bugzilla|/issue/[A-Z][A-Z0-9]*-\d+|phabricator\.\S{1,80}/T\d+|"
    r"app\.asana\.com/\S{0,60}\d{6,}"
    r"|app\.shortcut\.com/\S{0,60}/story/\d+|/tickets?/\d+"
)
_PULL = re.compile(r"/(?:pull|pulls|merge_requests)/\d+")
_GITHUB = re.compile(r"https?://[^/\s]{3,80}/([\w.-]{1,80}/[\w.-]{1,100})/(?:issues|pull)/(\d{1,9})")
_SHORT = re.compile(r"(?<![\w/&#-])(?:([\w.-]{1,40}/[\w.-]{1,100}))?#(\d{1,7})(?![\w-])")
_KEY = re.compile(r"(?<![\w/.-])([A-Z][A-Z0-9]{1,9}-\d{1,7})(?![\w-]|\.\d)")
_NO_PROJECTS = word_set(
    """
ADR AES AI AP ARM BASE BIP CAPA CC CERT CLASS CVE COVID CP CWE DIN EIP EN ECMA ERR FIPS GDPR GHSA HIPAA HTTP2 ICD
IDE IEC INC
JEP JSR KEP LTE MD MIT NIST OWASP PEP PCI POSIX PSR REV RHEL RSA SCSI SP SQL SSL USB VLAN WCAG XML EU GPT GMT HTTP
HTTPS IEEE IP IPV ISO LAYER PR RFC SEV SHA SLA TCP TLS UTC UTF
X WAL US Q PHASE STEP PART LEVEL TIER TYPE H
"""
)
# Phabricator writes its tasks so.
_TASK = re.compile(r"(?<![\w/.:-])(T\d{5,7})(?![\w-]|\.\d)")
_ELSEWHERE = re.compile(
    r"\b(?:block(?:ed|ing)|depends?|depending|caus\w+|introduced|regress\w+|since|like|similar|related|duplicate\w*"
    r"|revert\w*|broken|see also|as in|due to|because)\b[^.;]{0,25}$",
    re.IGNORECASE,
)


def find_refs(text: str, links: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The references in the order of links first, then text; each once. `text` is plain, `links` are (label, address).

    A label such as `#365` beside an address that ends in 365 is the same reference and is left out.
    """
    found: list[str] = []
    numbers: set[str] = set()

    def take(ref: str, number: str) -> None:
        if ref not in found:
            found.append(ref)
            numbers.add(number)

    addresses = [address for _, address in links]
    bare = [found_url.group().rstrip(".,;:!?)*_") for found_url in _URL.finditer(text)]
    for address in (*addresses, *bare):
        hit = _TRACKER.search(address)
        if hit is not None:
            take(address, hit.group().rpartition("/")[2])
    rest = _URL.sub(" ", text)
    for short in _SHORT.finditer(rest):
        if short[2] not in numbers:
            take(short.group(), short[2])
    for key in _KEY.finditer(rest):
        if key[1] not in numbers and is_key(key[1]):
            take(key[1], key[1])
    for task in _TASK.finditer(rest):
        if task[1] not in numbers:
            take(task[1], task[1])
    return tuple(found)


def is_key(word: str) -> bool:
    """True for a tracker's key such as `ABC-123`; not for standards (`UTF-8`), years, or numbers with leading zeros."""
    project, _, number = word.partition("-")
    return len(project) > 1 and project not in _NO_PROJECTS and not number.startswith("0")


def is_pull_request(ref: str) -> bool:
    """True for an address of a pull or merge request, which is evidence and never the item's own issue."""
    return bool(_PULL.search(ref))


def names_itself(ref: str, near: IssueRef | None) -> bool:
    """True where `ref` is the post-mortem `near` itself."""
    if near is None:
        return False
    address = _GITHUB.match(ref)
    locator = f"{address[1]}#{address[2]}" if address else ref.rpartition("/browse/")[2]
    wanted = near.locator.casefold()
    return locator.casefold() in {wanted, f"#{near.number}" if "#" in near.locator else wanted}


def points_elsewhere(text: str, ref: str) -> bool:
    """True where the words before the reference say that it is another matter ("blocked on #3", "since ABC-1")."""
    at = text.find(ref)
    if at < 0:
        number = re.search(r"\d+$", ref)
        at = text.find(number.group()) if number else -1
    return at > 0 and bool(_ELSEWHERE.search(text[max(0, at - 60) : at].rstrip("#( [")))


def without_refs(text: str) -> str:
    """The text without addresses, for asking whether any words of its own are left."""
    return _KEY.sub(" ", _TASK.sub(" ", _SHORT.sub(" ", _URL.sub(" ", text))))
