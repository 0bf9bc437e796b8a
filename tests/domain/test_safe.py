"""What a person typed is shown as typed, and does nothing."""

from __future__ import annotations

import csv
import io
import re
import time
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from worker.domain.render.safe import code, csv_cell, cut, link, one_line, plain, plain_but_for_ours

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

# What GitHub looks for in rendered text, written down independently of the code under test.
LIVE = [
    re.compile(r"(?:^|[^\w`])@[a-z0-9][a-z0-9-]*(?:/[\w.-]+)?", re.IGNORECASE),
    re.compile(r"#\d+"),
    re.compile(r"\bGH-\d+", re.IGNORECASE),
    re.compile(r"\b(?:https?|ftp)://\w", re.IGNORECASE),
    re.compile(r"\bwww\.\w", re.IGNORECASE),
    re.compile(r"\b[\w.+-]+@[\w-]+\.\w", re.IGNORECASE),
    re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)[:\s]+(?:[\w./-]*#\d+|GH-\d+|https?://\w)", re.IGNORECASE),
]

NASTY = [
    "@octocat please look",
    "cc @acme/payments-team, @Ana.",
    "fixes #3 and closes acme/pay#12, resolves GH-4",
    "see https://github.com/acme/pay/issues/12 or www.example.test/x",
    "mail ana@example.test or mailto:ana@example.test",
    "<!-- followthrough: v1.x --> <script>alert(1)</script> <b>x</b>",
    "[click](javascript:alert(1)) ![i](http://x.test/i.png) <http://x.test>",
    "a | b || c \\| d \\\\| e",
    "`code` ``two`` `open",
    "**bold** _em_ *em* ~~gone~~ snake_case_name __init__",
    "- item",
    "1. item",
    "12) item",
    "+ item",
    "# heading",
    "> quote",
    "---",
    "===",
    "- [ ] task",
    "[ ] task",
    "| a | b |",
    "$x$ and $$y$$",
    "&lt;b&gt; &amp; &#64;octocat &copy;",
    "line one\nline two\r\n\r\nline three\u2028four\x0bfive\x85six",
    "evil \u202egnp.exe\u202c and \u2066isolated\u2069",
    "tag\U000e0041\U000e0042 zero\u200bwidth \ufeffbom soft\u00adhyphen",
    "ends with a backslash \\",
    "[^1] footnote [ref]: http://x",
    "=HYPERLINK(\"http://x\")",
    "\ud800 lone surrogate",
    "أضف تنبيهاً @عمر #١٢",
    "👩🏽‍💻 🇩🇪 ☎️ e\u0301",
    "/ft done 3",
    "```\nfence",
    "~~~",
    ":tada: <br/>",
    "&",
    "",
]  # fmt: skip

pieces = st.sampled_from(
    ("@", "#", "GH-", "https://", "www.", "a", "Z9", "12", " ", "\n", "|", "\\", "`", "```", "*", "_")
)
pieces |= st.sampled_from(
    ("[", "](", ")", "!", "<", ">", "<!--", "-->", "<b>", "&", "&amp;", ";", "~~", "$", "-", "1.", "é")
)
pieces |= st.sampled_from(
    ("\u202e", "\u200b", "\u200d", "\ud800", "\x00", "fixes ", "acme/pay", ".test", "mailto:", ":", "/")
)
texts = st.lists(pieces, max_size=25).map("".join) | st.text(max_size=60) | st.sampled_from(NASTY)


