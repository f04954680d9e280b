"""The views of a league: schedules, form, expected points and the track record, against numbers worked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from functions.analyze import view_service
from functions.analyze.models.history import FinalScore
from functions.analyze.models.results import Floats
from functions.analyze.models.score_matrix import score_matrix
from functions.analyze.ports import Deps
from functions.analyze.season import outlook as season_outlook
from functions.analyze.season.progress import Result, SeasonProgress
from functions.analyze.views import form_index
from functions.analyze.views.expected_points import build_expected_points, points_from_probabilities
from functions.analyze.views.form import build_form
from functions.analyze.views.inputs import ScoredForecast, ViewInputs
from functions.analyze.views.names import VIEWS
from functions.analyze.views.registry import BUILDERS, build_view
from functions.analyze.views.schedule import build_schedule
from functions.analyze.views.track_record import base_rates, build_track_record
from shared.errors import NotFound
from tests.support.analyze.memory_views import OneSeason
from tests.support.analyze.seasons import play
from tests.unit.functions.analyze.models.test_analysis import history
from tests.unit.functions.analyze.test_service import deps, updated_league

__all__ = ["deps"]

SATURDAY = datetime(2025, 8, 16, 14, tzinfo=UTC)
TEAMS = {1: "First", 2: "Second", 3: "Third"}
FAIR = np.array([0.5, 0.2, 0.3])


def result(number: int, home: int, away: int, home_goals: int, away_goals: int) -> Result:
    return Result(
        match_id=number, starts_at=SATURDAY + timedelta(days=number), home_id=home, away_id=away,
        home_goals=home_goals, away_goals=away_goals,
    )  # fmt: skip


PLAYED = (result(1, 1, 2, 2, 0), result(2, 2, 3, 1, 1), result(3, 3, 1, 0, 4))
COURSE = SeasonProgress(teams=TEAMS, played=PLAYED, to_play=((2, 1), (3, 2), (1, 3)))


def equal_but_for_home(home: int, away: int) -> Floats:
    return score_matrix(1.5, 1.0, 0.0)


# --- strength of schedule


def test_schedule_takes_venue_into_account() -> None:
    rows = {
        row["team_id"]: row
        for row in build_schedule(COURSE, equal_but_for_home, {1: 1600.0, 2: 1500.0, 3: 1400.0})["teams"]
    }
    assert rows[1]["played"] == {
        "n_matches": 2,
        "opponents": (1500 - 60 + 1400 + 60) / 2,
        "average_team_points": rows[1]["played"]["average_team_points"],
    }
    assert rows[1]["remaining"]["opponents"] == (1500 + 60 + 1400 - 60) / 2
    both = [rows[1][part]["average_team_points"] for part in ("played", "remaining")]
    assert both[0] == pytest.approx(both[1])


def test_strong_opponents_make_a_schedule_hard() -> None:
    def strong_first(home: int, away: int) -> Floats:
        return score_matrix(2.5 if home == 1 else 1.2, 2.5 if away == 1 else 1.2, 0.0)

    rows = {row["team_id"]: row for row in build_schedule(COURSE, strong_first, {})["teams"]}
    assert rows[1]["remaining"]["average_team_points"] > rows[2]["remaining"]["average_team_points"]
    assert rows[1]["remaining"]["opponents"] is None


def test_a_schedule_without_matches_has_no_difficulty() -> None:
    over = SeasonProgress(teams=TEAMS, played=PLAYED, to_play=())
    for row in build_schedule(over, equal_but_for_home, {})["teams"]:
        assert row["remaining"] == {"n_matches": 0, "opponents": None, "average_team_points": None}


# --- expected points and form


def test_expected_points_of_three_outcomes() -> None:
    assert points_from_probabilities(FAIR) == pytest.approx((3 * 0.5 + 0.2, 3 * 0.3 + 0.2))


def test_points_stand_beside_those_expected_of_the_same_matches() -> None:
    rows = {
        row["team_id"]: row for row in build_expected_points(COURSE, {1: FAIR, 2: FAIR}, {3: ([0.5], [0.5])})["teams"]
    }
    assert rows[1]["from_forecasts"] == {"n_matches": 1, "points": 3, "expected_points": 1.7, "difference": 1.3}
    assert rows[1]["from_shots"] == {"n_matches": 1, "points": 3, "expected_points": 1.25, "difference": 1.75}
    assert rows[2]["from_forecasts"] == {"n_matches": 2, "points": 1, "expected_points": 2.8, "difference": -1.8}


def test_matches_without_forecast_or_shots_are_told() -> None:
    cautions = build_expected_points(COURSE, {1: FAIR}, {})["cautions"]
    assert [text[:6] for text in cautions] == ["2 of 3", "3 of 3"]


def test_form_takes_out_what_was_to_be_expected() -> None:
    rows = {
        row["team_id"]: row
        for row in build_form(COURSE, dict.fromkeys((1, 2, 3), FAIR), {1: ([0.4, 0.1], [0.2])})["teams"]
    }
    first = rows[1]["last_5"]
    assert (first["results"], first["goals_for"], first["goals_against"]) == ("WW", 6, 0)
    assert first["adjusted"] == pytest.approx(((3 - 1.7) + (3 - 1.1)) / 2)
    assert (first["xg_per_match"], first["xg_against_per_match"]) == (0.5, 0.2)
    assert rows[2]["last_5"]["results"] == "LD"
    assert rows[3]["last_10"]["xg_per_match"] is None


def test_the_replaced_index_of_form_by_hand() -> None:
    """A win 2-0, a half-life later a loss 0-4: weights a half and one."""
    between = [form_index.TeamMatch(1, 1, 1)] * 4
    rows = form_index.form_index([form_index.TeamMatch(3, 2, 0), *between, form_index.TeamMatch(0, 0, 4)])
    weights = [0.5 ** (age / 5) for age in (5, 4, 3, 2, 1, 0)]
    middle = sum(weights[1:5])
    assert rows is not None
    assert rows["form"] == pytest.approx((1.5 + middle) / 3 / sum(weights), abs=1e-4)
    assert rows["attack"] == pytest.approx((1.0 + middle) / 3 / sum(weights), abs=1e-4)
    assert rows["defence"] == pytest.approx(1 - (4 + middle) / 3 / sum(weights), abs=1e-4)
    assert rows["trend"] < 0
    assert rows["confidence"] == pytest.approx(0.6**0.5, abs=1e-4)


@pytest.mark.parametrize(("goals", "edge"), [((9, 0), (1.0, 1.0)), ((0, 9), (0.0, 0.0))])
def test_the_replaced_index_stays_within_its_bounds(goals: tuple[int, int], edge: tuple[float, float]) -> None:
    rows = form_index.form_index([form_index.TeamMatch(3, *goals)] * 30)
    assert rows is not None
    assert (rows["attack"], rows["defence"], rows["n_matches"], rows["confidence"]) == (*edge, 10, 1.0)
    assert form_index.form_index([]) is None


# --- track record


def forecast(number: int, p: tuple[float, float, float], made_before: float = 1.0) -> ScoredForecast:
    starts_at = SATURDAY + timedelta(days=number)
    return ScoredForecast(
        match_id=number, made_at=starts_at - timedelta(days=made_before), starts_at=starts_at,
        home=p[0], draw=p[1], away=p[2],
    )  # fmt: skip


def score(number: int, home_goals: int, away_goals: int) -> FinalScore:
    return FinalScore(
        match_id=number, season_id=1, season_starts_in=2025, starts_at=SATURDAY + timedelta(days=number),
        home_id=1, away_id=2, home_goals=home_goals, away_goals=away_goals,
    )  # fmt: skip


def test_track_record_by_hand() -> None:
    """RPS of (.5, .3, .2) is (.25 + .04)/2 at a home win and (.25 + .64)/2 at an away win."""
    answer = build_track_record(
        [forecast(1, (0.5, 0.3, 0.2)), forecast(2, (0.5, 0.3, 0.2))], [score(1, 1, 0), score(2, 0, 1)]
    )
    assert answer["n_forecasts"] == 2
    assert answer["scores"]["rps"]["mean"] == pytest.approx((0.145 + 0.445) / 2)
    assert answer["scores"]["log_loss"]["mean"] == pytest.approx(-(np.log(0.5) + np.log(0.2)) / 2, abs=1e-5)
    assert answer["scores"]["brier"]["mean"] == pytest.approx((0.25 + 0.09 + 0.04 + 0.25 + 0.09 + 0.64) / 2)
    assert sum(row["n"] for row in answer["calibration"]) == 6


def test_closing_odds_are_scored_without_their_margin_beside_ours_on_the_same_matches() -> None:
    """Odds of 2, 4 and 4 are .5, .25 and .25: RPS of a home win (.25 + .0625)/2; match 2 has none."""
    answer = build_track_record(
        [forecast(1, (0.5, 0.3, 0.2)), forecast(2, (0.1, 0.1, 0.8))],
        [score(1, 1, 0), score(2, 3, 0)],
        {1: (1.9, 3.8, 3.8)},
    )
    assert answer["closing_odds"]["n"] == 1
    assert answer["closing_odds"]["rps"] == pytest.approx((0.25 + 0.0625) / 2)
    assert answer["closing_odds"]["ours_rps"] == pytest.approx(0.145)


def test_the_worst_miss_is_the_result_with_the_smallest_chance() -> None:
    answer = build_track_record(
        [forecast(1, (0.5, 0.3, 0.2)), forecast(2, (0.1, 0.1, 0.8))], [score(1, 1, 0), score(2, 3, 0)]
    )
    assert [(row["match_id"], row["p"], row["score"]) for row in answer["worst"]] == [(2, 0.1, "3:0"), (1, 0.5, "1:0")]


def test_forecasts_made_after_kick_off_or_not_decided_do_not_count() -> None:
    late, open_ = forecast(1, (1, 0, 0), made_before=-0.1), forecast(7, (1, 0, 0))
    assert build_track_record([late, open_], [score(1, 1, 0)])["n_forecasts"] == 0


def test_base_rates_know_only_what_came_before() -> None:
    before = {1: score(1, 1, 0), 2: score(2, 2, 0)}
    later = before | {9: score(9, 0, 3)}
    at = SATURDAY + timedelta(days=5)
    assert base_rates(later, before=at).tolist() == base_rates(before, before=at).tolist()
    assert base_rates(before, before=at)[0] == pytest.approx((2 + 50 * 0.45) / 52)
    assert base_rates(before, before=at).sum() == pytest.approx(1)


def test_forecasts_that_know_more_than_base_rates_have_skill() -> None:
    random = np.random.default_rng(2)
    p = random.dirichlet([2, 1, 2], 400)
    outcome = [int(random.choice(3, p=each)) for each in p]
    goals = {0: (1, 0), 1: (1, 1), 2: (0, 1)}
    answer = build_track_record(
        [forecast(n, (each[0], each[1], each[2])) for n, each in enumerate(p)],
        [score(n, *goals[each]) for n, each in enumerate(outcome)],
    )
    for of in answer["scores"].values():
        assert of["skill"] > 0
        assert of["less_than_base_rates"][0] > 0
        assert of["interval"][0] < of["mean"] < of["interval"][1]
    assert max(abs(row["forecast"] - row["observed"]) for row in answer["calibration"]) < 0.12


# --- stored and answered


def test_an_update_stores_every_view(deps: Deps) -> None:
    updated_league(deps)
    for name in VIEWS:
        answer = view_service.get_view("england", name, None, deps)
        assert (answer["league"], answer["season"], answer["n_matches"]) == ("england", "2024/25", 90)


def test_every_view_has_a_builder() -> None:
    assert list(BUILDERS) == list(VIEWS)


def test_a_league_without_views_is_not_found(deps: Deps) -> None:
    for as_of in (None, date(2025, 1, 1)):
        with pytest.raises(NotFound):
            view_service.get_view("england", "form", as_of, deps)


@pytest.fixture(scope="module")
def inputs() -> ViewInputs:
    """Half a season of ten teams, known only up to a moment."""
    from functions.analyze.models.analysis import analyse

    scores = play()
    known = history(scores[:45])
    return ViewInputs(
        slug="england", at=scores[45].starts_at, analysis=analyse(known), history=known,
        seasons=OneSeason(history(scores)), forecasts=[],
    )  # fmt: skip


def test_outlook_of_a_half_season_adds_up(inputs: ViewInputs) -> None:
    answer: dict[str, Any] = build_view("outlook", inputs)
    assert (answer["n_played"] + answer["n_to_play"], answer["relegated"]) == (90, 3)
    assert sum(row["mean_points"] for row in answer["teams"]) < 3 * 90
    for column in zip(*(row["p_place"] for row in answer["teams"]), strict=True):
        assert sum(column) == pytest.approx(1, abs=1e-3)
    strength = np.corrcoef([row["team_id"] for row in answer["teams"]], [row["mean_points"] for row in answer["teams"]])
    assert strength[0, 1] < -0.7


def test_points_taken_by_a_ruling_are_missing_from_the_start(inputs: ViewInputs) -> None:
    teams = {row["team_id"]: row for row in build_view("outlook", inputs)["teams"]}
    best = next(iter(teams))
    punished = season_outlook.build_outlook(inputs.progress, inputs.scores, inputs.format, {best: -40})
    row = next(row for row in punished["teams"] if row["team_id"] == best)
    assert (row["adjustment"], row["points"]) == (-40, teams[best]["points"] - 40)
    assert row["mean_points"] == pytest.approx(teams[best]["mean_points"] - 40, abs=1e-6)
    assert row["p_champion"] < 0.01 < teams[best]["p_champion"]


def test_every_pair_of_the_season_has_a_matrix(inputs: ViewInputs) -> None:
    assert set(inputs.score_matrices) == set(permutations(range(100, 110), 2))
