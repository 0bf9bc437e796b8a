"""The digest as `followthrough digest` previews it."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from tests.channels.build import digest, entry, item
from worker.channels.render import SIZE_LIMIT, render_digest


def test_the_preview_is_what_would_be_mailed() -> None:
    text = render_digest(digest(), "text")
    html = render_digest(digest(), "html")

    assert "Hello Lena Ek," in text
    assert "ft due 2026-12-07 reason" in text, "two weeks after the Monday that follows week 47"
    assert html.startswith("<!doctype html>")
    assert "Hello Lena Ek," in html


def test_json_has_every_entry_whole() -> None:
    many = tuple(entry(n) for n in range(1, 501))
    told: dict[str, Any] = json.loads(render_digest(digest(overdue=many, cut=3), "json"))

    assert told["to"] == "Lena Ek"
    assert told["weeks"] == ["2026-W47"]
    assert len(told["overdue"]) == 500
    assert told["cut"] == 3
    assert told["decide"] == [
        {
            "text": "Add an alert when payment queue depth is over 100 for 5 minutes",
            "url": "https://github.com/acme/pay/issues/17",
            "issue": "github:acme/pay#17",
            "post_mortem": "github:acme/pay#12",
            "owner": "Alice Larsson",
            "status": "open",
            "due": "2026-11-17",
            "priority": "P1",
            "needs": [],
            "note": "Its date moved twice.",
            "command": "ft due 2026-12-04 reason",
        }
    ]


def test_json_keeps_a_confidential_text_to_itself() -> None:
    told = render_digest(digest(decide=(entry(item=item(text="the leaked key", confidential=True)),)), "json")

    assert "leaked" not in told


def test_a_preview_of_thousands_is_bounded() -> None:
    many = tuple(entry(n) for n in range(1, 5001))

    assert len(render_digest(digest(overdue=many), "html").encode()) < SIZE_LIMIT


def test_a_quiet_week_says_so() -> None:
    text = render_digest(digest(decide=()), "text")

    assert "a quiet one, with nothing that waits for you" in text
    assert "ft done" not in text


@pytest.mark.parametrize("weeks", [(), ("soon",), ("2026-W99",)])
def test_weeks_that_are_none_hurt_nobody(weeks: tuple[str, ...]) -> None:
    assert "Hello Lena Ek," in render_digest(digest(weeks=weeks), "text")


def test_another_format_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'pdf' is no format of a digest; there are text, html and json"):
        render_digest(digest(), cast(Any, "pdf"))
