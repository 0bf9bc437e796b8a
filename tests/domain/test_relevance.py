"""An item is tied to its incident by its words, and what it is tied to is shown; where nothing shows, it is asked."""

from datetime import date

import pytest

from worker.domain.document import parse_document
from worker.domain.model import ActionItem, Document
from worker.domain.policy import SmartPolicy
from worker.domain.smart import judge
from worker.domain.smart.relevance import about_the_record, declined, tie
from worker.domain.smart.stems import stem, stems

TODAY = date(2026, 11, 20)
BODY = """# Checkout answered 500

## Summary

For 52 minutes no customer of the Leeds region could pay, as the connection pool of the ledger was exhausted.

## Timeline

- 10:42 UTC the pager of the payments rota rings
- 11:20 UTC the ledger replicas were restarted and carts could be paid again

## Root cause

A migration held table locks while the nightly reconciliation ran, so that each request kept its connection.

## Action items

- Cap the pool
"""
DOCUMENT = parse_document(BODY, today=TODAY)


def tied(text: str, **parts: str) -> str:
    return tie(ActionItem(line=1, text=text, **parts), DOCUMENT).words  # type: ignore[arg-type]  # parts are its fields


def state(text: str, document: Document = DOCUMENT) -> str:
    item = ActionItem(line=1, text=text)
    return judge(item, document, policy=SmartPolicy(), slo_days={}, today=TODAY)["relevant"].state


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param("Run migrations with a lock timeout of 2 s", "the root cause", id="a cause in its own words"),
        pytest.param("Start reconciling at 02:00 instead", "the root cause", id="another form of a word"),
        pytest.param("Give ledger-api its own replica", "the timeline", id="a part of a compound"),
        pytest.param("Alert on 5xx from the edge", "noticed", id="a detection gap needs no shared word"),
        pytest.param("Write a runbook for the warehouse printers", "answered", id="a response gap"),
        pytest.param("Ask a second colleague to approve DNS edits", "kept from happening", id="a guard of any kind"),
    ],
)
def test_what_an_item_is_tied_to_is_shown(text: str, where: str) -> None:
    assert where in tied(text)


def test_an_item_may_be_tied_by_another_item() -> None:
    document = parse_document(
        BODY + "- Publish the pool's figures on the intranet portal\n- Paint the intranet portal a friendly yellow\n",
        today=TODAY,
    )
    assert "another item" in tie(document.items[-1], document).words


def test_the_tie_quotes_the_record() -> None:
    assert tied("Bound the reconciliation").startswith("the root cause: “reconciliation”")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Turn on SSO for the wiki accounts", id="a matter of its own"),
        pytest.param("Paint the office kitchen a friendly yellow", id="nothing shared"),
        pytest.param("Publish this post-mortem", id="the record itself"),
        pytest.param("Write the after-action report", id="the record by another name"),
        pytest.param("Talk about the pager in the review meeting", id="what is for the meeting"),
        pytest.param("Unrelated: the ledger's icon is blurred", id="what says that it is unrelated"),
        pytest.param("Rename the ledger's columns while we are at it", id="what is done in passing"),
        pytest.param("Buy a second ledger? Not needed, it has been reliable", id="declined in the same breath"),
    ],
)
def test_an_item_that_is_tied_to_nothing_is_asked(text: str) -> None:
    item = ActionItem(line=1, text=text)
    verdict = judge(item, DOCUMENT, policy=SmartPolicy(), slo_days={}, today=TODAY)["relevant"]
    assert verdict.state == "fail"
    assert "?" in (verdict.remedy or "")


def test_a_record_that_says_little_is_compared_with_nothing() -> None:
    assert state("Paint the office kitchen a friendly yellow", Document(title="Outage")) == "pass"


def test_a_side_matter_is_relevant_where_the_record_speaks_of_it() -> None:
    body = BODY.replace("A migration held", "An expired SSO password held up the night shift; a migration held")
    assert state("Turn on SSO for the wiki accounts", parse_document(body, today=TODAY)) == "pass"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Share the post-mortem with sales", True, id="sharing it"),
        pytest.param("Improve the post-mortem template", False, id="its tools are work of their own"),
        pytest.param("Write the runbook", False, id="another document"),
    ],
)
def test_writing_the_record_is_told_from_work(text: str, found: bool) -> None:
    assert bool(about_the_record(text)) is found


def test_declined_work_says_so() -> None:
    assert declined("Have snapshots? Not needed so far")
    assert not declined("Delete what is needed by nobody")


def test_forms_of_a_word_share_a_stem() -> None:
    assert stem("migrations") == stem("migrating") == stem("migration")
    assert stems("The team fixed the ledger's locks") & stems("lock")
    assert stems("証明書の期限切れ") & stems("期限切れアラート")
