"""Find who is named for an item, and hand back the item's words without the name.

A name counts where the field writes owners: before the task ("@login", "Name to do …", "**Name**"), behind it
("(name)", "— @login"), in a labelled field ("Owner: …") or over a group. Who is pinged, thanked or quoted is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from worker.domain.document.fields import part_dates
from worker.domain.document.names import COMMON, find_names, may_be_name, third_person
from worker.domain.document.signs import spell_signs
from worker.domain.words import ACRONYMS, GIVEN_NAMES, NOBODY, ROLE_WORDS, TASK_VERBS, TOPICS, word_set

_SPLIT = re.compile(
    r"\s*(?:,|;|/|&|\+|\||、|，|・|\n|<br\s*/?>|\band/or\b|\band\b|\bor\b|\bund\b|\bet\b|\by\b(?= [A-ZÀ-Ý@]))\s*"
)
# How trackers write a person behind the `@`: a login, a team with its owner, a mail address, or Jira's account id
# ("712020:8f2c-…"), whose colon must not be taken for the one behind a name.
_WHO = (
    r"(?:\d{2,12}:[A-Za-z0-9][\w-]{1,80}"
    r"|[A-Za-z0-9][\w.-]{0,60}(?:@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}|/[\w.-]{1,60})?)"
)
_MENTION = re.compile(rf"@{_WHO}")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_MENTIONS_FIRST = re.compile(
    rf"^(?P<who>@{_WHO}(?:(?:\s{{0,2}}(?:,|and|&|/|\+)\s{{0,2}}|\s)@{_WHO}){{0,8}})"
    r"\s{0,2}(?P<join>[:：,–—-]{1,2}|(?:to|will|should|shall|is going to)\b)?\s+(?=\S)"
)
_BOLD_FIRST = re.compile(r"^(?:\*\*|__)(?P<who>[^*_\n]{1,60}?)[:：]?(?:\*\*|__)[:：]?(?:\s{0,2}[–—-])?\s+(?=\S)")
_BOLD_LAST = re.compile(
    r"[\s(\[,–—-](?P<who>(?:\*\*[^*\n]{1,40}\*\*|"
    r"[A-Z]{2,3}\b)(?:\s{0,2}[/,&+]\s{0,2}(?:\*\*[^*\n]{1,40}\*\*|[A-Z][\w.-]{1,20}))"
    r"{0,6})[\s.)\]]{0,3}$"
)
_GROUP_LAST = re.compile(r"\s{0,3}[(\[（](?P<who>[^()\[\]（）]{1,100})[)\]）]\s{0,2}\.?\s{0,3}$")
_DASH_LAST = re.compile(r"\s{1,3}(?:[–—→|]|->|-{1,2})\s{0,3}(?P<who>[^\n–—→|]{2,80}?)\s{0,2}\.?$")
_MENTIONS_LAST = re.compile(
    rf"(?P<before>\S{{0,30}})\s{{1,3}}(?P<who>@{_WHO}(?:(?:\s{{0,2}}(?:,|and|&|/|\+)\s{{0,2}}|\s)@{_WHO}){{0,6}})"
    r"[\s.)]{0,3}$"
)
# "@Ingrid Solheim" at the end: tools that mention by name write all of it.
_FULL_MENTION = re.compile(
    r"(?P<before>\S{0,30})\s{1,3}@(?P<who>[^\W\d_][\w'’-]{1,30}(?: [^\W\d_a-z][\w'’-]{1,30}){1,2})\s{0,3}$"
)
_NAME = r"[A-ZÀ-ÝĀ-Ž][\w'’.-]{0,30}"
_NAME_FIRST = re.compile(
    rf"^(?P<who>{_NAME}(?: {_NAME}){{0,2}}(?:\s{{0,2}}(?:,|/|&|\+|and|und|et|y)\s{{0,2}}{_NAME}(?: "
    rf"{_NAME}){{0,2}}){{0,4}}(?: [Tt]eam| [Ss]quad)?)"
    r"(?P<join>\s{0,2}[:：]|,?\s(?:to|will|should|shall|is going to|is to)\b|\s[–—-])\s{1,3}(?P<next>\S+)"
)
# Names that the document has shown elsewhere, and addresses, count in lower case too ("yusuf and ines: …").
_KNOWN_FIRST = re.compile(
    r"^(?P<who>[\w'’.@+-]{2,60}(?:(?:, | and | & | ?/ ?)[\w'’.@+-]{2,60}){0,4})(?::|,? to| will)\s{1,3}(?=\S)"
)
_NAME_PAST = re.compile(rf"^(?P<who>{_NAME})\s(?P<verb>[a-z]{{3,20}}ed)\s")
_NAME_THIRD = re.compile(rf"^(?P<who>{_NAME}(?: {_NAME})?)\s(?P<verb>[a-z]{{2,18}}s)\s")
_TAG_FIRST = re.compile(r"^(?:\[(?P<who>[^\[\]\n]{2,40})\]|\((?P<round>[^()\n]{2,40})\))\s{0,2}:?\s+(?=\S)")
_TEAM_ENDS = frozenset({"eng", "engineering", "org", "dept", "desk", "office"})
_NOT_AFTER = word_set(
    """
