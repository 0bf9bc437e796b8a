"""People are owners as Jira writes them: account ids with a colon, names with dots, mail addresses."""

from datetime import date

import pytest

from worker.domain.document import parse_document

LOGINS = [
    "712020:8f2c1b2c-77aa-4d0e-9a31-0c2f4be1aa10",
    "557058:f58131cb",
    "5b10a2844c20165700ede21g",
    "j.smith",
    "jane.doe@example.org",
    "ana",
]


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    "written",
    [
        "- @{}: add an alert",
        "- @{} add an alert by 2026-12-01",
        "- [ ] @{} to add an alert",
        "- Add an alert (@{})",
        "- Add an alert (@{}, by 2026-12-01)",
        "- Add an alert @{}",
        "- Add an alert by 1 Dec @{}",
        "- Add an alert — @{}",
        "- Add an alert. Owner: @{}",
        "- Add an alert (Owner: @{}, due 2026-12-01)",
        "- Add an alert, assigned to @{}.",
        "| Action | Owner |\n| - | - |\n| Add an alert | @{} |",
        "| Action | Owner |\n| - | - |\n| Add an alert | Ana Ruiz (@{}) |",
    ],
    ids=lambda written: written.rpartition("\n")[2],
)
def test_a_login_is_an_owner_wherever_owners_stand(written: str, login: str) -> None:
    body = "## Action items\n\n" + written.format(login)
    (item,) = parse_document(body, today=date(2026, 11, 20)).items
    assert item.owners == (login,)
    assert item.text.casefold() == "add an alert"


@pytest.mark.parametrize("login", LOGINS)
def test_two_logins_are_two_owners(login: str) -> None:
    listed = f"## Action items\n\n- Add an alert @{login}, @bob\n\n"
    body = f"{listed}| Action | Owner |\n| - | - |\n| Cut it | @bob<br>@{login} |"
    one, two = parse_document(body, today=date(2026, 11, 20)).items
    assert one.owners == (login, "bob")
    assert two.owners == ("bob", login)
