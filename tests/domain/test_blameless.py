"""Words that make a person the cause are found, and sentences that reject the idea are left alone."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.domain.blameless import lint
from worker.domain.document import parse_document
from worker.domain.model import Finding

TODAY = date(2026, 11, 20)
COMPLETE = """# Checkout returned 500s

## Summary

Checkout failed for an hour.

## Impact

4,000 orders failed.

## Timeline

10:42 UTC the first alert.

## Contributing factors

The pool had no limit.

## What went well

The rollback took a minute.

## Action items

- Cap the pool
"""


def found(body: str) -> tuple[Finding, ...]:
    return lint(body, parse_document(body, today=TODAY))


def blame(sentence: str) -> list[tuple[str, int]]:
    body = f"# Outage\n\nAuthors: Zubayda, Ana\n\n## Root cause\n\nThe pool was empty.\n{sentence}\n"
    return [(finding.rule, finding.line) for finding in found(body) if finding.rule.startswith("blame/")]


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        pytest.param("The operator should have checked the disk.", "person-as-cause", id="should have"),
        pytest.param("The on-call engineer failed to follow the runbook.", "person-as-cause", id="failed to"),
        pytest.param("He did not check the space left.", "person-as-cause", id="a pronoun that did not"),
        pytest.param("Zubayda didn’t think it was a breaking change.", "person-as-cause", id="a name that did not"),
        pytest.param("Sysadmins were not aware of the impact.", "person-as-cause", id="not aware"),
        pytest.param("A developer accidentally deleted the table.", "person-as-cause", id="accidentally"),
        pytest.param("It was caused by a mistake of the operator.", "person-as-cause", id="a mistake of"),
        pytest.param("The admin rebooted the hub, unaware that it was live.", "person-as-cause", id="unaware"),
        pytest.param("The admin restarted the hub instead of the spare.", "person-as-cause", id="one for another"),
        pytest.param("The night shift was not watching the console.", "person-as-cause", id="not doing"),
        pytest.param("Other teams haven't adopted the client.", "person-as-cause", id="teams that have not"),
        pytest.param("The tester went ahead despite two warnings.", "person-as-cause", id="despite"),
        pytest.param("The supplier was slow to answer.", "person-as-cause", id="slow"),
        pytest.param("It was wrongly unplugged by the installer.", "person-as-cause", id="wrongly, by somebody"),
        pytest.param("Unaware of the freeze, an engineer merged it.", "person-as-cause", id="unaware in front"),
        pytest.param("The error was made by Zubayda.", "person-as-cause", id="made by a name"),
        pytest.param(
            "Ulrika forgot the key, and Ulrika pulled the wrong card.", "person-as-cause", id="only people forget"
        ),
        pytest.param("The root cause was human error.", "human-error", id="human error"),
        pytest.param("It went down due to operator error.", "human-error", id="operator error as the cause"),
        pytest.param("That was a careless change.", "careless-words", id="careless"),
        pytest.param("The vendor was to blame.", "careless-words", id="to blame"),
    ],
)
def test_a_person_as_the_cause_is_found_with_its_line(sentence: str, rule: str) -> None:
    assert (f"blame/{rule}", 8) in blame(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("Human error is never a root cause.", id="rejecting human error"),
        pytest.param("We stop at nothing short of looking beyond human error.", id="beyond human error"),
        pytest.param("The guard prevents human error.", id="preventing it"),
        pytest.param("This is a blameless post-mortem.", id="blameless"),
        pytest.param("The feature flag was disabled.", id="disabled"),
        pytest.param("The error rate rose, and the user error page was shown.", id="error rate"),
        pytest.param("The kernel killed the process, which failed to start.", id="the process killed"),
        pytest.param("The service did not check its quota.", id="a service that did not"),
        pytest.param("We should have tested the rollback.", id="what a team says of itself"),
        pytest.param("The change should have been caught in review.", id="a change in the passive"),
        pytest.param("Nobody is to blame for that.", id="nobody to blame"),
        pytest.param("Zubayda restarted the pod and told the vendor.", id="a person who acts"),
        pytest.param("The operator was not paged.", id="what happened to a person"),
        pytest.param("The patch from the web team could have included a test.", id="a patch from a team"),
        pytest.param("The admin restored a copy instead of waiting.", id="a choice"),
        pytest.param("Redis was slow to answer.", id="a slow machine"),
        pytest.param("`the operator should have checked`  is in the test data", id="only in passing"),
    ],
)
def test_what_rejects_the_idea_or_names_a_thing_is_left_alone(sentence: str) -> None:
    if sentence.startswith("`"):
        assert blame("```\nThe operator should have checked.\n```") == []
        assert blame("> The operator should have checked.") == []
    else:
        assert blame(sentence) == []


def test_wording_is_private_and_has_a_neutral_question() -> None:
    findings = [f for f in found("## Root cause\n\nThe operator should have checked.\n") if f.rule.startswith("blame/")]
    told = [(f.private, f.level, f.excerpt) for f in findings]
    assert told == [(True, "warning", "The operator should have checked")]
    assert "what" in findings[0].remedy.casefold()


def test_a_complete_post_mortem_has_no_finding() -> None:
    assert found(COMPLETE) == ()


@pytest.mark.parametrize(
    ("heading", "rule"),
    [
        ("Summary", "complete/summary"),
        ("Impact", "complete/impact"),
        ("Timeline", "complete/timeline"),
        ("Contributing factors", "complete/causes"),
        ("What went well", "complete/what-went-well"),
    ],
)
def test_a_missing_section_is_asked_for(heading: str, rule: str) -> None:
    body = COMPLETE.replace(f"## {heading}", "## Appendix")
    assert [finding.rule for finding in found(body)] == [rule]


def test_a_timeline_without_times_is_asked_for_them() -> None:
    body = COMPLETE.replace("10:42 UTC the", "The")
    assert [finding.rule for finding in found(body)] == ["complete/timeline-times"]


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        pytest.param("If only the probe had a timeout.", True, id="if only"),
        pytest.param("This could have been avoided with a limit.", True, id="could have been avoided"),
        pytest.param("The limit prevented a second outage.", False, id="what did happen"),
    ],
)
def test_what_did_not_happen_is_a_private_note(sentence: str, told: bool) -> None:
    body = COMPLETE.replace("The pool had no limit.", f"The pool had no limit. {sentence}")
    notes = [f for f in found(body) if f.rule == "wording/counterfactual"]
    assert bool(notes) is told
    assert all(f.private and f.level == "note" for f in notes)


def test_a_wish_among_the_action_items_is_no_counterfactual() -> None:
    assert found(COMPLETE + "- Add the limit that would have prevented the outage\n") == ()


@pytest.mark.parametrize(
    ("cause", "asked"),
    [
        pytest.param("A config push removed the pool's limit.", True, id="one cause alone"),
        pytest.param("The single root cause was the pool, which had no limit.", True, id="said to be the only one"),
        pytest.param("The pool had no limit, because the default was lifted in May.", False, id="a cause behind it"),
        pytest.param("- The pool had no limit\n- No alert watched its size", False, id="two causes"),
    ],
)
def test_a_single_root_cause_is_asked_for_others(cause: str, asked: bool) -> None:
    body = COMPLETE.replace("## Contributing factors\n\nThe pool had no limit.", f"## Root cause\n\n{cause}")
    assert ("complete/one-cause" in [finding.rule for finding in found(body)]) is asked


CHAIN = """1. Why did checkout fail? The pool was exhausted.
2. Why was the pool exhausted? A migration held its connections.
3. Why did the migration hold connections? It took a table lock without a timeout.
"""


@pytest.mark.parametrize(
    ("chain", "asked"),
    [
        pytest.param(CHAIN, False, id="each asks about the answer before it"),
        pytest.param(
            CHAIN.replace("Why was the pool exhausted?", "Why did that happen?"), False, id="that points back"
        ),
        pytest.param(CHAIN.rsplit("3.", 1)[0], True, id="it ends after two"),
        pytest.param(
            CHAIN.replace("Why did the migration hold connections?", "Why is support slow?"), True, id="a jump"
        ),
    ],
)
def test_a_chain_of_whys_goes_from_answer_to_question(chain: str, asked: bool) -> None:
    body = COMPLETE.replace("## Contributing factors\n\nThe pool had no limit.", f"## Five whys\n\n{chain}")
    assert ("complete/whys-chain" in [finding.rule for finding in found(body)]) is asked


def test_actions_that_speak_of_no_cause_are_asked_for_one() -> None:
    body = COMPLETE.replace("- Cap the pool", "- Paint the kitchen\n- Buy a newer printer")
    assert [finding.rule for finding in found(body)] == ["complete/actions-linked"]
    assert found(body.replace("Paint the kitchen", "Cap the pool")) == ()


@pytest.mark.parametrize(
    ("cause", "asked"),
    [
        pytest.param("The database crashed.", True, id="what broke"),
        pytest.param("Our primary ran out of disk.", True, id="what ran out"),
        pytest.param("The pool had no limit, and nobody sees its size.", False, id="a condition"),
    ],
)
def test_a_symptom_given_as_the_cause_is_asked_one_more_why(cause: str, asked: bool) -> None:
    body = COMPLETE.replace("## Contributing factors\n\nThe pool had no limit.", f"## Root cause\n\n{cause}")
    assert ("complete/symptom-as-cause" in [finding.rule for finding in found(body)]) is asked


def test_an_action_item_and_an_empty_body_are_not_linted() -> None:
    assert found("") == ()
    assert found("Please add an alert.") == ()


_SAID = (
    "The operator Ana he should have failed to human error not due careless . ? ## Root cause \n - | ` * was mistake of"
)
_WORDS = st.sampled_from(_SAID.split(" "))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(_WORDS, max_size=40).map(" ".join)))
def test_any_text_is_linted_with_valid_lines(body: str) -> None:
    last = body.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(0 <= finding.line <= last for finding in found(body))
