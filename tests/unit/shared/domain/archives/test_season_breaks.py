"""Seasons found in days alone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest

from shared.domain.archives import season_breaks
from shared.domain.archives.season_breaks import Meeting


def seasons(starts: list[date], *, n_teams: int = 10, pause: tuple[int, int] = (0, 0)) -> list[Meeting]:
    """Double round robins of 90 matches, a match every three days, with a pause of so many days after so many."""
    meetings = []
    for start in starts:
        for number, (home, away) in enumerate(permutations("ABCDEFGHIJ"[:n_teams], 2)):
            late = timedelta(days=pause[1] if pause[0] and number >= pause[0] else 0)
            meetings.append((start + timedelta(days=3 * number) + late, home, away))
    return sorted(meetings)


def found(meetings: list[Meeting]) -> list[tuple[int, bool]]:
    return [(span.starts_in, span.calendar_year) for span in season_breaks.spans(meetings)]


def test_autumn_to_spring() -> None:
    meetings = seasons([date(year, 8, 14) for year in range(2000, 2006)])
    assert found(meetings) == [(year, False) for year in range(2000, 2006)]


def test_spring_to_autumn() -> None:
    meetings = seasons([date(year, 3, 1) for year in range(2000, 2006)])
    assert found(meetings) == [(year, True) for year in range(2000, 2006)]


def test_a_long_winter_does_not_part_a_season() -> None:
    """As in Russia since 2012: hardly a match from December to February, nor in June."""
    meetings = seasons([date(year, 7, 10) for year in range(2012, 2018)], pause=(45, 60))
    assert found(meetings) == [(year, False) for year in range(2012, 2018)]


def test_a_season_that_ran_late_ends_late() -> None:
    """As in 2020: three months without a match in spring, the last one in July, the next season from September."""
    others = [date(2017, 8, 14), date(2018, 8, 14), date(2020, 9, 12), date(2021, 8, 14)]
    meetings = sorted([*seasons(others), *seasons([date(2019, 8, 9)], pause=(70, 85))])
    assert [span.first for span in season_breaks.spans(meetings)] == sorted([*others, date(2019, 8, 9)])


def test_a_change_of_the_calendar_is_followed() -> None:
    starts = [*(date(year, 3, 1) for year in range(2000, 2006)), *(date(year, 8, 14) for year in range(2006, 2012))]
    spans = season_breaks.spans(seasons(starts))
    assert (spans[0].calendar_year, spans[-1].calendar_year) == (True, False)
    assert len({span.starts_in for span in spans}) == len(spans)


@pytest.mark.parametrize("n", [0, 1])
def test_few_matches_are_few_seasons(n: int) -> None:
    assert len(season_breaks.spans([(date(1908, 10, 22), "A", "B")] * n)) == n
