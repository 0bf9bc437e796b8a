"""What the README shows of the commands is what they say."""

import pytest

from tests.readme import ladder
from tests.readme.render import README, page, with_page


def test_the_page_before_and_after_is_what_the_commands_say() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_page(readme, page()) == readme, "call `make readme`"


def test_the_page_of_the_ladder_is_what_people_are_told() -> None:
    readme = README.read_text(encoding="utf-8")
    wanted = with_page(readme, ladder.page(), begin_mark=ladder.BEGIN, end_mark=ladder.END)
    assert wanted == readme, "call `make readme`"


def test_a_readme_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        with_page("# Followthrough\n", "x")
