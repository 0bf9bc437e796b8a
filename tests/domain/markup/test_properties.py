"""Whatever is typed: nothing fails, nothing comes alive, nothing gets lost, and nothing takes too long."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.domain.markup.texts import documents, typed_lines, typed_texts
from worker.domain.document.inline import read_inline
from worker.domain.markup import (
    adf_plain,
    adf_to_markdown,
    markdown_to_adf,
    markdown_to_wiki,
    wiki_plain,
    wiki_to_markdown,
)
from worker.domain.markup.tree import parse, words_of
from worker.domain.render.safe import code, one_line, plain

ENOUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def squeezed(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())


@ENOUGH
@given(typed_texts)
def test_no_text_makes_the_translations_fail(text: str) -> None:
    for translate in (wiki_to_markdown, wiki_plain, markdown_to_wiki, markdown_to_adf):
        translate(text)


@ENOUGH
@given(documents)
def test_no_document_makes_the_translations_fail(document: dict[str, Any]) -> None:
    adf_to_markdown(document)
    adf_plain(document)


@ENOUGH
@given(typed_lines)
def test_escaped_text_shows_itself_in_a_document(typed: str) -> None:
    assert adf_plain(markdown_to_adf(plain(typed))) == squeezed(one_line(typed))


@ENOUGH
@given(typed_lines)
def test_escaped_text_shows_itself_in_wiki_text_wherever_it_stands(typed: str) -> None:
    shown = squeezed(one_line(typed))
    assert wiki_plain(markdown_to_wiki(plain(typed))) == shown
    assert wiki_plain(markdown_to_wiki(f"- {plain(typed)}\n- z")) == squeezed(f"{shown} z")
    assert wiki_plain(markdown_to_wiki(f"| a | b |\n| - | - |\n| {plain(typed)} | z |")) == squeezed(f"a b {shown} z")
    assert wiki_plain(markdown_to_wiki(f"a {code(typed)} z")) == squeezed(f"a {shown} z")


@ENOUGH
@given(typed_lines)
def test_text_typed_in_a_document_is_the_same_text_to_markdown_and_to_the_reader(typed: str) -> None:
    text = one_line(typed)
    document = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}
    markdown = adf_to_markdown(document)
    assert squeezed(words_of(parse(markdown))) == squeezed(text)
    assert squeezed(read_inline(markdown, {}).text) == squeezed(text)


@ENOUGH
@given(typed_lines, typed_lines)
def test_two_texts_side_by_side_stay_text(one: str, two: str) -> None:
    texts = [{"type": "text", "text": part} for part in (one_line(one), one_line(two)) if part]
    markdown = adf_to_markdown({"type": "doc", "content": [{"type": "paragraph", "content": texts}]})
    assert squeezed(words_of(parse(markdown))) == squeezed(one_line(one) + one_line(two))


@ENOUGH
@given(typed_lines)
def test_an_item_keeps_its_words_through_a_document_and_back(typed: str) -> None:
    sticky = f"| # | Item | Due |\n| - | - | - |\n| 1 | {plain(typed)} [#7](https://x.org/7) | **Tue 1 Dec 2026** |"
    back = adf_to_markdown(markdown_to_adf(sticky))
    assert squeezed(words_of(parse(back))) == squeezed(f"# Item Due 1 {one_line(typed)} #7 Tue 1 Dec 2026")


@pytest.mark.parametrize(
    "piece",
    ["|", "*", "{", "[", "\\", "{{", "{code}", "{quote}", "{a:", "!a", "* ", "** x\n", "|a\n", "|a|\n", "[a|", "`", "<",
     "&", "_a ", "-a", "](", "{panel:title=a}\n", "<details>", "(x)", "https://", "\n||a\n", "~~", "> ", "\x00", "@a:"],
    ids=repr,
)  # fmt: skip
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    took = []
    for length in (15_000, 60_000):
        text = piece * (length // len(piece))
        began = time.process_time()
        wiki_to_markdown(text)
        took.append(time.process_time() - began)
        markdown_to_wiki(text[:5_000])
        markdown_to_adf(text[:5_000])
        wiki_plain(text[:5_000])
    assert took[1] < 12 * took[0] + 0.2


def test_a_megabyte_of_wiki_text_is_read_in_two_seconds() -> None:
    block = (
        "h2. Action items\n\n||Action||Owner||Due||\n|Add an alert when *depth* is over 100|[~jo]|2026-12-01|\n\n"
        "* Cap the {{pool}} [OPS-1|https://x.org/browse/OPS-1]\n** sub _item_\n# one\n\n"
        "{panel:title=N}\nText\n{panel}\n\n"
    )
    text = block * (1_000_000 // len(block))
    began = time.process_time()
    wiki_to_markdown(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("depth", [50, 5000])
def test_markdown_nested_without_end_is_written(depth: int) -> None:
    for opening in ("> ", "- ", "<details>\n\n", "**", "["):
        text = opening * depth + "x"
        markdown_to_wiki(text)
        markdown_to_adf(text)
