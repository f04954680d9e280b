"""The ranking of many seasons at once equals the league's table of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest

from functions.analyze.season.table import empty_tally, rank_teams
from shared.domain.catalogue.leagues import CATALOGUE
from shared.domain.football.records import Match
from shared.domain.football.table import league_table
from shared.testing.batches import match

N_TEAMS, N_SEASONS = 5, 60
PAIRS = list(permutations(range(N_TEAMS), 2))
CHAINS = sorted({league.tie_break for league in CATALOGUE} | {("h2h_points", "h2h_gd", "h2h_gf", "wins", "gf")})


def table(goals: np.ndarray, chain: tuple[str, ...]) -> list[tuple[int, int]]:
    """Rank and team of one season, goals of shape (pairs, 2)."""
    rows = league_table(
        [_match(n, *pair, int(goals[n, 0]), int(goals[n, 1])) for n, pair in enumerate(PAIRS)],
        as_of=datetime(2026, 7, 1, tzinfo=UTC),
        tie_break=chain,
    )
    return [(row.rank, row.team_id - 1) for row in rows]


def _match(number: int, home: int, away: int, home_goals: int, away_goals: int) -> Match:
    return match(
        number + 1,
        round=number + 1,
        starts_at=datetime(2025, 8, 16, tzinfo=UTC) + timedelta(days=number),
        home_id=home + 1,
        away_id=away + 1,
        home_goals=home_goals,
        away_goals=away_goals,
        home_goals_display=home_goals,
        away_goals_display=away_goals,
    )


@pytest.mark.parametrize("chain", CHAINS)
def test_places_are_those_of_the_leagues_table_up_to_lots(chain: tuple[str, ...]) -> None:
    random = np.random.default_rng(7)
    goals = random.integers(0, 2, (N_SEASONS, len(PAIRS), 2)).astype(np.int8)
    tally = empty_tally(N_TEAMS, N_SEASONS)
    for n, (home, away) in enumerate(PAIRS):
        tally.add(home, away, goals[:, n, 0], goals[:, n, 1])
    points = tally.points.sum(axis=1, dtype=np.int16)
    result = rank_teams(tally, points, chain, random.random(points.shape))
    for season in range(N_SEASONS):
        rows = table(goals[season], chain)
        by_place = [int(team) for team in np.argsort(result[:, season])]
        of_rank = {team: rank for rank, team in rows}
        assert [of_rank[team] for team in by_place] == sorted(of_rank.values())
        assert sorted(result[:, season]) == list(range(N_TEAMS))


def test_adjusted_points_rank_before_goals() -> None:
    tally = empty_tally(2, 1)
    tally.add(0, 1, np.array([5], np.int8), np.array([0], np.int8))
    points = np.array([[3 - 4], [0]], np.int16)
    assert rank_teams(tally, points, ("gd",), np.zeros((2, 1))).ravel().tolist() == [1, 0]


def test_lots_part_whom_nothing_else_does() -> None:
    lots = np.array([[0.1, 0.9], [0.2, 0.8]])
    result = rank_teams(empty_tally(2, 2), np.zeros((2, 2), np.int16), ("gd", "gf", "h2h_points"), lots)
    assert result.tolist() == [[1, 0], [0, 1]]
