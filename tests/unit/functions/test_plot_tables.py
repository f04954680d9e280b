"""What pictures say: their words and the tables behind them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.plot.figures import forecasts as scores
from functions.plot.figures import radar, seasons, shots
from functions.plot.figures import rating_lines as ratings
from shared.domain.catalogue import competition_rules, leagues
from shared.domain.football.expected_goals import Situation, expected_goals
from shared.errors import NotFound
from tests.support.football.pictures import (
    FORECAST,
    FORWARDS,
    HISTORY,
    NAMES,
    SEASON,
    SHOTS,
    every_picture,
    forward,
    played,
    shot,
)

ENGLAND = leagues.by_slug("england")


def test_a_shot_map_says_who_shot_how_often_and_how_well() -> None:
    picture = shots.shot_map(SEASON[0], SHOTS)
    assert picture.title == "Fenerbahçe 2–1 Górnik Łódź: shots"
    assert picture.text.startswith("Fenerbahçe: 3 shots, 0.99 expected goals (1 scored, 1 saved, 1 off target).")


def test_our_model_stands_in_where_the_source_has_no_xg() -> None:
    row = shots.shot_map(SEASON[0], SHOTS).rows[2]
    ours = expected_goals(8.0, 50.0, situation=Situation.REGULAR, body_part="left-foot")
    assert (row["xg"], row["xg_by"]) == (round(ours, 4), "model")


def test_added_time_comes_before_the_second_half() -> None:
    picture = shots.xg_race(SEASON[0], SHOTS)
    assert [row["elapsed"] for row in picture.rows] == [10, 47, 48, 82]
    assert picture.frame["added"] == {"45": 2}


def test_each_side_adds_up_its_own() -> None:
    home = [row["total_xg"] for row in shots.xg_race(SEASON[0], SHOTS).rows if row["is_home"]]
    assert home == [0.79, 0.89, 0.99]


def test_places_round_by_round() -> None:
    rows = seasons.positions("League", "2025/26", ENGLAND, SEASON).rows
    places = {team: [row["place"] for row in rows if row["team_id"] == team] for team in NAMES}
    # After round 1 the third team has not played: level on points with the loser, ahead on goal difference.
    assert places == {1: [1, 2, 1], 2: [3, 1, 2], 3: [2, 3, 3]}


def test_a_postponed_match_counts_to_its_own_round() -> None:
    late = replace(SEASON[0], starts_at=SEASON[2].starts_at)
    rows = seasons.positions("League", "2025/26", ENGLAND, (late, *SEASON[1:])).rows
    assert [row["points"] for row in rows if row["round"] == 1] == [3, 0, 0]


def test_form_is_the_last_results_newest_last_leader_first() -> None:
    rows = seasons.form("League", "2025/26", ENGLAND, SEASON, n=5).rows
    assert [(row["team_id"], row["result"], row["venue"]) for row in rows] == [
        (1, "W", "home"), (1, "D", "away"), (2, "L", "away"), (2, "W", "home"), (3, "L", "away"), (3, "D", "home"),
    ]  # fmt: skip
    assert [row["result"] for row in seasons.form("League", "", ENGLAND, SEASON, n=1).rows] == ["D", "W", "D"]


def test_a_season_before_its_first_match_says_so() -> None:
    assert seasons.positions("League", "2025/26", ENGLAND, ()).text == "No round was played yet."
    assert seasons.form("League", "2025/26", ENGLAND, (), n=5).text == "No match was played yet."


def test_a_forecast_in_words_and_by_score() -> None:
    picture = scores.score_matrix(FORECAST)
    assert picture.text == ("Fenerbahçe win 50%, draw 30%, Górnik Łódź win 20%. The most likely score is 1–0 (30%).")
    assert {"home_goals": 1, "away_goals": 0, "p": 0.3} in picture.rows


def test_a_forecast_made_before_single_scores_were_told_has_no_matrix() -> None:
    with pytest.raises(NotFound):
        scores.score_matrix({name: actual for name, actual in FORECAST.items() if name != "scores"})


def test_where_a_season_may_end() -> None:
    picture = every_picture()["ranks"]
    assert picture.text == "After 3 matches, with 3 to play. Champions: Fenerbahçe 100%."
    assert [row["p"] for row in picture.rows if row["place"] == 2] == [0.004, 0.996, 0.0]


def test_a_percentile_counts_half_of_who_is_level() -> None:
    rows = radar.radar(2, FORWARDS, season_name="", min_minutes=450).rows
    # One of four has fewer goals than his 5, one as many besides himself: (1 + 2/2) / 4.
    assert rows[0] == {"metric": "goals", "label": "Goals", "total": 5.0, "per_90": 0.5, "percentile": 50.0}
    assert [row["metric"] for row in rows] == ["goals", "totalShots", "keyPass"]


def test_who_played_too_little_has_no_radar() -> None:
    with pytest.raises(NotFound, match="player 5"):
        radar.radar(5, FORWARDS, season_name="League", min_minutes=450)
    with pytest.raises(NotFound, match="only 1 to compare"):
        radar.radar(1, (forward(1, 3),), season_name="League", min_minutes=450)


@pytest.mark.parametrize("name", every_picture())
def test_the_table_is_also_csv(name: str) -> None:
    picture = every_picture()[name]
    read = list(csv.DictReader(io.StringIO(picture.csv())))
    assert [list(row) for row in read] == [list(row) for row in picture.rows]
    assert len(read) == len(picture.rows)


def test_other_data_or_another_theme_is_another_picture() -> None:
    one, other = shots.shot_map(SEASON[0], SHOTS), shots.shot_map(SEASON[0], (*SHOTS, shot(88, 12.0)))
    assert len({one.digest("light"), one.digest("dark"), other.digest("light")}) == 3
    assert one.digest("light") == shots.shot_map(SEASON[0], SHOTS).digest("light")


def test_rating_lines_tell_every_week_of_every_team_the_best_first() -> None:
    picture = ratings.lines("england", "League", "2025/26", "elo", HISTORY)
    assert [row["team"] for row in picture.rows] == [NAMES[1]] * 3 + [NAMES[2]] * 3 + [NAMES[3]] * 3
    assert picture.rows[2] == {"day": "2025-09-07", "team_id": 1, "team": NAMES[1], "rating": 1521.4}
    assert picture.text == (
        f"On 2025-09-07: {NAMES[1]} 1521, {NAMES[2]} 1490, {NAMES[3]} 1409. "
        f"Moved most since the start: {NAMES[1]}, by +21."
    )


def test_places_by_round_know_rulings_from_their_day() -> None:
    """Everton 2023/24 wins every week against one opponent and loses ten points on 17 November."""
    everton = competition_rules.of_season("england", 2023).rulings[0].team_id
    first = datetime(2023, 11, 4, 15, tzinfo=UTC)
    weeks = [
        replace(
            played(n, 1, 2, "1:0", n), home_id=everton, home_name="Everton", starts_at=first + timedelta(weeks=n - 1)
        )
        for n in (1, 2, 3)
    ]
    rows = seasons.positions("League", "2023/24", ENGLAND, weeks).rows
    assert [row["points"] for row in rows if row["team"] == "Everton"] == [3, 6, -1]
    assert [row["place"] for row in rows if row["team"] == "Everton"] == [1, 1, 2]
