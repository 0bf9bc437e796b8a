"""How a record stands in properties and in a comment, whatever happens between two writes."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trackers.jira.worlds import with_footer
from worker.trackers.errors import Refused
from worker.trackers.jira import records
from worker.trackers.jira.records import Encoded, decode, encode, footer, footer_in, property_key

BASE64 = string.ascii_letters + string.digits + "+/=."
SIZES = st.integers(0, 4).flatmap(lambda n: st.integers(max(0, n * 32_000 - 700), n * 32_000 + 200))
TEXTS = st.one_of(st.text(max_size=50), SIZES.map(lambda n: (BASE64 * (n // len(BASE64) + 1))[:n] or "v1.x.y"))
NAMES = st.one_of(
    st.sampled_from(["sticky", "enrolled", "person/bob", "person/alice.smith", "answer/123:ab", "person/صفاء"]),
    st.text(min_size=1, max_size=300).filter(lambda n: n != "mark"),
)


def put(properties: dict[str, Any], todo: Encoded, *, steps: int | None = None) -> dict[str, Any]:
    """The properties after so many steps of the writing (all of them without `steps`), as Jira keeps JSON."""
    after = dict(properties)
    doing: list[tuple[str, Any]] = [*todo.puts, *((key, None) for key in todo.drops)]
    for key, value in doing if steps is None else doing[:steps]:
        if value is None:
            after.pop(key)
        else:
            after[key] = json.loads(json.dumps(value))
    return after


def kept(name: str, text: str, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    return put(properties or {}, encode(name, text, digest="d", shown="s", properties=properties or {}))


@given(name=NAMES, text=TEXTS)
def test_what_is_written_is_read_again_and_fits_jiras_limits(name: str, text: str) -> None:
    properties = kept(name, text)
    if text == records.NO_TEXT:
        assert properties == {}
        return
    found = decode(properties)[name]
    assert (found.text, found.digest, found.shown) == (text, "d", "s")
    assert all(len(json.dumps(value)) <= 32_000 for value in properties.values())
    assert all(len(key) <= 255 for key in properties)
    assert encode(name, text, digest="d", shown="s", properties=properties) == Encoded()


@given(texts=st.lists(TEXTS, min_size=2, max_size=5), died_after=st.integers(0, 12), data=st.data())
def test_a_death_between_two_writes_leaves_the_old_text_or_the_new_one_whole(
    texts: list[str], died_after: int, data: st.DataObject
) -> None:
    properties: dict[str, Any] = {}
    for text in texts[:-2]:
        todo = encode("sticky", text, digest="d", shown="s", properties=properties)
        properties = put(properties, todo, steps=data.draw(st.integers(0, 12)))
    properties = kept("sticky", texts[-2], properties)
    old = decode(properties)
    todo = encode("sticky", texts[-1], digest="d", shown="s", properties=properties)
    found = decode(put(properties, todo, steps=died_after))
    new = decode(put(properties, todo))
    assert found in (old, new)
    again = put(properties, todo, steps=died_after)
    again = kept("sticky", texts[-1], again)
    assert decode(again) == new
    # Nothing of any earlier text is left.
    assert len(again) == (0 if texts[-1] == records.NO_TEXT else new["sticky"].parts)


@given(one=NAMES, other=NAMES)
def test_two_names_never_share_a_property(one: str, other: str) -> None:
    assert (property_key(one) == property_key(other)) == (one == other)


def test_the_keys_are_as_decided() -> None:
    assert property_key("sticky") == "followthrough.sticky"
    assert property_key("person/bob") == "followthrough.person.bob"
    assert property_key("person/alice.smith") == "followthrough.person.alice..smith"
    big = kept("sticky", "x" * 70_000)
    assert sorted(big) == ["followthrough.sticky", "followthrough.sticky.a1", "followthrough.sticky.a2"]
    assert sorted(kept("sticky", "y" * 40_000, big)) == ["followthrough.sticky", "followthrough.sticky.b1"]
    assert sorted(kept("sticky", "y", big)) == ["followthrough.sticky"]


def test_a_record_can_not_take_the_place_of_the_mark() -> None:
    with pytest.raises(Refused):
        property_key("mark")


def test_a_large_text_costs_as_many_properties_as_it_fills() -> None:
    todo = encode("sticky", "x" * 16_000, digest="d", shown="s", properties={})
    assert [key for key, _ in todo.puts] == ["followthrough.sticky"]
    grown = encode("sticky", "x" * 40_000, digest="d", shown="s", properties=put({}, todo))
    assert [key for key, _ in grown.puts] == ["followthrough.sticky.a1", "followthrough.sticky"]


def test_only_the_first_property_is_written_where_only_the_words_changed() -> None:
    before = kept("sticky", "x" * 1_000)
    todo = encode("sticky", "x" * 1_000, digest="e", shown="s", properties=before)
    assert ([key for key, _ in todo.puts], todo.drops) == (["followthrough.sticky"], ())


def edited(properties: dict[str, Any], key: str, **fields: Any) -> dict[str, Any]:
    return {**properties, key: {**properties[key], **fields}}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: edited(p, "followthrough.sticky", text="forged"), id="the first shard was edited"),
        pytest.param(lambda p: edited(p, "followthrough.sticky.a1", text="forged"), id="a further shard was edited"),
        pytest.param(lambda p: {k: v for k, v in p.items() if not k.endswith(".a1")}, id="a shard is gone"),
        pytest.param(lambda p: {**p, "followthrough.sticky.a1": "text"}, id="a shard is no object"),
        pytest.param(lambda p: {**p, "followthrough.sticky.a1": {"v": 9, "text": "x"}}, id="a shard of another form"),
        pytest.param(lambda p: edited(p, "followthrough.sticky", parts=10**9), id="parts without end"),
    ],
)
def test_a_text_whose_sum_does_not_fit_is_no_text(spoil: Any) -> None:
    assert decode(spoil(kept("sticky", "x" * 40_000)))["sticky"].text == ""


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param(None, id="none"),
        pytest.param([], id="a list"),
        pytest.param({"followthrough.sticky": 7}, id="a number"),
        pytest.param({"followthrough.sticky": {"v": 1}}, id="an empty first shard"),
        pytest.param({"followthrough.other": kept("sticky", "x")["followthrough.sticky"]}, id="copied elsewhere"),
        pytest.param({"followthrough.mark": {"mark": "u.i.m"}}, id="the mark"),
    ],
)
def test_what_is_no_record_is_not_there(properties: Any) -> None:
    assert decode(properties) == {}


def test_what_a_newer_version_wrote_is_left_alone() -> None:
    newer = edited(kept("sticky", "x"), "followthrough.sticky", v=2)
    with pytest.raises(Refused, match="newer version"):
        encode("sticky", "y", digest="d", shown="s", properties=newer)


# The comment's last line


@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), body=st.text(max_size=40))
def test_the_last_line_names_the_record(name: str, body: str) -> None:
    assert footer_in(with_footer(body, name)) == name
    assert with_footer(body, name).endswith(footer(name))


@pytest.mark.parametrize(
    ("plain", "name"),
    [
        pytest.param("Status\n\nKept by Followthrough followthrough:sticky\n", "sticky", id="as plain text"),
        pytest.param("Kept by Followthrough {{followthrough:person/bob}}", "person/bob", id="as wiki text"),
        pytest.param("followthrough:sticky\nand more", "", id="not in the last line"),
        pytest.param("see followthrough:sticky for more", "", id="not at the end of it"),
        pytest.param("followthrough:", "", id="no name"),
        pytest.param("", "", id="no text"),
    ],
)
def test_a_footer_is_found_only_at_the_very_end(plain: str, name: str) -> None:
    assert footer_in(plain) == name


def test_the_look_of_a_comment_is_its_words_and_not_its_spaces() -> None:
    assert records.shown_digest("a  b\r\n\nc ") == records.shown_digest("a b c")
    assert records.shown_digest("a b") != records.shown_digest("a c")


@pytest.mark.parametrize(
    ("noted", "closed", "ours"),
    [
        pytest.param("2026-11-20T10:00:00.123+0100", "2026-11-20T10:00:00.123+0100", True, id="the same close"),
        pytest.param("2026-11-20T10:00:00.123+0100", "2026-11-20T03:00:00.123-0600", True, id="seen from elsewhere"),
        pytest.param("2026-11-20T10:00:00.123+0100", "2026-11-20T10:00:00.124+0100", False, id="a later close"),
        pytest.param("2026-11-20T10:00:00.123+0100", "", False, id="open again"),
        pytest.param("", "", False, id="nothing noted"),
        pytest.param(7, "2026-11-20T10:00:00.123+0100", False, id="nonsense noted"),
    ],
)
def test_a_letting_go_is_known_by_the_moment_of_the_close(noted: object, closed: str, ours: bool) -> None:
    assert records.let_go({records.LET_GO: {"closed": noted}}, closed) is ours