ping notify page cc tell ask inform contact thank thanks to with from by via and or for of at like see per
mention email + & both
"""
)
# Whoever is told something a few words later owns nothing.
_TOLD = word_set(
    "ping notify page cc tell ask inform contact thank thanks mention email mail message see per like both"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The owners as written (without `@`), the words left, and whether the name stood in a group at the end."""

    owners: tuple[str, ...] = ()
    rest: str = ""


_WITH_LOGIN = re.compile(r"[^,;/&()@\n]{1,60}\((@[\w.:@-]{1,100})\)")  # "Ana Ruiz (@ana)": the login is the surer name
_ASSIGNED = re.compile(
    r"[\s,;(–—-]{1,3}(?:is )?(?:assigned to|owned by|owner is|to be done by|driven by|led by)\s{1,3}"
    rf"(?P<who>@{_WHO}|@?[\w][\w'’.-]{{0,30}}(?: [A-ZÀ-Ý][\w'’.-]{{0,30}}){{0,2}})\s{{0,2}}(?=[).,;]|$)[).]?",
)


# "…; Ana owns that.": the name stands in a clause of its own, and the clause stays.
_OWNS = re.compile(
    r"(?:^|[;,.–—-]\s{1,3})(?P<who>[A-ZÀ-Ý][\w'’-]{1,30}) (?:owns|will own|takes|has taken) (?:that|this|it)\b"
)
_WILL = re.compile(r"[\w,;] (?P<who>[A-ZÀ-Ý][\w'’-]{1,30}) (?:will|is to|is going to) [a-z]")
_COMMA_LAST = re.compile(r",\s{1,3}(?P<who>[A-ZÀ-Ý][\w'’-]{1,30}(?: [A-ZÀ-Ý][\w'’-]{1,30})?)\s{0,2}\.?$")
_ASIDE = re.compile(r"(?<=\S)\s{0,3}[(\[（][^()\[\]（）]{0,60}[)\]）]?$")  # "Ngozi (Data Platform)"
_LETTER = re.compile(r"[^\W_]")
_NO_OWNER = frozenset(
    {
        "tbd",
        "tba",
        "tbc",
        "to be determined",
        "to be decided",
        "to be assigned",
        "n/a",
        "na",
        "none",
        "nobody",
        "no one",
        "no owner",
        "owner needed",
        "needs owner",
        "needs an owner",
        "anyone",
        "volunteer needed",
        "unassigned",
        "not assigned",
        "unknown",
        "offen",
        "niemand",
        "personne",
        "nadie",
        "unowned",
        "vacant",
        "nobody yet",
        "none yet",
        "not yet",
        "not yet assigned",
        "to be found",
        "yet to be assigned",
        "open",
    }
)


