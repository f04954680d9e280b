"""How ratings moved week by week, against matches that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models import elo, pi
from functions.analyze.models.history import FinalScore
from functions.analyze.models.rating_history import RatingPath, SeasonHistory, build_season_histories
from functions.analyze.models.results import to_arrays
from tests.support.analyze.seasons import play

MONDAY = datetime(2025, 8, 11, tzinfo=UTC)


def match(number: int, days: int, home: int, away: int) -> FinalScore:
    return FinalScore(
        match_id=number, season_id=7, season_starts_in=2025, starts_at=MONDAY + timedelta(days=days),
        home_id=home, away_id=away, home_goals=1, away_goals=0,
    )  # fmt: skip


def history(scores: list[FinalScore], **paths: RatingPath) -> list[SeasonHistory]:
    results = to_arrays(scores)
    return build_season_histories(
        results,
        paths or {"elo": elo.rate(results).path, "pi": pi.rate(results).path, "goals": ratings.rate(results).path},
        season_ids={score.season_starts_in: score.season_id for score in scores},
        labels={7: "2025/26"},
        names={1: "First", 2: "Second"},
    )


def test_a_team_keeps_its_rating_through_a_week_without_a_match() -> None:
    """Two matches of one team in the first week, one of another after a week without any match."""
    scores = [match(1, 0, 1, 2), match(2, 6, 1, 3), match(3, 14, 2, 3)]
    path = RatingPath(
        before=np.array([[10.0, 20], [11, 30], [21, 31]]), after=np.array([[11.0, 21], [12, 31], [22, 32]])
    )
    (only,) = history(scores, elo=path)
    assert (only.season_id, only.season, only.starts_in) == (7, "2025/26", 2025)
    assert only.content == {
        "days": ["2025-08-10", "2025-08-17", "2025-08-31"],
        "teams": [
            {"team_id": 1, "team": "First", "elo": [10.0, 12.0, 12.0]},
            {"team_id": 2, "team": "Second", "elo": [20.0, 21.0, 22.0]},
            {"team_id": 3, "team": "3", "elo": [30.0, 31.0, 32.0]},
        ],
    }


def test_the_last_day_is_the_rating_now_and_the_first_what_a_summer_left() -> None:
    scores = play(n_seasons=2)
    results = to_arrays(scores)
    last = history(scores)[-1].content
    by_elo, by_pi, by_goals = elo.rate(results).rating, pi.rate(results), ratings.rate(results).final
    for place, row in enumerate(last["teams"]):
        assert row["elo"][-1] == pytest.approx(by_elo[place], abs=0.06)
        assert row["pi"][-1] == pytest.approx((by_pi.home[place] + by_pi.away[place]) / 2, abs=6e-4)
        assert row["goals"][-1] == pytest.approx(by_goals.attack[place, 0] - by_goals.defence[place, 0], abs=6e-4)
    before = {row["team_id"]: row["elo"][-1] for row in history(scores)[0].content["teams"]}
    mean = np.mean(list(before.values()))
    for row in last["teams"]:
        assert row["elo"][0] == pytest.approx(mean + (1 - elo.SUMMER_PULL) * (before[row["team_id"]] - mean), abs=0.2)


def test_every_rating_has_a_value_for_every_day() -> None:
    for season in history(play(n_seasons=2)):
        for row in season.content["teams"]:
            assert {len(row[kind]) for kind in ("elo", "pi", "goals")} == {len(season.content["days"])}
            assert np.isfinite([row[kind] for kind in ("elo", "pi", "goals")]).all()


def test_later_results_change_no_earlier_week() -> None:
    scores = play()
    early = history(scores[:60])[0].content
    changed = [replace(score, home_goals=9) if n >= 60 else score for n, score in enumerate(scores)]
    whole = history(changed)[0].content
    n_days = len(early["days"]) - 1  # the last week may go on
    assert whole["days"][:n_days] == early["days"][:n_days]
    for kind in ("elo", "pi", "goals"):
        for row, other in zip(whole["teams"], early["teams"], strict=True):
            assert row[kind][:n_days] == other[kind][:n_days]
