"""Post-mortems in the layouts of many houses are read as their readers read them: items, day, title and sections.

Each layout is `documents/NAME.md` with its expected values beside it in `NAME.yaml`: `t` text, `o` owners, `d` due day,
`r` references, `x` done or not (absent: nothing tells), `p` priority.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.domain.document import parse_document
from worker.domain.model import ActionItem

DOCUMENTS = Path(__file__).parent / "documents"
TODAY = date(2026, 11, 20)


def as_expected(item: ActionItem) -> dict[str, Any]:
    """An item in the compact words of the fixtures, without what is empty."""
    said = {
        "t": item.text,
        "o": list(item.owners),
        "d": item.due,
        "r": list(item.refs),
        "x": item.done,
        "p": item.priority,
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def expected_of(name: str) -> Mapping[str, Any]:
    values: Mapping[str, Any] = yaml.safe_load((DOCUMENTS / f"{name}.yaml").read_text(encoding="utf-8"))
    return values


@pytest.mark.parametrize("name", sorted(path.stem for path in DOCUMENTS.glob("*.md")))
def test_a_layout_of_the_field_is_read_as_its_readers_read_it(name: str) -> None:
    body = (DOCUMENTS / f"{name}.md").read_bytes().decode()
    document, expected = parse_document(body, today=TODAY), expected_of(name)
    assert [as_expected(item) for item in document.items] == (expected.get("items") or [])
    assert document.title == expected.get("title", "")
    assert document.incident_date == expected.get("date")
    assert sorted(document.sections) == sorted(expected["sections"])
