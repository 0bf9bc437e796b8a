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
from worker.domain.smart import judge

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
