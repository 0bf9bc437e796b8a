"""Does a GitHub App sign itself in, find its installations, and act through them, with PyGithub's own classes?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth, Github, GithubException, GithubIntegration, UnknownObjectException

from tests.sandbox.conftest import SEED
from worker.sandbox.github import GitHubSandbox


def make_key() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """The App's private and public key."""
    return make_key()


@pytest.fixture
def installed(keys: tuple[str, str]) -> Iterator[GitHubSandbox]:
    """A sandbox with an App, installed in one organization for one of its repositories."""
    app = {
        "id": 4711,
        "slug": "helper-app",
        "public_key": keys[1],
        "installations": [{"id": 77, "account": "acme", "repos": ["acme/incidents"]}],
    }
    with GitHubSandbox(seed={**SEED, "app": app}) as sandbox:
        yield sandbox


def integration(sandbox: GitHubSandbox, private: str, number: int = 4711) -> GithubIntegration:
    return GithubIntegration(
        auth=Auth.AppAuth(number, private),
        base_url=sandbox.api_url,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def test_the_app_finds_where_it_is_installed(installed: GitHubSandbox, keys: tuple[str, str]) -> None:
    app = integration(installed, keys[0])
    assert app.get_app().slug == "helper-app"
    assert [one.id for one in app.get_installations()] == [77]
    assert app.get_org_installation("acme").id == 77
    assert app.get_repo_installation("acme", "incidents").id == 77
    with pytest.raises(UnknownObjectException):
        app.get_repo_installation("acme", "payments")
    with pytest.raises(UnknownObjectException):
        app.get_user_installation("alice")


def test_an_installation_acts_as_the_apps_bot_inside_its_repositories(
    installed: GitHubSandbox, keys: tuple[str, str]
) -> None:
    auth = Auth.AppAuth(4711, keys[0]).get_installation_auth(77)
    bot = Github(
        base_url=installed.api_url, auth=auth, retry=None, seconds_between_requests=None, seconds_between_writes=None
    )

    comment = bot.get_repo("acme/incidents").get_issue(1).create_comment("hello")
    assert (comment.user.login, comment.user.type) == ("helper-app[bot]", "Bot")
    assert comment.raw_data["performed_via_github_app"]["slug"] == "helper-app"
    _, answer = bot.requester.graphql_query("{ viewer { login } }", {})
    assert answer["data"]["viewer"]["login"] == "helper-app[bot]"
    with pytest.raises(UnknownObjectException):
        bot.get_repo("acme/payments").get_issue(1)
    with pytest.raises(GithubException, match="not accessible by integration"):
        bot.get_user().login  # noqa: B018 - the request is what counts


def test_another_key_and_another_app_are_refused(installed: GitHubSandbox, keys: tuple[str, str]) -> None:
    with pytest.raises(GithubException) as stranger:
        integration(installed, make_key()[0]).get_app()
    assert stranger.value.status == 401
    with pytest.raises(GithubException) as other:
        integration(installed, keys[0], number=1).get_app()
    assert other.value.status == 401


def test_an_installations_token_ends_with_a_reset(installed: GitHubSandbox, keys: tuple[str, str]) -> None:
    token = integration(installed, keys[0]).get_access_token(77).token
    installed.reset()
    with pytest.raises(GithubException) as refused:
        Github(
            base_url=installed.api_url,
            auth=Auth.Token(token),
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        ).get_repo("acme/incidents")
    assert refused.value.status == 401
