"""What policy.yaml says about rules is what `check` does: levels, teams, and an owner who carries too much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from worker.cli.main import app

BODY = """# Checkout returned 500s

## Summary

No customer of the Leeds region could pay for 52 minutes, as carts waited for a connection until the gateway gave up.

## Root cause

The operator should have checked the pool of the ledger.

## Action items

- Ana: cap the pool of the ledger at 40 connections by 2026-12-01
- Ana: alert when the pool is empty for 5 minutes by 2026-12-01
- Ana: turn on SSO for the wiki by 2026-12-01
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.md").write_text(BODY, encoding="utf-8")
    return tmp_path


def checked(folder: Path, policy: str, *more: str) -> tuple[int, dict[str, Any]]:
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    arguments = ["check", "--today", "2026-11-20", "--format", "json", "--config", str(folder), *more]
    result = CliRunner().invoke(app, [*arguments, str(folder / "a.md")])
    return result.exit_code, json.loads(result.stdout)[0]


def levels(document: dict[str, Any]) -> dict[str, str]:
    return {finding["rule"]: finding["level"] for finding in document["findings"]}


def test_a_rule_that_policy_calls_an_error_fails_the_check(folder: Path) -> None:
    assert checked(folder, "rules: {blame: error}")[0] == 1
    code, document = checked(folder, "rules: {blame: ignore}")
    assert code == 0
    assert not any(rule.startswith("blame/") for rule in levels(document))


def test_a_team_has_its_own_levels(folder: Path) -> None:
    policy = "team_rules: {pay: {blame/person-as-cause: ignore, smart/relevant: ignore}}"
    assert levels(checked(folder, policy)[1])["blame/person-as-cause"] == "warning"
    code, document = checked(folder, policy, "--team", "pay")
    assert code == 0
    assert "blame/person-as-cause" not in levels(document)
    assert [item["smart"]["relevant"]["state"] for item in document["action_items"]][-1] == "suppressed"


@pytest.mark.parametrize(("most", "told"), [pytest.param(0, False, id="off"), (2, True), (3, False)])
def test_an_owner_with_too_many_open_items_is_told_once_and_only_where_policy_asks(
    folder: Path, most: int, told: bool
) -> None:
    document = checked(folder, f"smart: {{most_open_items: {most}}}")[1]
    loads = [finding for finding in document["findings"] if finding["rule"] == "item/owner-load"]
    assert len(loads) == int(told)
    assert all(finding["level"] == "note" and "carries 3 open items" in finding["remedy"] for finding in loads)


def test_what_an_item_is_tied_to_and_what_the_set_lacks_is_in_the_json(folder: Path) -> None:
    document = checked(folder, "{}")[1]
    first, second, third = document["action_items"]
    assert first["tied_to"].startswith("the root cause: ")
    assert (first["strength"], second["strength"]) == ("strong", "medium")
    assert third["tied_to"] is None
    assert third["smart"]["relevant"]["state"] == "fail"
    assert document["balance"]["mitigate"] == 0
    assert "actions/mix" in levels(document)