_WHOLE_CHANNEL = frozenset({"@all", "@channel", "@everyone", "@here"})


def split_names(text: str) -> tuple[str, ...]:
    """Several owners in one cell or phrase, as written and without `@`; nobody-words, marks and blanks are left out."""
    text = _WITH_LOGIN.sub(r"\1", text[:400])
    plain = re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", text[:400])
    names = []
    for part in _SPLIT.split(plain):
        name = _ASIDE.sub("", part.strip(" .:<>")).strip(" .:()[]<>")
        if name.casefold() in _WHOLE_CHANNEL:
            continue
        name = name.lstrip("@").strip()
        if name and _LETTER.search(name) and name.casefold() not in _NO_OWNER:
            names.append(name)
    return tuple(dict.fromkeys(names))


def is_person(name: str, people: frozenset[str]) -> bool:
    """True for what is surely a person: a mention, a mail address, somebody the text names, initials, a given name."""
    bare = name.strip()
    if _MENTION.fullmatch(bare) or _MAIL.fullmatch(bare) or bare.casefold() in people:
        return True
    if len(bare) in {2, 3} and bare.isascii() and bare.isalpha() and bare.isupper():
        return bare.casefold() not in ACRONYMS and bare.casefold() not in NOBODY
    words = bare.split()
    if not 1 <= len(words) <= 3 or not all(word[:1].isupper() for word in words):
        return False
    return words[0].casefold() in GIVEN_NAMES and not any(word.casefold() in TOPICS for word in words[1:])


def is_team(name: str) -> bool:
    """True for a named team or role ("Platform team", "SRE")."""
    words = name.casefold().strip("[]").split()
    ends = words[-1:] and (words[-1] in ROLE_WORDS or (len(words) > 1 and words[-1] in _TEAM_ENDS))
    return bool(ends) and len(words) <= 4 and name.casefold() not in NOBODY


def may_head(name: str, people: frozenset[str]) -> bool:
    """True where a bold line over a group may be an owner: a person, a team, or a proper name that is no topic."""
    if is_person(name, people) or (is_team(name) and name[:1].isupper() and " " in name):
        return True
    words = name.split()
    if not 1 <= len(words) <= 2 or not all(word[:1].isupper() and word.isalpha() for word in words):
        return False
    lowered = [word.casefold() for word in words]
    if len(lowered) == 1 and lowered[0] in {"devs", "developers", "team", "everyone", "everybody", "all"}:
        return True  # nobody in particular, but meant as an owner; judging says so
    known = (TOPICS, TASK_VERBS, ACRONYMS, NOBODY, COMMON)
    topical = any(word in words for word in lowered for words in known)
    shaped = any(
        word.endswith(("ing", "tion", "tions", "ment", "ments", "ity", "ance", "ence", "ness", "al", "ed"))
        for word in lowered
    )
    return not topical and not shaped


def heads(text: str, people: frozenset[str]) -> tuple[str, ...]:
    """The owners that a group's heading names ("**Ana/Bo**"), or nothing where it names a topic."""
    names = split_names(text.strip(" :"))
    return names if names and len(names) <= 6 and all(may_head(name, people) for name in names) else ()


def _all_known(text: str, people: frozenset[str]) -> tuple[str, ...]:
    raw = [part.strip(" .:*_") for part in _SPLIT.split(text)]
    raw = [part for part in raw if part]
    if raw and all(is_person(part, people) or (is_team(part) and (" " in part or part.isupper())) for part in raw):
        return split_names(text)
    return ()


def known_names(text: str, people: frozenset[str]) -> tuple[str, ...]:
    """The owners of a segment that holds nothing but owners ("Ana / Bo", "Platform"), or nothing."""
    if text.strip()[:1].isupper() and text.strip().casefold() in ROLE_WORDS:
        return split_names(text)
    return _all_known(text, people)


