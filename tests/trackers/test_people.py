"""People of an organization or project, where a server answers in its odd ways."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.trackers.plain import Asked, PlainServer, Says
from tests.trackers.test_adapter_app import AS_APP, Apps
from worker.trackers.errors import RateLimited, Refused, Unavailable
from worker.trackers.github import GitHubClient, GitHubPeople
from worker.trackers.jira import JiraClient, JiraPeople
from worker.trackers.jira.config import JiraConfig
from worker.trackers.port import Account, Group

Connect = Callable[..., GitHubClient]


def person(login: str, **more: Any) -> dict[str, Any]:
    return {"login": login, "type": "User", **more}


def serve(plain: PlainServer, answers: Mapping[str, Any]) -> None:
    """Answer each path with this; anything else is not there."""

    def answer(asked: Asked) -> Says:
        path = asked.path + (f"?role={asked.query['role']}" if "role" in asked.query else "")
        found = answers.get(path, Says(status=404, data={"message": "Not Found"}))
        return found if isinstance(found, Says) else Says(data=found)

    plain.answer = answer


def test_members_and_teams_are_sorted_and_no_app_is_a_person(plain: PlainServer, connect: Connect) -> None:
    serve(
        plain,
        {
            "/orgs/acme/members": [person("Zoe"), person("amy"), person("helper[bot]", type="Bot"), person("amy")],
            "/orgs/acme/teams": [
                {"slug": "pay", "name": "Payments", "parent": {"slug": "eng"}},
                {"slug": "eng", "name": "Engineering", "parent": None},
            ],
            "/orgs/acme/teams/pay/members?role=all": [person("Zoe"), person("amy")],
            "/orgs/acme/teams/pay/members?role=maintainer": [person("Zoe")],
            "/orgs/acme/teams/eng/members?role=all": [],
            "/orgs/acme/teams/eng/members?role=maintainer": [],
        },
    )
    roster = GitHubPeople(connect()).roster("acme")
    assert roster.complete
    assert roster.accounts == (Account(login="amy"), Account(login="Zoe"))
    assert roster.groups == (
        Group(id="acme/eng", name="Engineering"),
        Group(id="acme/pay", name="Payments", parent="acme/eng", leads=("Zoe",), members=("amy", "Zoe")),
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(Says(status=403, data={"message": "Resource not accessible"}), Refused, id="no right to members"),
        pytest.param(Says(status=403, headers={"retry-after": "7"}, data={}), RateLimited, id="a limit"),
        pytest.param(Says(status=502), Unavailable, id="a failure"),
        pytest.param(Says(data={"not": "a list"}), Unavailable, id="something else than a list"),
        pytest.param([{"name": "no slug"}], Unavailable, id="a team without an address"),
    ],
)
def test_teams_that_cannot_be_read_are_an_error_and_never_none(
    plain: PlainServer, connect: Connect, answer: Any, error: type[Exception]
) -> None:
    serve(plain, {"/orgs/acme/members": [], "/orgs/acme/teams": answer})
    with pytest.raises(error):
        GitHubPeople(connect(attempts=1)).roster("acme")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param(
            {"encoding": "base64", "content": base64.encodebytes("\ufeff* @acme/päy\n".encode()).decode()},
            "* @acme/päy\n",
            id="a file, without its mark",
        ),
        pytest.param([{"name": "CODEOWNERS"}], None, id="a folder of that name"),
        pytest.param({"encoding": "none", "content": ""}, None, id="a file that is too large to be sent"),
        pytest.param(Says(status=404, data={"message": "Not Found"}), None, id="nothing"),
    ],
)
def test_a_file_is_its_text(plain: PlainServer, connect: Connect, answer: Any, text: str | None) -> None:
    serve(plain, {"/repos/acme/pay/contents/.github/CODEOWNERS": answer})
    assert GitHubPeople(connect()).file("acme/pay", ".github/CODEOWNERS") == text


def test_a_file_that_is_no_text_is_an_error(plain: PlainServer, connect: Connect) -> None:
    content = base64.b64encode(b"\xff\xfe\x00").decode()
    serve(plain, {"/repos/acme/pay/contents/CODEOWNERS": {"encoding": "base64", "content": content}})
    with pytest.raises(Unavailable):
        GitHubPeople(connect()).file("acme/pay", "CODEOWNERS")


def test_an_account_has_a_name_or_is_not_there(plain: PlainServer, connect: Connect) -> None:
    serve(plain, {"/users/amy": person("amy", name="Amy"), "/users/zoe": person("zoe", name=None)})
    people = GitHubPeople(connect())
    assert people.account("amy") == Account(login="amy", name="Amy")
    assert people.account("zoe") == Account(login="zoe")
    assert people.account("eve") is None


def test_an_app_asks_with_the_token_of_the_organizations_installation(plain: PlainServer, connect: Connect) -> None:
    apps = Apps(plain)
    inner = apps.answer

    def answer(asked: Asked) -> Says:
        path = asked.path
        if path.startswith("/users/amy") or path.endswith(("/members", "/teams")):
            assert asked.headers["authorization"].startswith("token ghs_1_")
            return Says(data=person("amy", name="Amy") if path.startswith("/users/") else [])
        return inner(asked)

    plain.answer = answer
    people = GitHubPeople(connect(**AS_APP))
    assert people.roster("acme").accounts == ()
    assert people.account("amy") == Account(login="amy", name="Amy")


def test_a_jira_that_gives_few_people_at_once_is_asked_until_it_gives_none(plain: PlainServer) -> None:
    everybody = [{"accountId": f"712020:{n}", "accountType": "atlassian", "displayName": f"P {n}"} for n in range(7)]

    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/user/assignable/search"):
            start = int(asked.query["startAt"])
            return Says(data=everybody[start : start + 3])
        if asked.path.endswith("/components"):
            customer = {"accountId": "qm:1", "accountType": "customer"}
            return Says(data=[{"name": "Gateway", "lead": everybody[1]}, {"name": "Desk", "lead": customer}])
        return Says(data={"key": "PAY", "name": "Payments", "lead": {**everybody[0], "active": False}})

    plain.answer = answer
    client = JiraClient(JiraConfig(url=plain.url, cloud=True, email="bot@example.com", api_token="x", backoff_s=0.0))
    roster = JiraPeople(client).roster("PAY")
    client.close()
    assert len(roster.accounts) == 7
    assert not roster.complete
    assert roster.groups == (
        Group(id="PAY", name="Payments", leads=("712020:0",)),
        Group(id="PAY/Desk", name="Desk", parent="PAY"),
        Group(id="PAY/Gateway", name="Gateway", parent="PAY", leads=("712020:1",)),
    )
    (lead,) = [account for account in roster.accounts if account.login == "712020:0"]
    assert not lead.active


def test_a_page_of_apps_alone_does_not_end_a_jiras_list(plain: PlainServer) -> None:
    apps = [{"accountId": f"557058:{n}", "accountType": "app"} for n in range(3)]
    everybody = [*apps, {"accountId": "712020:1", "accountType": "atlassian", "displayName": "Ana"}]

    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/user/assignable/search"):
            start = int(asked.query["startAt"])
            return Says(data=everybody[start : start + 3])
        return Says(data=[] if asked.path.endswith("/components") else {"key": "PAY", "name": "Payments"})

    plain.answer = answer
    client = JiraClient(JiraConfig(url=plain.url, cloud=True, email="bot@example.com", api_token="x", backoff_s=0.0))
    roster = JiraPeople(client).roster("PAY")
    client.close()
    assert roster.accounts == (Account(login="712020:1", name="Ana"),)
