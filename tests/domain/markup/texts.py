"""Texts and documents for properties: what people type, with the signs of all markups in it; and documents of any
shape, also such as no schema allows."""

from typing import Any

from hypothesis import strategies as st


def _words(text: str) -> list[str]:
    return text.split(" ")


_SIGNS = _words(
    r"\ ` * _ ~ [ ] ( ) { } < > # + - . ! | & ^ ? @ : ; / = ' , h1. bq. 1. (x) (/) :) {code} {quote} {panel} "
    "{color:red} {{ }} https://x.org www. mailto: OPS-7 [~ana] [a|https://x.org] !a.png! ---- -- || ft &amp; &lt; "
    "&#42; <b> </b> <details> <!-- --> ``` ~~~ [x]: [^1] @ana #12 a@b.org {noformat} ** __ ++ ^^ ?? \\\\ \u200f é 例 🙂"
)
_pieces = st.sampled_from([*_SIGNS, *(f" {sign}" for sign in _SIGNS), "word", "Add", " ", "  ", "a_b", "a-b", "3"])

typed_lines = st.lists(_pieces | st.text(max_size=3), max_size=12).map("".join)
"""One line that a person may type."""

typed_texts = st.lists(
    _pieces | st.sampled_from(["\n", "\n\n", "\r\n", "\n* ", "\n# ", "\n|", "\n||"]), max_size=40
).map("".join)
"""Several lines, with wiki text in them."""

_BLOCKS = _words(
    "doc paragraph heading bulletList orderedList listItem taskList taskItem decisionList decisionItem table tableRow "
    "tableCell tableHeader panel expand nestedExpand blockquote codeBlock rule layoutSection layoutColumn mediaSingle "
    "media extension bodiedExtension futureNode"
)
_INLINE = _words(
    "text hardBreak mention emoji date status inlineCard blockCard mediaInline placeholder inlineExtension"
)
_values: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-5, 5000) | st.floats() | typed_lines | st.just([]) | st.just({})
)
_attrs = st.dictionaries(
    st.sampled_from(
        ["id", "text", "level", "order", "state", "title", "url", "timestamp", "shortName", "colspan", "x"]
    ),
    _values,
    max_size=4,
)
_marks = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["strong", "em", "strike", "code", "link", "underline", "futureMark"])},
        optional={"attrs": st.fixed_dictionaries({"href": st.just("https://x.org/a") | _values})},
    )
    | _values,
    max_size=3,
)
_leaves = st.fixed_dictionaries(
    {"type": st.sampled_from(_INLINE)},
    optional={"text": typed_lines | _values, "attrs": _attrs | _values, "marks": _marks},
)


def _node(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(_BLOCKS)},
        optional={"content": st.lists(children, max_size=4) | _values, "attrs": _attrs | _values},
    )


documents = st.fixed_dictionaries(
    {"type": st.just("doc"), "version": st.just(1)},
    optional={"content": st.lists(st.recursive(_leaves | _values, _node, max_leaves=20), max_size=5)},
)
"""Documents of all known and some unknown nodes, in any order, with fields of any type."""
