"""Distances between words, against their definition, and the numbers that near words share."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.search import edit_distance

WORDS = st.text("abc", max_size=7)


@cache
def by_definition(one: str, other: str) -> int:
    """Optimal string alignment as its recurrence says, without bounds."""
    if not one or not other:
        return len(one) + len(other)
    options = [
        by_definition(one[:-1], other) + 1,
        by_definition(one, other[:-1]) + 1,
        by_definition(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[-2:][::-1]:
        options.append(by_definition(one[:-2], other[:-2]) + 1)
    return min(options)


@given(WORDS, WORDS, st.integers(0, 4))
def test_distance_is_that_of_the_definition_up_to_the_bound(one: str, other: str, at_most: int) -> None:
    assert edit_distance.count_typos(one, other, at_most) == min(by_definition(one, other), at_most + 1)


@pytest.mark.parametrize(
    ("one", "other", "typos"), [("muller", "mueller", 1), ("ca", "ac", 1), ("ronaldo", "rnoadlo", 2), ("ab", "xy", 2)]
)
def test_what_counts_as_one_typo(one: str, other: str, typos: int) -> None:
    assert edit_distance.count_typos(one, other, 3) == typos


@given(WORDS, WORDS)
def test_words_one_typo_apart_share_a_shadow(one: str, other: str) -> None:
    if by_definition(one, other) <= 1:
        assert set(edit_distance.compute_shadows(one)) & set(edit_distance.compute_shadows(other))


@given(st.text(max_size=9))
def test_a_shadow_fits_a_column_of_32_bits(word: str) -> None:
    assert all(-(2**31) <= shadow < 2**31 for shadow in edit_distance.compute_shadows(word))
    assert len(edit_distance.compute_shadows(word)) <= len(word) + 1


@pytest.mark.parametrize(("word", "typos"), [("", 0), ("ab", 0), ("abc", 1), ("abcde", 1), ("abcdef", 2)])
def test_longer_words_may_hold_more_typos(word: str, typos: int) -> None:
    assert edit_distance.max_typos(word) == typos
