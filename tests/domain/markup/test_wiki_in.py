"""Jira wiki text becomes Markdown that says the same, on the lines that it was typed on."""

import random
import re

import pytest

from worker.domain.markup import wiki_plain, wiki_to_markdown


@pytest.mark.parametrize(
    ("wiki", "markdown"),
    [
        pytest.param("h1. Title", "# Title", id="a heading"),
        pytest.param("h6. Small", "###### Small", id="the smallest heading"),
        pytest.param("h7. No", "h7. No", id="a heading that Jira has not"),
        pytest.param("*bold* and _em_", "**bold** and _em_", id="bold and italic"),
        pytest.param("-gone- +new+ x^2^ H~2~O", "~~gone~~ new x^2^ H~2~O", id="phrases begin and end at words"),
        pytest.param("E ^2^ ~x~", "E <sup>2</sup> <sub>x</sub>", id="raised and lowered text"),
        pytest.param("H{~}2{~}O", "H<sub>2</sub>O", id="a phrase within a word takes braces"),
        pytest.param(
            "2 * 3 * 4, a-b, snake_case_name", "2 * 3 * 4, a-b, snake_case_name", id="signs that mark nothing"
        ),
        pytest.param("**not bold**", "&#42;&#42;not bold&#42;&#42;", id="Markdown's own bold is text in Jira"),
        pytest.param("??cited??", "_cited_", id="a citation"),
        pytest.param("{{a *b* `c`}}", "`` a *b* `c` ``", id="monospaced text is code"),
        pytest.param("{{open", "{{open", id="monospaced text that is never closed"),
        pytest.param(r"\{panel\} \[x\] \*y\*", "{panel} [x] &#42;y&#42;", id="escaped signs are text"),
        pytest.param(r"C:\temp\new", r"C:\temp\new", id="a backslash before a letter is itself"),
        pytest.param(r"one\\two", "one<br>two", id="a forced line break"),
        pytest.param("one\\\\\ntwo", "one\ntwo", id="a forced line break at the end of a line"),
        pytest.param("[OPS-1|https://x.org/browse/OPS-1]", "[OPS-1](https://x.org/browse/OPS-1)", id="a link"),
        pytest.param("[a|https://x.org/b|smart-link]", "[a](https://x.org/b)", id="a smart link"),
        pytest.param("[https://x.org/a]", "<https://x.org/a>", id="a bare link"),
        pytest.param("see https://x.org/a_b-c-d", "see https://x.org/a_b-c-d", id="an address in the text"),
        pytest.param("[~j.smith] [~jane@x.org]", "@j.smith @jane@x.org", id="mentions by name"),
        pytest.param("[~accountid:712020:ab-c]", "@712020:ab-c", id="a mention by account"),
        pytest.param("[#there] [up|#top] [^log.txt]", "there up log.txt", id="anchors and attachments are their words"),
        pytest.param("[P1] fix [draft|later]", "[P1] fix [draft|later]", id="brackets that are no link"),
        pytest.param("[a](https://x.org)", "[a&#93;(https://x.org)", id="a Markdown link is text in Jira"),
        pytest.param("a !pic.png|thumbnail! b! Wow!", "a  b! Wow!", id="pictures are nothing"),
        pytest.param("{color:red}hot{color}", "hot", id="colours are nothing"),
        pytest.param("{status:colour=Green|title=Done}", "Done", id="a lozenge is its words"),
        pytest.param("{jira:key=OPS-7}", "OPS-7", id="an issue macro is its key"),
        pytest.param("/users/{id}/x", "/users/{id}/x", id="braces that are no macro"),
        pytest.param("f(x) and (x) and (/)", "f(x) and ❌ and ✅", id="signs in brackets"),
        pytest.param("----", "***", id="a ruler that underlines nothing"),
        pytest.param("a\n----", "a\n***", id="a ruler right below a line"),
        pytest.param("bq. words", "> words", id="a quoted line"),
        pytest.param("{quote}\na\n{quote}\nb", "\n> a\n\nb", id="a quote ends where it ends"),
        pytest.param("{quote}\na", "\na", id="a quote that never ends quotes nothing"),
        pytest.param("* a\n** b\n*# c\n* d", "- a\n  - b\n  1. c\n- d", id="nested lists"),
        pytest.param("# a\n## b\n# c", "1. a\n   1. b\n2. c", id="numbered lists"),
        pytest.param("- a\n- b", "- a\n- b", id="dashes make a list"),
        pytest.param("*** deep", "- deep", id="a list that begins too deep"),
        pytest.param("* a\nmore", "- a\n  more", id="a further line of an item"),
        pytest.param("* (/) a\n* (x) b", "- [x] a\n- [ ] b", id="ticks and crosses before an item"),
        pytest.param("* [x] a\n* [ ] b\n* [] c", "- [x] a\n- [ ] b\n- [ ] c", id="boxes before an item"),
        pytest.param("1. a\n2. b", "1. a\n2. b", id="numbers typed by hand are a list"),
        pytest.param("#5 is\n+ b\n> c", "#5 is\n&#43; b\n&gt; c", id="Markdown's own signs are text"),
        pytest.param("a\n===", "a\n&#61;==", id="an underline is no heading"),
        pytest.param("<b>x</b> &copy; a&b", "&lt;b>x&lt;/b> &amp;copy; a&b", id="HTML is text"),
        pytest.param("```\nx", "&#96;&#96;&#96;\nx", id="a fence is text"),
        pytest.param("{code:java}\na\n{code}\nb", "```\na\n```\nb", id="a code block"),
        pytest.param("{code}\n```\n{code}", "````\n```\n````", id="a code block with a fence in it"),
        pytest.param("a {code}b{code} c", "a `b` c", id="code on one line"),
        pytest.param("{noformat}\n* a {code}\n{noformat}", "```\n* a {code}\n```", id="code within code is text"),
        pytest.param("{code}\nnever closed", "\nnever closed", id="code that never ends is no code"),
        pytest.param("{panel:title=Impact}\nx\n{panel}", "###### Impact\nx\n", id="a panel's title is a heading"),
        pytest.param("{foo:bar=1}\nx\n{foo}", "\nx\n", id="an unknown macro is its content"),
        pytest.param(
            "||A||B||\n|1|2|\n",
            "<table><tr><th>A</th><th>B</th></tr>\n<tr><td>1</td><td>2</td></tr></table>\n",
            id="a table with no line above for its header",
        ),
        pytest.param("\n||A||B||\n|1|2|", "| A | B |\n| --- | --- |\n| 1 | 2 |", id="a table below a blank line"),
        pytest.param(
            "\n||A||\n|one\ntwo|\n|x|",
            "| A |\n| --- |\n| one<br>two |\n|  |\n| x |",
            id="a cell over two lines",
        ),
        pytest.param(
            "\n||A||B||\n|[a|https://x.org]|{{b|c}} \\| d|",
            "| A | B |\n| --- | --- |\n| [a](https://x.org) | `b\\|c` \\| d |",
            id="bars within links, code and escapes part no cells",
        ),
        pytest.param(
            "\n\n|Renew it|[~bob]|\n|Test it|[~eve]|",
            "| · | · |\n| --- | --- |\n| Renew it | @bob |\n| Test it | @eve |",
            id="a table without a header loses no row",
        ),
        pytest.param("\n|*Task*|*Who*|\n|a|b|", "| **Task** | **Who** |\n| --- | --- |\n| a | b |", id="a bold header"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line ends of all systems"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_wiki_text_as_markdown(wiki: str, markdown: str) -> None:
    assert wiki_to_markdown(wiki) == markdown


@pytest.mark.parametrize(
    ("wiki", "words"),
    [
        pytest.param("h2. A *b*\n\n* c\r\n# {{d}}", "A b c d", id="blocks and phrases"),
        pytest.param("\n||A||B||\n|[c|https://x.org]|@\u200bd|", "A B c @d", id="tables, links and hidden spaces"),
        pytest.param("1. one\n# x", "1. one x", id="numbers that were typed"),
        pytest.param(r"\*a\* \\ b", "*a* b", id="escapes and breaks"),
    ],
)
def test_the_words_that_wiki_text_shows(wiki: str, words: str) -> None:
    assert wiki_plain(wiki) == words


class _Page:
    """Wiki text of random blocks in which each word stands once."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def word(self) -> str:
        self.count += 1
        return f"w{self.count}x"

    def words(self, most: int) -> list[str]:
        return [self.word() for _ in range(self.random.randint(1, most))]

    def block(self) -> list[str]:
        match self.random.randrange(7):
            case 0:
                return [f"h{self.random.randint(1, 5)}. {self.word()}"]
            case 1:
                return self.words(3)
            case 2:
                return [f"{self.random.choice(['*', '**', '#', '*#', '-'])} {word}" for word in self.words(5)]
            case 3:
                width = self.random.randint(1, 4)
                head = ["||" + "||".join("Who" for _ in range(width)) + "||"]
                rows = [[self.word() for _ in range(width)] for _ in range(self.random.randint(1, 3))]
                return [*head, *("|" + "|".join(row) + "|" for row in rows)]
            case 4:
                return ["{panel:title=T}", *self.block(), "{panel}"]
            case 5:
                return ["{code}", *self.words(3), "{code}"]
            case _:
                return [f"bq. {self.word()}"]


@pytest.mark.parametrize("seed", range(60))
def test_each_word_stays_on_its_line_where_blocks_are_parted_by_blank_lines(seed: int) -> None:
    page = _Page(seed)
    lines = [line for _ in range(8) for line in [*page.block(), ""]]
    markdown = wiki_to_markdown("\n".join(lines)).split("\n")
    before = {word: at for at, line in enumerate(lines) for word in re.findall(r"w\d+x", line)}
    after = {word: at for at, line in enumerate(markdown) for word in re.findall(r"w\d+x", line)}
    assert after == before
    assert len(markdown) == len(lines)
