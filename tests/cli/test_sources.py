"""Commands know whom the service knows: who answers may stand in a source of people.yaml."""

from __future__ import annotations

from tests.cli.conftest import PEOPLE, Desk

TABLE = "Name,Mail,GitHub,Manager\nBob Okafor,bob@acme.example,bob,lena@acme.example\n"
ALONE = """
sources: {csv: [people.csv]}
people:
  alice: {name: Alice Moreau, email: alice@acme.example, github: alice}
  lena: {name: Lena Vogt, email: lena@acme.example, github: lena}
"""


def stickies(desk: Desk) -> str:
    return "\n".join(c["body"] for issue in desk.issues().values() for c in issue["comments"])


def test_apply_knows_an_owner_whom_only_a_table_names(desk: Desk) -> None:
    (desk.folder / "people.yaml").write_text(ALONE)
    (desk.folder / "people.csv").write_text(TABLE)
    assert desk("apply", desk.label(), "--service-stopped").code == 0
    assert "| Bob Okafor |" in stickies(desk)


def test_a_source_that_does_not_answer_is_told_and_the_rest_is_done(desk: Desk) -> None:
    (desk.folder / "people.yaml").write_text("sources: {csv: [people.csv]}\n" + PEOPLE)
    for command in (("apply", desk.label(), "--service-stopped"), ("plan",), ("digest",), ("simulate",)):
        ran = desk(*command)
        assert (ran.code, command) == (0, command)
        assert "people.csv: the file can't be read: No such file or directory; what it knows is left out" in ran.err
