"""A few of the many: random documents raise nothing. `make fuzz` runs a hundred thousand."""

import random

from tests.bench.fuzz import draw, run_chunk


def test_a_few_hundred_random_documents_are_read_without_an_error() -> None:
    assert run_chunk(range(300)) == []


def test_a_seed_always_draws_the_same_document() -> None:
    assert draw(random.Random(7)) == draw(random.Random(7))
