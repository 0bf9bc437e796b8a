"""YAML is read as plain data, and every value keeps its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.app.yamlfile import MOST_BYTES, Raw, parse_yaml


def test_keys_and_values_keep_line_and_column() -> None:
    file = parse_yaml("x.yaml", b"a:\n  b: 1\n  c:\n    - d: two\n")
    assert file.data == {"a": {"b": 1, "c": [{"d": "two"}]}}
    assert file.keys[("a", "b")] == (2, 3)
    assert file.places[("a", "b")] == (2, 6)
    assert file.places[("a", "c", 0, "d")] == (4, 10)
    assert file.raws[("a", "b")] == Raw("1", True)


def test_a_problem_without_a_place_of_its_own_stands_at_what_is_around_it() -> None:
    file = parse_yaml("x.yaml", b"a:\n  b: 1\n")
    assert str(file.problem(("a", "z", 3), "odd")) == "x.yaml:2:3: odd"
    assert str(file.problem((), "odd")) == "x.yaml:1:1: odd"


def test_keys_are_text_whatever_yaml_makes_of_them() -> None:
    assert parse_yaml("x.yaml", b"no: 1\n12: 2\n2026-01-01: 3\n").data == {"no": 1, "12": 2, "2026-01-01": 3}


def test_an_alias_repeats_a_value() -> None:
    assert parse_yaml("x.yaml", b"a: &x [1]\nb: *x\n").data == {"a": [1], "b": [1]}


def test_a_byte_order_mark_and_line_ends_of_windows_are_no_matter() -> None:
    assert parse_yaml("x.yaml", b"\xef\xbb\xbfa: 1\r\nb: 2\r\n").data == {"a": 1, "b": 2}


def test_an_empty_file_and_one_of_comments_are_empty() -> None:
    for content in (b"", b"# nothing\n", b"---\n"):
        file = parse_yaml("x.yaml", content)
        assert (file.data, file.problems) == ({}, [])


def test_a_file_too_large_is_not_parsed() -> None:
    file = parse_yaml("x.yaml", b"a" * (MOST_BYTES + 1))
    assert [str(p) for p in file.problems] == ["x.yaml: larger than 1,000,000 bytes; this can't be a settings file"]


@given(st.binary(max_size=200) | st.text(alphabet="ab:- \n\t[]{}&*!<>?|'\"%@#012=~", max_size=80).map(str.encode))
def test_no_content_raises(content: bytes) -> None:
    file = parse_yaml("x.yaml", content)
    assert isinstance(file.data, dict)
    assert all(p.line >= 0 for p in file.problems)
