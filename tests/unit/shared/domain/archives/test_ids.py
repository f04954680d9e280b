"""Ids made of names are the same in every run, apart from a site's, and exact in JSON."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.catalogue import ids

NAMES = st.text(min_size=1, max_size=12)


def test_they_are_the_same_in_every_run() -> None:
    """Stored rows have them: another way of making them would store every archive twice."""
    assert ids.team_id("england/arsenal") == 4777567575348882
    assert ids.season_id("footballdata", 17, 2024) == 5838905449488814
    assert ids.MatchIds("footballdata", 17, 2024).next("Man United", "Fulham") == 5839157968177356


@settings(max_examples=50)
@given(st.lists(st.tuples(NAMES, NAMES), max_size=30), st.integers(1870, 2100))
def test_matches_of_a_season_are_told_apart_and_lie_together(pairs: list[tuple[str, str]], year: int) -> None:
    numbers = ids.MatchIds("x", 17, year)
    made = [numbers.next(home, away) for home, away in pairs]
    assert len(set(made)) == len(made)
    assert all(ids.is_archived(one) and one < 2**53 for one in made)
    assert not made or max(made) - min(made) < 2**32


def test_a_season_belongs_to_one_source_and_a_name_runs_into_no_other() -> None:
    assert len({ids.season_id(source, 17, year) for source in "ab" for year in range(1888, 2026)}) == 2 * 138
    assert ids.team_id("ab", "c") != ids.team_id("a", "bc")
