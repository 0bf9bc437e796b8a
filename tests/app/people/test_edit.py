"""people.yaml keeps every word of its authors when somebody is written into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from worker.app.people.edit import CannotEdit, Entries, edited, rendered, write_over

HANA: Entries = {"hana": {"name": "Hana Sato", "email": "hana@acme.example"}}
BLOCK = """\
# Our people. Ask Lena before you change this.
people:
  alice:           # the first
    name: Alice
    departed: false   # not yet

    # Bob came later.
  bob: {name: Bob}

# Teams.
teams:
  pay: {lead: alice}
"""


def test_somebody_new_comes_last_and_nothing_else_changes() -> None:
    after = edited(BLOCK, HANA, {})
    assert after == BLOCK.replace(
        "  bob: {name: Bob}\n", "  bob: {name: Bob}\n  hana:\n    name: Hana Sato\n    email: hana@acme.example\n"
    )


def test_a_value_is_changed_in_its_place() -> None:
    after = edited(BLOCK, {}, {"alice": {"departed": True}})
    assert after == BLOCK.replace("departed: false   #", "departed: true   #")


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        pytest.param({"alice": {"github": "alice-m"}}, "    departed: false   # not yet\n",
                     "    departed: false   # not yet\n    github: alice-m\n", id="a new key behind the others"),
        pytest.param({"bob": {"departed": True}}, "{name: Bob}", "{name: Bob, departed: true}", id="inside braces"),
        pytest.param({"bob": {"logins": {"ghe": "bo"}}}, "{name: Bob}", "{name: Bob, logins: {ghe: bo}}", id="logins"),
    ],
)  # fmt: skip
def test_a_key_is_added_where_its_entry_is(changes: Entries, before: str, after: str) -> None:
    assert edited(BLOCK, {}, changes) == BLOCK.replace(before, after)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param("# nobody yet", id="a comment without a line end"),
        pytest.param("people:\n  # nobody yet\nteams:\n", id="an empty block with a comment"),
        pytest.param("people: {}\n", id="empty braces"),
        pytest.param("people: {a: {name: A}, }\n", id="braces with a comma behind the last"),
        pytest.param("people:\n    a:\n        name: A\n", id="four spaces"),
        pytest.param("people:\n  a:\n  b:\n", id="entries with nothing below them"),
        pytest.param("people:\r\n  a:\r\n    name: A\r\n", id="line ends of Windows"),
        pytest.param("\ufeffpeople:\n  a: {name: A}", id="a mark at the start, and no line end"),
        pytest.param("defaults: {timezone: UTC}\n", id="no people at all"),
        pytest.param(
            "people:\n  a:\n    leave:\n      - from: 2026-12-21\n        to: 2027-01-02\n", id="ends in a list"
        ),
        pytest.param(
            "people:\n  a:\n    name: |\n      A\n    aliases:\n    - x\n    - y\n\n\n# end\n", id="lists below"
        ),
        pytest.param('{"people": {"a": {"name": "A"}}}', id="JSON"),
    ],
)
def test_whatever_the_file_looks_like_the_new_one_is_there_and_the_rest_as_before(text: str) -> None:
    after = edited(text, HANA, {})
    before = yaml.safe_load(text.removeprefix("\ufeff")) or {}
    people = {**(before.get("people") or {}), "hana": dict(HANA["hana"])}
    assert yaml.safe_load(after.removeprefix("\ufeff")) == {**before, "people": people}
    assert [line for line in text.splitlines() if "#" in line] == [line for line in after.splitlines() if "#" in line]
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert ("\r\n" in text) == ("\r\n" in after)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        pytest.param(
            "people:\n  a: &x {name: A}\n  b: *x\n", {"b": {"departed": True}}, id="an alias of somebody else"
        ),
        pytest.param("people: [a, b]\n", {}, id="people as a list"),
        pytest.param("[]", {}, id="a list"),
        pytest.param("people: {a: {name: A}}\npeople: {}\n", {}, id="a key twice"),
        pytest.param("people:\n  a: {name: A}\n", {"b": {"departed": True}}, id="nobody of that id"),
        pytest.param("people: {a: [\n", {}, id="no YAML"),
    ],
)
def test_a_form_that_cannot_be_changed_safely_is_left_alone(text: str, changes: Entries) -> None:
    with pytest.raises(CannotEdit):
        edited(text, HANA, changes)


def test_somebody_of_whom_only_the_id_is_known_is_an_entry_too() -> None:
    assert edited("people:\n", {"hana": {}}, {}) == "people:\n  hana: {}\n"


def test_values_that_yaml_would_read_as_something_else_are_quoted() -> None:
    keys = {"name": "No", "country": "NO", "github": "12345", "slack": "on", "team": "a: b", "lead": "#x"}
    text = rendered({"x": keys})
    assert yaml.safe_load(text) == {"x": keys}
    assert 'country: "NO"' in text


@given(
    st.dictionaries(
        st.sampled_from(["name", "team", "lead"]),
        st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1),
        max_size=3,
    )
)
def test_any_text_can_be_written_and_read_again(keys: dict[str, Any]) -> None:
    after = edited(BLOCK, {"hana": keys}, {"bob": keys, "alice": keys})
    people = yaml.safe_load(after)["people"]
    assert people["hana"] == keys
    assert people["bob"] == {"name": "Bob", **keys}


def test_a_file_is_replaced_as_a_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    path, link = tmp_path / "people.yaml", tmp_path / "link.yaml"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_over(link, "new: ü\r\n")
    assert path.read_bytes() == "new: ü\r\n".encode()
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["link.yaml", "people.yaml"]  # noqa: PTH208 (hidden files too)
