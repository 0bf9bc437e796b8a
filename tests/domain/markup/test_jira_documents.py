"""Post-mortems as they stand in Jira are read as their readers read them, through the translation and the reader.

Each is `documents/NAME.wiki` (wiki text) or `NAME.adf.json` (Atlassian document), with its expected values beside it in
`NAME.yaml`: `t` text, `o` owners, `d` due day, `r` references, `x` done or not (absent: nothing tells), `p` priority,
`l` the line of the wiki text that the item stands on.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.domain.document import parse_document
from worker.domain.markup import adf_to_markdown, markdown_to_adf, markdown_to_wiki, wiki_to_markdown
from worker.domain.markup.tree import ZWSP
from worker.domain.model import ActionItem

DOCUMENTS = Path(__file__).parent / "documents"
TODAY = date(2026, 11, 20)


def as_expected(item: ActionItem, *, lines: bool) -> dict[str, Any]:
    """An item in the compact words of the fixtures, without what is empty."""
    said = {
        "t": item.text,
        "o": list(item.owners),
        "d": item.due,
        "r": list(item.refs),
        "x": item.done,
        "p": item.priority,
        "l": item.line if lines else None,
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def markdown_of(path: Path) -> str:
    text = path.read_bytes().decode()
    return wiki_to_markdown(text) if path.suffix == ".wiki" else adf_to_markdown(json.loads(text))


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.name) for path in sorted([*DOCUMENTS.glob("*.wiki"), *DOCUMENTS.glob("*.json")])],
)
def test_a_post_mortem_in_jira_is_read_as_its_readers_read_it(path: Path) -> None:
    expected = yaml.safe_load((DOCUMENTS / f"{path.name.partition('.')[0]}.yaml").read_text(encoding="utf-8"))
    document = parse_document(markdown_of(path), today=TODAY)
    assert [as_expected(item, lines=path.suffix == ".wiki") for item in document.items] == expected["items"]
    assert document.title == expected["title"]
    assert document.incident_date == expected.get("day")
    assert sorted(document.sections) == expected["sections"]


def read(markdown: str) -> object:
    document = parse_document(markdown, today=TODAY)
    items = [(i.text, i.owners, i.due, i.refs, i.done, i.priority) for i in document.items]
    return items, sorted(document.sections), document.incident_date


def test_the_layouts_of_the_field_read_the_same_after_a_way_through_jira() -> None:
    """All but those that neither of Jira's forms can hold: HTML, front matter, footnotes, the head of a mail."""
    same_wiki, same_adf, layouts = 0, 0, 0
    for path in sorted((Path(__file__).parent.parent / "documents").glob("*.md")):
        markdown = path.read_text(encoding="utf-8")
        before = read(markdown)
        wiki = markdown_to_wiki(markdown, limit=1_000_000).replace(ZWSP, "")  # as a person would have typed it
        same_wiki += read(wiki_to_markdown(wiki)) == before
        same_adf += read(adf_to_markdown(markdown_to_adf(markdown, limit=1_000_000))) == before
        layouts += 1
    assert layouts > 60
    assert min(same_wiki, same_adf) / layouts >= 0.85, (same_wiki, same_adf, layouts)