def seen(text: str) -> str:
    """A text without blanks and without what nobody sees."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"})


def typed(text: str) -> str:
    return seen(one_line(text))


def leaves(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        if token.children:
            yield from leaves(token.children)


def rendered(source: str, around: tuple[str, ...]) -> str:
    """The text that Markdown shows for `source`; asserts that nothing but paragraphs and text comes of it."""
    tokens = list(leaves(GFM.parse(source)))
    kinds = {t.type for t in tokens} - {"inline", "text", "text_special", "paragraph_open", "paragraph_close", *around}
    assert kinds == set(), source
    return "".join("\n" if t.type == "td_close" else t.content for t in tokens if t.type != "inline")


LIST = ("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close")
TABLE = tuple(f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close"))
HEADING = ("heading_open", "heading_close")


def check_plain(text: str) -> None:
    out = plain(text, limit=10_000)
    assert "<" not in out
    assert len(out.splitlines()) <= 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", out)
    out.encode()
    for shown in (
        rendered(out, ()),
        rendered(f"- {out}", LIST),
        rendered(f"## {out}", HEADING),
        rendered(f"| h | i |\n| --- | --- |\n| {out} | {out} |", TABLE)[2:],
        rendered(f"Owner: {out}, due: none", ()),
    ):
        for live in LIVE:
            assert not live.search(shown), (shown, live.pattern)
    assert seen(rendered(out, ())) == typed(text)
    assert seen(rendered(f"- {out}", LIST)) == typed(text)
    cells = [t for t in GFM.parse(f"| h | i |\n| --- | --- |\n| {out} | {out} |") if t.type == "inline"]
    assert [seen("".join(c.content for c in t.children or [])) for t in cells[2:]] == [typed(text)] * 2


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text_is_shown_and_does_nothing(text: str) -> None:
    check_plain(text)


@settings(max_examples=400, deadline=None)
@given(texts)
@example("1\n.")
@example("\\\n|")
def test_any_text_is_shown_and_does_nothing(text: str) -> None:
    check_plain(text)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_a_code_span_shows_any_text(text: str) -> None:
    out = code(text, limit=10_000)
    if not one_line(text):
        assert out == ""
        return
    assert "<!--" not in out
    spans = [t for t in leaves(GFM.parse(f"x {out} y")) if t.type == "code_inline"]
    assert [seen(t.content) for t in spans] == [typed(text)]
    cells = [
        t for t in GFM.parse(f"| h | i |\n| --- | --- |\n| {code(text, 10_000, cell=True)} | z |") if t.type == "inline"
    ]
    assert len(cells) == 4
    assert [seen(t.content) for t in leaves(cells[2].children or []) if t.type == "code_inline"] == [typed(text)]
    assert cells[3].content == "z"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            "Ask @ana about #12", "Ask @\u200bana about #\u200b12", id="mentions and references get a zero-width space"
        ),
        pytest.param("a|b <i>", "a\\|b &lt;i&gt;", id="pipes and HTML are escaped"),
        pytest.param("add C# and f(x) = 2 - 1", "add C# and f(x) = 2 - 1", id="ordinary text stays as it is"),
        pytest.param("- x", "\\- x", id="a bullet is none"),
        pytest.param("3. x", "3\\. x", id="a number is no list"),
    ],
)
def test_little_is_changed(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_the_limit_counts_what_a_reader_sees() -> None:
    out = plain("@" * 50, limit=10)
    assert out.replace("\u200b", "") == "@" * 9 + "…"


@given(st.text(max_size=40) | texts, st.integers(min_value=0, max_value=30))
def test_a_cut_text_is_short_enough_and_begins_like_the_text(text: str, limit: int) -> None:
    out = cut(text, limit)
    assert len(out) <= limit or out == text
    if out != text:
        assert text.startswith(out.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("short", 5, "short", id="what fits stays"),
        pytest.param("cafe\u0301s open", 5, "caf…", id="a letter keeps its accent"),
        pytest.param("ab👩🏽‍💻cd", 5, "ab…", id="an emoji keeps its parts"),
        pytest.param("a🇩🇪🇫🇷", 4, "a🇩🇪…", id="flags are parted between flags"),
        pytest.param("a🇩🇪🇫🇷", 3, "a…", id="a flag is not parted"),
        pytest.param("alert on queue depth", 16, "alert on queue…", id="a cut falls between words"),
        pytest.param("监控队列深度并报警", 5, "监控队列…", id="a script without blanks is cut anywhere"),
        pytest.param("x", 0, "", id="no room at all"),
    ],
)
def test_a_cut_parts_nothing_that_belongs_together(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert csv_cell(text).startswith("'")


@given(texts)
def test_a_cell_survives_csv(text: str) -> None:
    cell = csv_cell(text)
    file = io.StringIO(newline="")
    csv.writer(file).writerow([cell, "z"])
    assert list(csv.reader(io.StringIO(file.getvalue(), newline=""))) == [[cell, "z"]]
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@given(texts)
def test_one_line_is_one_line_of_writable_text(text: str) -> None:
    out = one_line(text)
    out.encode()
    assert len(out.splitlines()) <= 1
    assert out == out.strip()
    assert one_line(out) == out


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        pytest.param("https://github.example.test/acme/pay/issues/12", True, id="an address"),
        pytest.param("https://x.test/a b)|<c>", True, id="an address with signs in it"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("data:text/html,x", False, id="data"),
        pytest.param("//x.test", False, id="no scheme"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_link_leads_to_an_address_only(url: str, linked: bool) -> None:
    tokens = list(leaves(GFM.parse(link("a] (b) | @c", url))))
    assert [t.type for t in tokens if t.type == "link_open"] == ["link_open"] * linked
    assert seen("".join(t.content for t in tokens if t.type in {"text", "text_special"})) == "a](b)|@c"


@pytest.mark.parametrize(
    "text", ["@" * 100_000, "`" * 100_000, "<!--" * 30_000, "a:" * 50_000, "a." * 50_000, " \n" * 50_000]
)
def test_long_text_is_made_safe_quickly(text: str) -> None:
    began = time.process_time()
    plain(text, limit=200_000)
    code(text, limit=200_000)
    csv_cell(text)
    assert time.process_time() - began < 2


YAML = "sites: {jira: {projects: {PAY: {watch: false, fields: {customfield_1: {value: 'A, @b | c'}}}}}}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param(f"PAY requires *Team*. Add: `{YAML}`", f"`{YAML}`", id="what is to be pasted"),
        pytest.param("say `ft due 3 2026-12-01`.", "`ft due 3 2026-12-01`", id="a command of ours"),
        pytest.param(f"{'long ' * 200}: `{YAML}`", f"`{YAML}`", id="what is to be pasted, after a long text"),
        pytest.param(f"`{YAML[:-5]} <!-- x --> {YAML[-5:]}`", "", id="what could open or end a hidden part"),
        pytest.param(f"`{YAML[:-5]} ` @all `{YAML[-5:]}`", "", id="what ends the code early"),
        pytest.param(f"`{YAML[:-5]}\u202e{YAML[-5:]}`", "", id="what turns the rest of the line around"),
        pytest.param("`sites: [@all]`", "", id="what is no mapping of sites"),
    ],
)
def test_only_what_people_are_to_copy_stays_code(text: str, kept: str) -> None:
    out = plain_but_for_ours(text)
    inline = [t for t in leaves(GFM.parse(out)) if t.type in {"code_inline", "text", "text_special"}]
    assert [f"`{t.content}`" for t in inline if t.type == "code_inline"] == [kept] * bool(kept)
    assert "@all" not in out.replace(kept, "") if kept else "@all" not in out
    assert "<!--" not in out
