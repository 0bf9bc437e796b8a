"""Which rules speak, how loud, and for which team? What `policy.yaml` says under `rules` and `team_rules`.

A rule is named `group/name`, a whole group by `group`. Its level is error, warning, note or ignore; a team's word goes
before the organization's, a rule's own before its group's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from worker.domain.model import CRITERIA, Finding
from worker.domain.policy import Policy, SmartPolicy

IGNORE = "ignore"
LEVELS = ("ignore", "note", "warning", "error")
# What cannot be turned off stands not here: what the service itself could not do is always said.
RULES = (
    *(f"smart/{name.replace('_', '-')}" for name in CRITERIA),
    "actions/mix",
    "blame/careless-words",
    "blame/human-error",
    "blame/person-as-cause",
    "complete/actions-linked",
    "complete/causes",
    "complete/impact",
    "complete/one-cause",
    "complete/summary",
    "complete/symptom-as-cause",
    "complete/timeline",
    "complete/timeline-times",
    "complete/what-went-well",
    "complete/whys-chain",
    "date/past",
    "date/two",
    "date/unclear",
    "date/unreadable",
    "document/link-only",
    "document/no-action-items",
    "document/not-a-post-mortem",
    "item/owner-load",
    "table/ragged",
    "wording/counterfactual",
)
GROUPS = tuple(sorted({rule.partition("/")[0] for rule in RULES}))


def is_rule(name: str) -> bool:
    """Whether this names a rule or a group of rules."""
    return name in RULES or name in GROUPS


def level_of(policy: Policy, rule: str, usual: str, team: str = "") -> str:
    """The level at which a rule speaks for a team ("" for nobody's): error, warning, note or ignore."""
    group = rule.partition("/")[0]
    tables: list[Mapping[str, str]] = [policy.team_rules.get(team, {}), policy.rules]
    for table in tables:
        for name in (rule, group):
            if name in table:
                return table[name]
    return usual


def levelled(findings: Iterable[Finding], policy: Policy, team: str = "") -> tuple[Finding, ...]:
    """The findings that policy lets speak, each at the level that it gives them."""
    out = []
    for finding in findings:
        level = level_of(policy, finding.rule, finding.level, team)
        if level != IGNORE or finding.rule not in RULES:
            out.append(finding if level in {finding.level, IGNORE} else replace(finding, level=level))
    return tuple(out)


def smart_for(policy: Policy, team: str = "") -> SmartPolicy:
    """How items of a team are judged: the criteria that `rules` set to ignore are ignored."""
    quiet = {
        name for name in CRITERIA if level_of(policy, f"smart/{name.replace('_', '-')}", "warning", team) == IGNORE
    }
    return (
        policy.smart if quiet <= policy.smart.ignored else replace(policy.smart, ignored=policy.smart.ignored | quiet)
    )


def criterion_of(written: str) -> str:
    """The SMART criterion that a person names ("relevant", "smart/time-bound", "owner", "date"), or ""."""
    name = written.strip().strip("`").casefold().removeprefix("smart/").replace("-", "_")
    return name if name in CRITERIA else _SPOKEN.get(name, "")


_SPOKEN = {
    "owner": "single_owner",
    "one_owner": "single_owner",
    "date": "time_bound",
    "due": "time_bound",
    "deadline": "time_bound",
    "timebound": "time_bound",
    "step": "specific",
    "vague": "specific",
    "done_when": "measurable",
    "scope": "achievable",
    "cause": "relevant",
    "link": "relevant",
}
