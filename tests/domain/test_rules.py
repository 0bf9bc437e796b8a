"""Policy says which rules speak and how loud; a team's word goes before the organization's."""

import re
from pathlib import Path

import pytest

from worker.domain import rules
from worker.domain.model import CRITERIA, Finding
from worker.domain.policy import Policy

FOUND = (
    Finding(rule="blame/human-error", level="warning", remedy="r"),
    Finding(rule="complete/timeline", level="note", remedy="r"),
)


@pytest.mark.parametrize(
    ("policy", "team", "levels"),
    [
        pytest.param(Policy(), "", ["warning", "note"], id="nothing said leaves the usual level"),
        pytest.param(Policy(rules={"blame": "ignore"}), "", ["note"], id="a group may be silent"),
        pytest.param(
            Policy(rules={"blame": "ignore", "blame/human-error": "error"}),
            "",
            ["error", "note"],
            id="a rule beats its group",
        ),
        pytest.param(
            Policy(rules={"complete": "error"}, team_rules={"pay": {"complete": "ignore"}}),
            "pay",
            ["warning"],
            id="a team beats the organization",
        ),
        pytest.param(
            Policy(team_rules={"pay": {"blame": "ignore"}}),
            "ops",
            ["warning", "note"],
            id="another team's word is not ours",
        ),
    ],
)
def test_a_finding_speaks_at_the_level_of_policy(policy: Policy, team: str, levels: list[str]) -> None:
    assert [finding.level for finding in rules.levelled(FOUND, policy, team)] == levels


def test_what_the_service_could_not_do_is_always_said() -> None:
    gone = Finding(rule="item/issue-gone", level="error", remedy="r")
    assert rules.levelled((gone,), Policy(rules={"item": "ignore"})) == (gone,)


def test_a_criterion_may_be_off_for_one_team() -> None:
    policy = Policy(team_rules={"pay": {"smart/relevant": "ignore", "smart/time-bound": "note"}})
    assert rules.smart_for(policy, "pay").ignored == {"relevant"}
    assert rules.smart_for(policy).ignored == frozenset()


def test_every_criterion_is_a_rule_and_can_be_named() -> None:
    for name in CRITERIA:
        assert rules.is_rule(f"smart/{name.replace('_', '-')}")
        assert rules.criterion_of(name.replace("_", "-")) == name
    assert rules.criterion_of("nonsense") == ""


def test_every_rule_of_the_lint_is_listed() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(rules.__file__).parent.joinpath("blameless").glob("*.py")
    )
    said = set(re.findall(r'"((?:blame|wording)/[a-z-]+)"', source))
    said |= {f"complete/{name}" for name in re.findall(r'_note\(\s*"([a-z-]+)"', source)}
    assert said
    assert said <= set(rules.RULES)
