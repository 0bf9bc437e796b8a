"""Read JQL: text to a tree of clauses and an order. Pure; knows no field and no issue.

NOT is pushed down to the operators, as Jira does: `NOT labels = x` is `labels != x`, which an issue without labels does
not match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RESERVED = frozenset("{}*/%+^$#@?;")
KEYWORDS = frozenset({"and", "or", "not", "in", "is", "was", "changed", "order", "by", "empty", "null", "asc", "desc"})
OPPOSITE = {
    "=": "!=",
    "!=": "=",
    "~": "!~",
    "!~": "~",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", "'": "'", '"': '"', " ": " "}
_SIGNS = re.compile(r"!=|!~|<=|>=|&&|\|\||[=~<>()\[\],!]")


class JqlError(Exception):
    """The query is not JQL, or asks for what is not there. The arguments are Jira's messages, one or several."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text. `kind` is word, text (was in quotes), sign or end; `at` counts characters from 1."""

    kind: str
    text: str
    line: int
    at: int


@dataclass(frozen=True, slots=True)
class Value:
    """An operand. `kind` is literal, empty or function; `args` are a function's."""

    kind: str
    text: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: a field (lower case), an operator, and one value or, after `in`, several."""

    field: str
    written: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that hold all together (`every`), or of which one holds."""

    every: bool
    parts: tuple[Clause | Group, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. `where` is None for one that restricts nothing; `order` has fields and whether they descend."""

    where: Clause | Group | None
    order: tuple[tuple[str, bool | None], ...]


def parse(text: str) -> Query:
    """Return the tree of a query. Raises JqlError."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
        sign = text[at]
        if sign.isspace():
            at += 1
        elif sign in "\"'":
            value, at = _quoted(text, at, line, column)
            tokens.append(Token("text", value, line, column))
        elif found := _SIGNS.match(text, at):
            tokens.append(Token("sign", found.group(), line, column))
            at = found.end()
        else:
            start = at
            while at < len(text) and not text[at].isspace() and text[at] not in "=~<>()[],!&|\"'":
                if text[at] in RESERVED:
                    raise _reserved(text[at], line, column + at - start)
                at += 1
            if at == start:
                raise _reserved(text[at], line, column)
            tokens.append(Token("word", text[start:at], line, column))
    tokens.append(Token("end", "", text.count("\n") + 1, at - text.rfind("\n")))
    return tokens


def _reserved(sign: str, line: int, at: int) -> JqlError:
    return JqlError(
        f"Error in the JQL Query: The character '{sign}' is a reserved JQL character. You must enclose it in a string "
        f"or use the escape '\\u{ord(sign):04x}' instead. (line {line}, character {at})"
    )


def _quoted(text: str, start: int, line: int, column: int) -> tuple[str, int]:
    quote, at = text[start], start + 1
    value: list[str] = []
    while at < len(text) and text[at] != quote:
        if text[at] != "\\":
            value.append(text[at])
            at += 1
            continue
        sign = text[at + 1 : at + 2]
        code = text[at + 2 : at + 6]
        if sign == "u" and len(code) == 4 and all(c in "0123456789abcdefABCDEF" for c in code):
            value.append(chr(int(code, 16)))
            at += 6
        elif sign in _ESCAPES:
            value.append(_ESCAPES[sign])
            at += 2
        else:
            raise JqlError(
                f"Error in the JQL Query: '\\{sign}' is an illegal JQL escape sequence. The valid escape sequences are "
                f"\\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX. (line {line}, character {column + at - start})"
            )
    if at >= len(text):
        raise JqlError(
            f"Error in the JQL Query: The quoted string '{text[start + 1 :]}' has not been completed. "
            f"(line {line}, character {column})"
        )
    return "".join(value), at + 1


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        where = None
        if not self._is_word("order") and self._next.kind != "end":
            where = self._any(negated=False)
        order = self._order() if self._is_word("order") else ()
        if self._next.kind != "end":
            raise self._fail("Expecting either 'OR' or 'AND' but got")
        return Query(where, order)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _is_word(self, *words: str) -> bool:
        return self._next.kind == "word" and self._next.text.lower() in words

    def _is_sign(self, *signs: str) -> bool:
        return self._next.kind == "sign" and self._next.text in signs

    def _fail(self, words: str) -> JqlError:
        token = self._next
        if token.kind == "end":
            start = words.removesuffix(" but got")
            return JqlError(f"Error in the JQL Query: {start} before the end of the query.")
        place = f"(line {token.line}, character {token.at})"
        return JqlError(f"Error in the JQL Query: {words} '{token.text}'. {place}")

    def _any(self, *, negated: bool) -> Clause | Group:
        parts = [self._all(negated=negated)]
        while self._is_word("or") or self._is_sign("||"):
            self._take()
            parts.append(self._all(negated=negated))
        return parts[0] if len(parts) == 1 else Group(negated, tuple(parts))

    def _all(self, *, negated: bool) -> Clause | Group:
        parts = [self._one(negated=negated)]
        while self._is_word("and") or self._is_sign("&&"):
            self._take()
            parts.append(self._one(negated=negated))
        return parts[0] if len(parts) == 1 else Group(not negated, tuple(parts))

    def _one(self, *, negated: bool) -> Clause | Group:
        if self._is_word("not") or self._is_sign("!"):
            self._take()
            return self._one(negated=not negated)
        if self._is_sign("("):
            self._take()
            inner = self._any(negated=negated)
            if not self._is_sign(")"):
                raise self._fail("Expecting ')' but got")
            self._take()
            return inner
        return self._clause(negated=negated)

    def _clause(self, *, negated: bool) -> Clause:
        name = self._field()
        operator = self._operator()
        values = self._operands(operator)
        return Clause(name.lower(), name, OPPOSITE[operator] if negated else operator, values)

    def _field(self) -> str:
        if self._next.kind not in {"word", "text"} or self._is_word(*KEYWORDS):
            raise self._fail("Expecting a field name but got")
        name = self._take().text
        while self._is_sign("["):
            self._take()
            if self._next.kind == "end":
                raise self._fail("Expecting ']' but got")
            inner = self._take().text
            if not self._is_sign("]"):
                raise self._fail("Expecting ']' but got")
            self._take()
            name += f"[{inner}]"
            if self._next.kind == "word" and self._next.text.startswith("."):
                name += self._take().text
        return name

    def _operator(self) -> str:
        if self._is_sign("=", "!=", "~", "!~", "<", "<=", ">", ">="):
            return self._take().text
        if self._is_word("in"):
            self._take()
            return "in"
        if self._is_word("is"):
            self._take()
            if self._is_word("not"):
                self._take()
                return "is not"
            return "is"
        if self._is_word("not") and self._tokens[self._at + 1].text.lower() == "in":
            self._at += 2
            return "not in"
        raise self._fail(
            "Expecting operator but got. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', "
            "'NOT IN', 'IS' and 'IS NOT': found"
        )

    def _operands(self, operator: str) -> tuple[Value, ...]:
        if operator not in {"in", "not in"} or not self._is_sign("("):
            value = self._value()
            if operator in {"in", "not in"} and value.kind != "function":
                raise JqlError(f"Operator '{operator}' does not support the non-list value '{value.text}'.")
            return (value,)
        self._take()
        values = [self._value()]
        while self._is_sign(","):
            self._take()
            values.append(self._value())
        if not self._is_sign(")"):
            raise self._fail("Expecting either ',' or ')' but got")
        self._take()
        return tuple(values)

    def _value(self) -> Value:
        if self._next.kind not in {"word", "text"}:
            raise self._fail("Expecting either a value, list or function but got")
        if self._is_word("empty", "null"):
            self._take()
            return Value("empty", "EMPTY")
        if self._is_word(*KEYWORDS):
            raise self._fail("Expecting either a value, list or function, a reserved word needs quotation marks:")
        token = self._take()
        if token.kind == "text" or not self._is_sign("("):
            return Value("literal", token.text)
        self._take()
        args: list[str] = []
        while not self._is_sign(")"):
            if self._next.kind not in {"word", "text"}:
                raise self._fail("Expecting a function's argument but got")
            args.append(self._take().text)
            if self._is_sign(","):
                self._take()
        self._take()
        return Value("function", token.text, tuple(args))

    def _order(self) -> tuple[tuple[str, bool | None], ...]:
        self._take()
        if not self._is_word("by"):
            raise self._fail("Expecting 'BY' but got")
        self._take()
        found: list[tuple[str, bool | None]] = []
        while True:
            name = self._field()
            direction = self._take().text.lower() == "desc" if self._is_word("asc", "desc") else None
            found.append((name, direction))
            if not self._is_sign(","):
                return tuple(found)
            self._take()