def take_front(raw: str, people: frozenset[str]) -> Named | None:
    """The owners that a task opens with ("@login", "Name to do …", "Name:"), or None."""
    found = _MENTIONS_FIRST.match(raw)
    if found is not None:
        rest = raw[found.end() :]
        if found["join"] or rest[:1].isupper() or rest.split(None, 1)[0].casefold() in TASK_VERBS:
            return Named(owners=split_names(found["who"].replace(" @", ", @")), rest=rest)
    found = _BOLD_FIRST.match(raw)
    if found is not None:
        names = heads(found["who"], people)
        if names:
            return Named(owners=names, rest=raw[found.end() :])
    found = _TAG_FIRST.match(raw)
    if found is not None:
        who = found["who"] or found["round"]
        known = bool(_all_known(who, people))
        if known or (found["who"] and who.casefold() in ROLE_WORDS):
            return Named(owners=split_names(who), rest=raw[found.end() :] if known else raw)
    found = _NAME_FIRST.match(raw)
    if found is not None:
        names = _all_known(found["who"], people)
        verb = found["next"].casefold().strip("*_`,.")
        if names and (
            verb in TASK_VERBS
            or ":" in found["join"]
            or "：" in found["join"]
            or found["join"].strip() in {"to", "will"}
        ):
            return Named(owners=names, rest=raw[found.start("next") :])
    found = _KNOWN_FIRST.match(raw)
    if found is not None:
        names = split_names(found["who"])
        if names and all(name.casefold() in people or _MAIL.fullmatch(name) for name in names):
            return Named(owners=names, rest=raw[found.end() :])
    found = _NAME_PAST.match(raw)
    if found is not None and is_person(found["who"], people):
        return Named(owners=(found["who"],), rest=raw)
    found = _NAME_THIRD.match(raw)
    if found is not None and third_person(found["verb"]) and is_person(found["who"], people):
        return Named(owners=(found["who"],), rest=raw)
    return None


def _take_back(raw: str, people: frozenset[str]) -> Named | None:
    tail_at = max(0, len(raw) - 240)
    tail = raw[tail_at:]
    found = _GROUP_LAST.search(tail)
    if found is not None:
        who, dates = part_dates(found["who"])
        names = _all_known(who, people)
        if names:
            return Named(owners=names, rest=raw[: tail_at + found.start()] + (f" (due {dates})" if dates else ""))
    found = _BOLD_LAST.search(tail)
    if found is not None and "**" in found["who"]:
        names = heads(found["who"], people)
        if names:
            return Named(owners=names, rest=raw[: tail_at + found.start()])
    found = _DASH_LAST.search(tail)
    if found is not None:
        who, dates = part_dates(found["who"])
        names = _all_known(who, people)
        if names:
            return Named(owners=names, rest=raw[: tail_at + found.start()] + (f" (due {dates})" if dates else ""))
    found = _ASSIGNED.search(tail)
    if (found is not None and found["who"].lstrip("@")[:1].isupper()) or (
        found is not None and found["who"].startswith("@")
    ):
        rest = raw[: tail_at + found.start()] + (")" if "(" in tail[: found.start()] else "") + tail[found.end() :]
        return Named(owners=split_names(found["who"]), rest=rest)
    found = _OWNS.search(tail)
    if found is not None:
        return Named(owners=(found["who"],), rest=raw)
    found = _COMMA_LAST.search(tail)
    if found is not None and found["who"].casefold() in people and " and " not in tail[found.start() :]:
        return Named(owners=(found["who"],), rest=raw[: tail_at + found.start()])
    found = _FULL_MENTION.search(tail)
    if found is not None and found["who"][:1].isupper() and found["before"].casefold().strip("(,*_") not in _NOT_AFTER:
        return Named(owners=(found["who"],), rest=raw[: tail_at + found.start("who") - 1])
    found = _MENTIONS_LAST.search(tail)
    if found is not None and found["before"].casefold().strip("(,*_") not in _NOT_AFTER:
        before = tail[: found.start("who")].split()[-4:]
        if not any(word.casefold().strip("(,.") in _TOLD for word in before):
            return Named(
                owners=split_names(found["who"].replace(" @", ", @")), rest=raw[: tail_at + found.start("who")]
            )
    return None


