"""The importance of a match, on seasons where one match is left."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from functions.analyze.models.analysis import Forecast
from functions.analyze.season.format import season_format
from functions.analyze.season.importance import build_importance
from functions.analyze.season.progress import Result, SeasonProgress

AT = datetime(2026, 5, 1, 14, tzinfo=UTC)


def result(match_id: int, home: int, away: int, goals: tuple[int, int]) -> Result:
    return Result(match_id=match_id, starts_at=AT, home_id=home, away_id=away, home_goals=goals[0], away_goals=goals[1])


def even(_home: int, _away: int) -> Any:
    return np.full((4, 4), 1 / 16)


def coming(home: int, away: int) -> Forecast:
    content = {"home": {"id": home, "name": str(home)}, "away": {"id": away, "name": str(away)}}
    return Forecast(match_id=9, season_id=1, round=10, starts_at=AT, content=content)


def build(played: list[Result], home: int, away: int, n_teams: int = 10) -> dict[str, Any]:
    progress = SeasonProgress(
        teams={n: str(n) for n in range(1, n_teams + 1)}, played=tuple(played), to_play=((home, away),)
    )
    answer = build_importance(progress, even, season_format("england", 2025), {}, [coming(home, away)])
    (row,) = answer["items"]
    return dict(row)


def test_a_last_match_between_the_first_two_decides_the_title() -> None:
    leaders = [result(n, 1, 2 + n % 8, (5, 0)) for n in range(1, 4)] + [
        result(n, 2, 3 + n % 7, (4, 0)) for n in range(4, 7)
    ]
    row = build(leaders, 1, 2)
    assert row["importance"] == 100
    assert (row["home"]["home"]["p_champion"], row["home"]["away"]["p_champion"]) == (1.0, 0.0)
    assert row["away"]["away"]["mean_points"] == row["away"]["home"]["mean_points"] + 3


def test_a_match_that_changes_nobodys_season_has_no_importance() -> None:
    spread = [result(n, n, 11 - n, (9, 0)) for n in range(1, 6) for _ in range(4)]
    spread += [result(50 + n, 1, 10, (9, 0)) for n in range(20)]
    spread += [result(80 + n, n, 10, (9, 0)) for n in (6, 7, 8, 9) for _ in range(2)]
    row = build(spread, 1, 10)
    assert row["home"]["home"]["p_champion"] == row["home"]["away"]["p_champion"] == 1.0
    assert row["away"]["home"]["p_relegated"] == row["away"]["away"]["p_relegated"] == 1.0
    assert row["importance"] == 0
    assert sum(row["n_simulations"].values()) == 10_000


def test_a_match_that_is_not_to_be_played_has_no_row() -> None:
    progress = SeasonProgress(teams={1: "1", 2: "2"}, played=(), to_play=((1, 2),))
    assert build_importance(progress, even, season_format("england", 2025), {}, [coming(2, 1)])["items"] == []
