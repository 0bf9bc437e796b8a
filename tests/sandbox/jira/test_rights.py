"""Who may see and do what: credentials, the gateway, the public, roles and security levels."""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any

import pytest

from tests.sandbox.jira.conftest import create
from worker.sandbox.jira import JiraSandbox, Refusal


def ask(sandbox: JiraSandbox, path: str, auth: str = "", method: str = "GET", body: Any = None) -> tuple[int, Any, Any]:
    """Status, headers and JSON of one request with this `Authorization`."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
    headers = {"Content-Type": "application/json"} | ({"Authorization": auth} if auth else {})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.headers, json.loads(text) if text else None


def basic(email: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{email}:{token}".encode()).decode()


MAIL = "service@acme.example"


@pytest.mark.parametrize(
    ("face", "auth"),
    [
        pytest.param("cloud", basic(MAIL, "nope"), id="an unknown token"),
        pytest.param("cloud", basic("bob@acme.example", "t-service"), id="another's mail address"),
        pytest.param("cloud", basic(MAIL, "t-old"), id="an expired token"),
        pytest.param("cloud", basic("gone@acme.example", "t-gone"), id="a token of one who left"),
        pytest.param("cloud", basic(MAIL, "t-scoped"), id="a scoped token past the gateway"),
        pytest.param("cloud", "Bearer t-service", id="a bearer on Cloud"),
        pytest.param("cloud", "Basic %%%", id="no base64"),
        pytest.param("datacenter", "Bearer nope", id="an unknown PAT"),
        pytest.param("datacenter", "Bearer t-old", id="an expired PAT"),
    ],
)
def test_a_credential_is_refused(running: dict[str, JiraSandbox], face: str, auth: str) -> None:
    status, headers, body = ask(running[face], "/rest/api/2/serverInfo", auth)
    assert status == 401
    assert headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert body["errorMessages"] == ["Client must be authenticated to access this resource."]


def test_a_scoped_token_works_at_the_gateway(cloud: JiraSandbox) -> None:
    gateway = cloud.gateway_url.removeprefix(cloud.url)
    status, _, me = ask(cloud, f"{gateway}/rest/api/3/myself", basic(MAIL, "t-scoped"))
    assert (status, me["accountId"]) == (200, "712020:service")
    assert me["self"].startswith(cloud.gateway_url)
    assert cloud.requests()[-1].path == "/myself"
    assert ask(cloud, "/ex/jira/another/rest/api/3/myself", basic(MAIL, "t-scoped"))[0] == 404


def test_the_public_reads_public_projects_alone(sandbox: JiraSandbox) -> None:
    assert ask(sandbox, "/rest/api/2/project/PUB")[0] == 200
    assert ask(sandbox, "/rest/api/2/issue/PUB-1")[0] == 200
    assert ask(sandbox, "/rest/api/2/project/OPS")[0] == 404
    assert ask(sandbox, "/rest/api/2/issue/OPS-1")[0] == (404 if sandbox.face == "cloud" else 401)
    assert ask(sandbox, "/rest/api/2/myself")[0] == 401
    made = {"fields": {"project": {"key": "PUB"}, "issuetype": {"name": "Task"}, "summary": "x"}}
    assert ask(sandbox, "/rest/api/2/issue", method="POST", body=made)[0] == 401


def test_what_cannot_be_seen_does_not_exist(sandbox: JiraSandbox) -> None:
    hidden = 404 if sandbox.face == "cloud" else 403
    for path, login, status in (
        ("/project/SEC", "service", 404),
        ("/issue/SEC-1", "service", hidden),
        ("/issue/OPS-2", "alice", hidden),
        ("/issue/OPS-99", "service", 404),
    ):
        with pytest.raises(Refusal) as refused:
            sandbox.act(login, "GET", path)
        assert refused.value.status == status
    assert sandbox.act("service", "GET", "/issue/OPS-2")["fields"]["security"]["name"] == "Incident team"


def test_a_token_that_may_only_read_writes_nothing(sandbox: JiraSandbox) -> None:
    auth = basic(MAIL, "t-reads") if sandbox.face == "cloud" else "Bearer t-reads"
    assert ask(sandbox, "/rest/api/2/issue/OPS-1", auth)[0] == 200
    for method, path, body in (
        ("PUT", "/issue/OPS-1", {"fields": {"summary": "x"}}),
        ("POST", "/issue/OPS-1/comment", {"body": "x"}),
        ("PUT", "/issue/OPS-1/properties/a", {}),
    ):
        assert ask(sandbox, f"/rest/api/2{path}", auth, method, body)[0] == 403
    assert sandbox.writes() == ()


def test_a_viewer_reads_and_a_customer_comments(sandbox: JiraSandbox) -> None:
    key = create(sandbox, project="PAY")
    sandbox.act("buyer", "POST", f"/issue/{key}/comment", {"body": "When?"})
    for login, project in (("buyer", "PAY"), ("alice", "STR")):
        with pytest.raises(Refusal) as refused:
            create(sandbox, login, project)
        assert refused.value.status == 400


@pytest.mark.parametrize(
    ("permission", "have"),
    [
        pytest.param("EDIT_ISSUES", True, id="a member edits"),
        pytest.param("ADMINISTER_PROJECTS", False, id="and does not administer"),
        pytest.param("ADMINISTER", False, id="nor the site"),
    ],
)
def test_permissions_are_told(sandbox: JiraSandbox, permission: str, have: bool) -> None:
    path = f"/mypermissions?projectKey=OPS&permissions={permission}"
    assert sandbox.act("service", "GET", path)["permissions"][permission]["havePermission"] is have


def test_cloud_wants_to_be_told_which_permissions(cloud: JiraSandbox) -> None:
    for path in ("/mypermissions", "/mypermissions?permissions=FLY"):
        with pytest.raises(Refusal) as refused:
            cloud.act("service", "GET", path)
        assert refused.value.status == 400


def test_times_are_told_in_the_callers_zone(sandbox: JiraSandbox) -> None:
    key = create(sandbox)
    for login, created in (("alice", "2026-11-03T10:00:00.000+0100"), ("service", "2026-11-03T09:00:00.000+0000")):
        assert sandbox.act(login, "GET", f"/issue/{key}")["fields"]["created"] == created
