"""Spell out the signs by which people part an item from its owner or its date: entities, rows of dots, emoji."""

from __future__ import annotations

import re

# `&lt;` and `&amp;` stay what they are: they part nothing.
_SIGNS = {"&mdash;": "—", "&ndash;": "–", "&nbsp;": " ", "&rsquo;": "’", "&rarr;": "→", "&middot;": "·", "&bull;": "•"}
_ENTITY = re.compile("|".join(_SIGNS))
_DOTS = re.compile(r"(?m)[ \t]{1,3}(?:\.{4,80}|…{1,40}|·{4,80}|_{4,80})[ \t]{1,3}(?=\S[^\n]{0,60}$)")
_ROWS = ("....", "…", "·", "____")


def spell_entities(text: str) -> str:
    """HTML's names of dashes, arrows and blanks as the signs themselves."""
    return _ENTITY.sub(lambda found: _SIGNS[found.group()], text) if "&" in text else text


def spell_signs(text: str) -> str:
    """The same, with a row of dots before the end of a line ("do it ..... Ana") as a dash."""
    spelled = spell_entities(text)
    return _DOTS.sub(" — ", spelled) if any(row in spelled for row in _ROWS) else spelled
