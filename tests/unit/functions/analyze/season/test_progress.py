"""What of a season has been played, what remains, and how each league's season ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.analyze.models.history import ComingMatch
from functions.analyze.season.format import LEVEL_PLAY_OFF, PLAY_OFFS, SPLIT, UNKNOWN_RELEGATION, season_format
from functions.analyze.season.progress import SeasonEvent, SeasonProgress, compute_progress
from shared.domain.catalogue.leagues import CATALOGUE, NINE, League
from tests.support.analyze.memory_views import event

AUGUST = datetime(2025, 8, 16, 14, tzinfo=UTC)


def of(match_id: int, pair: tuple[int, int], code: int, score: str = "", **changes: object) -> SeasonEvent:
    """One event, a day after the one before."""
    match = ComingMatch(
        match_id=match_id, season_id=1, round=None, starts_at=AUGUST + timedelta(days=match_id),
        home_id=pair[0], away_id=pair[1],
    )  # fmt: skip
    goals = tuple(int(part) for part in score.split(":")) if score else (None, None)
    return event(match, code, goals, **changes)  # type: ignore[arg-type]


THREE = [
    of(1, (1, 2), 100, "2:1"),
    of(2, (2, 3), 60),
    of(3, (3, 1), 100, "0:0"),
    of(4, (2, 3), 100, "3:0"),
    of(5, (2, 1), 0),
]


def so_far(events: list[SeasonEvent], at: datetime | None = None, *, double_round_robin: bool = True) -> SeasonProgress:
    return compute_progress(events, at=at, double_round_robin=double_round_robin)


def test_pairs_that_have_not_met_at_a_ground_remain_whether_scheduled_or_not() -> None:
    instance = so_far(THREE)
    assert [result.match_id for result in instance.played] == [1, 3, 4]
    assert set(instance.to_play) == {(2, 1), (1, 3), (3, 2)}
    assert instance.n_played() == {1: 2, 2: 2, 3: 2}


def test_a_postponed_match_and_its_replay_are_one() -> None:
    assert (2, 3) not in so_far(THREE).to_play
    before_replay = so_far(THREE, AUGUST + timedelta(days=4))
    assert before_replay.to_play.count((2, 3)) == 1


def test_as_of_a_moment_matches_that_were_not_over_remain() -> None:
    kick_off = AUGUST + timedelta(days=3)
    during, after = (so_far(THREE, kick_off + timedelta(minutes=minutes)) for minutes in (90, 120))
    assert [result.match_id for result in during.played] == [1]
    assert (3, 1) in during.to_play
    assert [result.match_id for result in after.played] == [1, 3]


def test_an_awarded_result_counts_and_a_play_off_does_not() -> None:
    awarded = of(6, (1, 3), 92, "3:0")
    play_off = of(7, (3, 2), 100, "1:0", round_name="Relegation playoff")
    instance = so_far([*THREE, awarded, play_off])
    assert [result.match_id for result in instance.played] == [1, 3, 4, 6]
    assert set(instance.to_play) == {(2, 1), (3, 2)}


def test_outside_a_double_round_robin_what_is_announced_remains() -> None:
    assert so_far(THREE, double_round_robin=False).to_play == ((2, 1),)


@pytest.mark.parametrize("league", CATALOGUE, ids=lambda league: league.slug)
@pytest.mark.parametrize("year", [1990, 2019, 2022, 2025])
def test_every_league_has_a_format_of_every_year(league: League, year: int) -> None:
    rules = season_format(league.slug, year)
    assert rules.tie_break
    assert (rules.relegated is None) == (UNKNOWN_RELEGATION in rules.cautions)
    assert (rules.play_off > 0) == (PLAY_OFFS in rules.cautions)
    assert rules.double_round_robin == (league in NINE)
    assert rules.double_round_robin != (SPLIT in rules.cautions)


def test_rules_hold_from_their_own_season() -> None:
    assert [season_format("england", year).tie_break for year in (2018, 2019)] == [
        ("gd", "gf"), ("gd", "gf", "h2h_points", "h2h_away_goals"),
    ]  # fmt: skip
    assert [season_format("france", year).relegated for year in (2021, 2022, 2023)] == [2, 4, 2]
    assert [LEVEL_PLAY_OFF in season_format("italy", year).cautions for year in (2021, 2022)] == [False, True]
