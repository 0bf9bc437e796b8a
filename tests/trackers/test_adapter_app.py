"""As a GitHub App: installations are found per owner, tokens are shared, renewed, and never outlive a refusal."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.trackers.plain import Asked, PlainServer, Says, issue_payload
from worker.domain.model import IssueRef
from worker.trackers.errors import CredentialRefused, Missing, Unavailable
from worker.trackers.github import GitHubClient, GitHubRead, GitHubWrite

Connect = Callable[..., GitHubClient]

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
AS_APP = {"token": "", "app_id": "77", "private_key": PEM}


class Apps:
    """GitHub's side of an App that is installed for the organization `acme` and the user `mona`."""

    def __init__(self, server: PlainServer) -> None:
        self.installations = {"/orgs/acme/installation": 1, "/users/mona/installation": 2}
        self.lives = timedelta(hours=1)
        self.given: list[str] = []
        self.refused: set[str] = set()
        self.broken = 0
        self.count: Counter[str] = Counter()
        server.answer = self.answer

    def answer(self, asked: Asked) -> Says:
        self.count[f"{asked.verb} {asked.path}"] += 1
        bearer = asked.headers["authorization"]
        if asked.path == "/app" or asked.path.endswith(("/installation", "/access_tokens")):
            claims = jwt.decode(bearer.removeprefix("Bearer "), KEY.public_key(), algorithms=["RS256"])
            assert claims["iss"] == "77"
            return self.for_app(asked)
        token = bearer.removeprefix("token ")
        if token not in self.given or token in self.refused:
            return Says(status=401, data={"message": "Bad credentials"})
        if asked.path == "/installation/repositories":
            rows = [{"full_name": f"acme/{name}", "private": True} for name in ("pay", "web")]
            return Says(data={"total_count": 2, "repositories": [*rows, {"full_name": "acme/old", "archived": True}]})
        owner, number = asked.path.split("/")[2], int(asked.path.split("/")[-1]) if asked.verb == "GET" else 0
        kind = "users" if owner == "mona" else "orgs"
        assert token.startswith(f"ghs_{self.installations[f'/{kind}/{owner}/installation']}_")
        if asked.verb == "POST":
            return Says(status=201, data={"id": 99})
        return Says(data=issue_payload(number, f"{owner}/pay"))

    def for_app(self, asked: Asked) -> Says:
        if self.broken:
            self.broken -= 1
            return Says(status=502)
        if asked.path == "/app":
            return Says(data={"slug": "follow-up"})
        if asked.path in self.installations:
            return Says(data={"id": self.installations[asked.path]})
        number = asked.path.split("/")[3]
        if asked.verb == "POST" and number.isdigit() and int(number) in self.installations.values():
            self.given.append(f"ghs_{number}_{len(self.given)}")
            ends = datetime.now(UTC) + self.lives
            return Says(status=201, data={"token": self.given[-1], "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ")})
        return Says(status=404, data={"message": "Not Found"})


@pytest.fixture
def apps(plain: PlainServer) -> Apps:
    return Apps(plain)


def ref(owner: str, number: int = 1) -> IssueRef:
    return IssueRef("github", f"{owner}/pay#{number}")


def raw_issue(client: GitHubClient, one: IssueRef) -> Any:
    return client.read(f"/repos/{one.container}/issues/{one.number}", owner=one.container.partition("/")[0]).data


def test_each_owner_has_its_own_installation_and_token(apps: Apps, connect: Connect) -> None:
    client = connect(**AS_APP)
    for _ in range(3):
        assert raw_issue(client, ref("acme"))["number"] == 1
        assert raw_issue(client, ref("mona"))["number"] == 1
    assert sorted(apps.given) == ["ghs_1_0", "ghs_2_1"]


def test_the_account_is_the_apps_bot(apps: Apps, connect: Connect) -> None:
    assert GitHubRead(connect(**AS_APP)).account() == "follow-up[bot]"


def test_a_given_installation_is_not_looked_for(apps: Apps, connect: Connect) -> None:
    raw_issue(connect(**AS_APP, installation_id=1), ref("acme"))
    assert apps.count["GET /orgs/acme/installation"] == 0


def test_an_owner_without_the_app_is_missing_and_the_remedy_is_said(apps: Apps, connect: Connect) -> None:
    with pytest.raises(Missing, match="not installed for nobody: install it there"):
        raw_issue(connect(**AS_APP), ref("nobody"))


def test_threads_share_one_token(apps: Apps, connect: Connect) -> None:
    client = connect(**AS_APP)
    gate = threading.Barrier(8)

    def work() -> None:
        gate.wait()
        raw_issue(client, ref("acme"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(apps.given) == 1


def test_a_token_is_renewed_before_it_ends(apps: Apps, connect: Connect) -> None:
    apps.lives = timedelta(minutes=4)
    client = connect(**AS_APP)
    raw_issue(client, ref("acme"))
    raw_issue(client, ref("acme"))
    assert len(apps.given) == 2


def test_a_token_refused_early_is_renewed_once_even_for_a_create(apps: Apps, connect: Connect) -> None:
    client = connect(**AS_APP)
    raw_issue(client, ref("acme"))
    apps.refused.add(apps.given[-1])
    assert GitHubWrite(client).add_comment(ref("acme"), "Hello") == "99"
    assert len(apps.given) == 2


def test_a_token_that_stays_refused_is_a_refused_credential(apps: Apps, connect: Connect) -> None:
    apps.refused = {f"ghs_1_{n}" for n in range(9)}
    with pytest.raises(CredentialRefused):
        raw_issue(connect(**AS_APP), ref("acme"))
    assert len(apps.given) == 2


def test_no_token_means_that_a_create_was_not_sent(apps: Apps, connect: Connect) -> None:
    apps.broken = 9
    with pytest.raises(Unavailable):
        GitHubWrite(connect(**AS_APP)).add_comment(ref("acme"), "Hello")
    assert apps.count["POST /repos/acme/pay/issues/1/comments"] == 0


def test_a_new_installation_is_found_after_the_old_one_was_removed(apps: Apps, connect: Connect) -> None:
    client = connect(**AS_APP)
    raw_issue(client, ref("acme"))
    apps.installations["/orgs/acme/installation"] = 3
    apps.refused.add(apps.given[-1])
    with pytest.raises(Missing):
        raw_issue(client, ref("acme"))
    assert raw_issue(client, ref("acme"))["number"] == 1
    assert apps.given[-1].startswith("ghs_3_")


def test_a_key_that_is_no_key_is_a_refused_credential(plain: PlainServer, connect: Connect) -> None:
    with pytest.raises(CredentialRefused, match="private key"):
        GitHubRead(connect(token="", app_id="77", private_key="nonsense")).account()
    assert plain.asked == []


def test_patterns_expand_to_the_repositories_of_the_installation(apps: Apps, connect: Connect) -> None:
    read = GitHubRead(connect(**AS_APP, repositories=("acme/*", "mona/notes")))
    assert read.containers() == ("acme/pay", "acme/web", "mona/notes")
    assert read.containers() == ("acme/pay", "acme/web", "mona/notes")
    assert apps.count["GET /installation/repositories"] == 1
