"""What is said to a person is right: SMART and blame are judged over many sentences, by precision first.

`items.tsv` holds one item a line, with 1 (pass) or 0 (fail) for specific, measurable, achievable, relevant; `blame.tsv`
holds sentences with 1 where a person is made the cause. Single labels are contested; the whole must hold.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from worker.domain.blameless import lint
from worker.domain.document import parse_document
from worker.domain.model import ActionItem, Document
from worker.domain.policy import Policy
from worker.domain.smart import asked, hollow, judge, soft, traces, wording
from worker.domain.smart.claims import without_label

HERE = Path(__file__).parent
TODAY = date(2026, 11, 20)
JUDGED = ("specific", "measurable", "achievable", "relevant")


def rows(name: str) -> list[tuple[str, str]]:
    """The label and the text of each line."""
    parted = (line.partition("\t") for line in (HERE / name).read_text(encoding="utf-8").splitlines())
    return [(label, text) for label, _, text in parted]


def precision_and_recall(pairs: list[tuple[bool, bool]]) -> tuple[float, float]:
    """Of (said, true) pairs: how much of what was said is true, and how much of what is true was said."""
    count = Counter(pairs)
    hit = count[True, True]
    return hit / max(1, hit + count[True, False]), hit / max(1, hit + count[False, True])


@pytest.mark.parametrize(
    ("criterion", "precision", "recall"),
    [
        pytest.param("specific", 0.95, 0.9, id="specific is told"),
        pytest.param("measurable", 0.95, 0.9, id="measurable is told"),
        pytest.param("relevant", 0.95, 0.9, id="relevant is rare"),
    ],
)
def test_a_vague_item_is_told_from_a_promise(criterion: str, precision: float, recall: float) -> None:
    policy, pairs = Policy(), []
    for label, text in rows("items.tsv"):
        item = ActionItem(line=1, text=text)
        verdicts = judge(item, Document(), policy=policy.smart, slo_days=policy.slo_days, today=TODAY)
        pairs.append((verdicts[criterion].state == "fail", label[JUDGED.index(criterion)] == "0"))
    found = precision_and_recall(pairs)
    assert found[0] >= precision
    assert found[1] >= recall


def test_blame_is_told_from_what_a_system_let_happen() -> None:
    pairs = []
    for label, sentence in rows("blame.tsv"):
        body = f"# Outage\n\nAuthors: Dorota, Pim\n\n## Root cause\n\nThe pool was empty.\n{sentence}\n"
        findings = lint(body, parse_document(body, today=TODAY))
        pairs.append((any(f.rule.startswith("blame/") and f.line == 8 for f in findings), label == "1"))
    precision, recall = precision_and_recall(pairs)
    assert precision >= 0.9
    assert recall >= 0.85


ROWS = {
    asked.wonders: (
        [
            "Is the cache the bottleneck?",
            "How we can see the lag",
            "Any other job that reads the table",
            "Whether to shard",
        ],
        ["Ask the vendor whether to shard", "Add a check for how long a job waits"],
    ),
    asked.another_way: (
        ["Adopt a different strategy for leases", "Find a long-term solution", "Work out another approach to paging"],
        ["Document the other ways to log in", "Switch to the alternative method `lease.v2`"],
    ),
    asked.titled: (
        ["Disk replacement problems", "Network concerns", "Certificate rotation issues"],
        ["Fixed the lease problems", "Lease `orders` issues", "Alerts detect replication issues"],
    ),
    asked.opinions: (
        ["We think the cache was cold", "My concern is the vendor", "I wonder about the quota"],
        ["We believe the cache was cold, so we should prefill it", "Prefill the cache"],
    ),
    asked.continues: (
        ["The team will continue to watch the pool", "Work on the replica is ongoing"],
        ["Nightly drills to continue with `drill.sh` until June", "Add a probe"],
    ),
    asked.ways_of: (
        [
            "Develop ways of noticing drift",
            "Put in place better safeguards for releases",
            "Provide additional training",
        ],
        ["Develop a script that stops a release", "Increase the capacity to 40 nodes", "Provide a form for refunds"],
    ),
    asked.efforts_told: (
        [
            "A capacity review was conducted",
            "More emphasis will be placed on paging",
            "Investigations have been started",
        ],
        ["A review was conducted, and add a limit to the pool", "The pool was enlarged to 40"],
    ),
    traces.alerts_without_sign: (
        ["Add alerts for the gateway", "Monitoring and alerting of the billing service"],
        ["Add alerts for gateway timeouts", "Add an alert for the gateway at 300 s"],
    ),
    traces.teaches: (
        ["Train the support staff on the new console", "Teach engineers how leases work"],
        ["Train 6 engineers on failover", "Teach leases in a recorded workshop for all new staff"],
    ),
    traces.suggested: (
        ["We could cap the pool", "It would help to see the lag", "Cap the pool where possible"],
        ["We could have been told sooner by an alert; add it", "Cap the pool", "We could cap it at 40 nodes"],
    ),
    traces.moved: (
        ["Pool size increased", "The timeout of the proxy should be raised"],
        ["Pool size increased to 40", "A ticket was raised with the vendor"],
    ),
    traces.now_and_then: (
        ["Review the access list regularly", "Do routine restores", "Restore a backup from time to time"],
        ["Review the access list every quarter", "A nightly job restores a backup regularly"],
    ),
    traces.habits_unenforced: (
        ["Check the dashboard before every release", "Whenever we add a node, tell the network team, too"],
        ["CI checks the schema before each merge", "Check the lock in the pipeline before any deploy"],
    ),
    traces.drills: (
        ["Start failover drills", "Hold disaster recovery exercises"],
        ["Hold a failover drill on 3 May", "Write the tabletop exercises"],
    ),
    traces.tooling: (
        ["Build tooling for migrations", "Implement a mechanism for leases", "Guard rails around deletes"],
        ["Build tooling so that a migration is refused without a lock timeout", "Build `leasectl`"],
    ),
}
# What the older rules learned to let pass, and to find.
MORE: dict[wording.Rule, tuple[list[str], list[str]]] = {
    wording.explores: (
        ["Investigate options so that restarts are faster", "Look at ways to page sooner"],
        ["Investigate the lost lease and write down the cause", "Discuss the quota with the vendor in a ticket"],
    ),
    wording.unnamed_monitoring: (["Add more tests"], ["Add load testing", "Set up disk usage monitoring"]),
    wording.compares: (
        ["Make the guide clearer", "Add sensible limits", "Thoroughly read the plan"],
        [
            "Remove the older bigger hosts",
            "Ship two betas before the next stable",
            "Added a flag to the pager to better simulate a flood",
            "Add a guide on how to find a slow query faster",
            "A more robust release process with automated schema checks",
            "Document the quicker way",
        ],
    ),
    wording.sweeping: (
        ["Never page people for everything"],
        ["Mailed all customers affected by the double charge", "Add a limit to all services on the shared cluster"],
    ),
    wording.open_ended: (
        [
            "Consider a second site with the same capacity",
            "Improve our deployment process for the whole platform",
            "Refine the guides of the support desk for faster answers and clearer words",
        ],
        ["Improve the query of the order list by an index"],
    ),
    soft.thinks: (
        ["Look into whether a proxy helps so that restarts are quicker"],
        ["Review the leases and draft a proposal", "Familiarise two people with `leasectl`"],
    ),
    hollow.wishes: (["It would be useful to know more"], ["It would be useful to add a column for the lease's owner"]),
    hollow.ongoing: (["Write tests as we go"], ["Write the tests of the lease"]),
    wording.qualities: (
        ["Handle a lost lease elegantly and quickly", "Implement stricter limits for imports"],
        ["Implement stricter limits for imports of 4 GB"],
    ),
    wording.amounts: (["Tune the garbage collector of the pricing hosts"], ["Tune the heap to 4 GB"]),
    wording.inspects: (["Review and adjust the limits"], ["Review and publish the limits"]),
    wording.betters: (
        ["We’ll also be improving the pager"],
        ["We’ll remove the pager", "Enhance the nightly run with an integration check", "Work on splitting the queue"],
    ),
    wording.sweeping_measure: (
        ["Tell people whenever a lease is lost", "Everyone reads the plan"],
        ["A job compares both tables whenever a lease is lost", "A weekly call where everyone tells the lag"],
    ),
    hollow.which_ones: (["Add error handling", "Update runbooks"], ["Document eviction process"]),
    hollow.more_of: (["Provide more memory"], ["Enabled recycling of workers to provide more memory"]),
}


@pytest.mark.parametrize(
    ("rule", "text", "breaks"),
    [
        pytest.param(rule, text, broken, id=f"{rule.__name__}: {text}")
        for table in (ROWS, MORE)
        for rule, both in table.items()
        for broken, texts in zip((True, False), both, strict=True)
        for text in texts
    ],
)
def test_a_rule_finds_its_span_and_leaves_good_words_alone(rule: wording.Rule, text: str, breaks: bool) -> None:
    span = rule(text)
    assert bool(span) is breaks
    assert span.casefold() in text.casefold()


def test_every_rule_that_asks_or_looks_for_a_trace_has_rows() -> None:
    assert {*asked.ASKED, *traces.TRACES} == set(ROWS)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        pytest.param("Safer releases: add a canary stage", "add a canary stage", id="a label before a task"),
        pytest.param("Enhanced paging: we page the whole rota", "we page the whole rota", id="a label before a duty"),
        pytest.param("Deeper checks. We plan to add a probe", "we plan to add a probe", id="a title before a sentence"),
        pytest.param("Stop early. We should add a probe", "Stop early. We should add a probe", id="two promises"),
        pytest.param("A new room. We should document this", "A new room. We should document this", id="a pronoun"),
        pytest.param("Ledger: the pool", "Ledger: the pool", id="what follows is no sentence of its own"),
    ],
)
def test_a_label_before_the_promise_is_not_what_is_judged(text: str, rest: str) -> None:
    assert without_label(text).casefold() == rest.casefold()