def take_owners(raw: str, people: frozenset[str]) -> Named:
    """The owners that an item's own text names, before or behind the task, and the text without them."""
    found = take_front(raw, people) or _take_back(raw, people)
    if found is None:
        will = _WILL.search(raw[:300])
        if will is not None and is_person(will["who"], people):
            found = Named(owners=(will["who"],), rest=raw)
    return found if found is not None else Named(rest=raw)


_PEOPLE_LINE = re.compile(
    r"(?m)^[ \t>*_#-]{0,6}(?:authors?|participants?|attendees|owners?|responders?|on-?call|incident "
    r"commander|ic|scribe|facilitator|"
    r"people involved|reviewers?|present|moderators?|hosts?|incident (?:lead|manager|owner|response lead)s?|"
    r"comms?(?: lead)?|"
    r"(?:written|prepared|reported|facilitated) by|reporter|from|post-?mortem owner|teilnehmer|verantwortlich|"
    r"participantes|"
    r"作成者)[*_]{0,3}\s{0,2}[:：][*_]{0,3}\s{0,2}(?P<who>[^\n]{2,300})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[ \t]?<[\w.+-]{1,64}@[\w.-]{1,100}>")
_ACTOR = re.compile(
    r"(?<![\w./@-])(?P<who>[A-Z][a-z]{1,15}|[A-Z]{2,3}) (?:suggest(?:s|ed)|ask(?:s|ed)|notic(?:es|ed)|"
    r"report(?:s|ed)|says|said|messaged|pinged"
    r"|join(?:s|ed)|confirm(?:s|ed)|emailed|thinks|thought|agree[sd]?|decided|signal(?:s|led)|mention(?:s|"
    r"ed)|investigated|acknowledged|announced)\b"
)


# A log line: "16.06 AC rolled back", "14:38 JP: it does". Initials only, because any word may follow a time.
_LOGGED = re.compile(
    r"(?m)^[ \t>*_|-]{0,6}\d{1,2}[.:]\d{2}(?:\s?[AaPp][Mm])?[*_|]{0,3}\s{1,3}(?P<who>[A-Z]{2,3})(?=[\s:])"
)


@lru_cache(maxsize=1)  # asked by the reader and by the judge of wording, of the same text
def find_people(text: str) -> frozenset[str]:
    """Lower-case names that the document itself shows as people: authors, mentions, who said or did something."""
    text = spell_signs(text)
    names: set[str] = set()
    for found in _PEOPLE_LINE.finditer(text):
        for name in split_names(_ADDRESS.sub("", found["who"])):
            if len(name) < 40:
                names.add(name.casefold())
                first, _, more = name.partition(" ")
                if more and may_be_name(name):
                    names.add(first.casefold())
    names.update(found.group().lstrip("@").casefold() for found in _MENTION.finditer(text))
    for found in _LOGGED.finditer(text):
        names.add(found["who"].casefold())
    names -= ACRONYMS
    for found in _ACTOR.finditer(text):
        word = found["who"].casefold()
        if word not in TOPICS and word not in ACRONYMS and word not in TASK_VERBS and word not in _PRONOUNS:
            names.add(word)
    names |= find_names(text)
    return frozenset(name for name in names if name not in NOBODY)


_PRONOUNS = word_set(
    """
we they he she it you users user customers customer someone somebody everyone admin admins the this who
"""
)
