"""A league's analysis as a whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from functions.analyze.models import dixon_coles
from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models.analysis import Analysis, analyse, next_round
from functions.analyze.models.forecaster import BY_GOALS, METHOD, build_forecaster, restore_forecaster
from functions.analyze.models.history import ComingMatch, FinalScore, History
from functions.analyze.models.score_matrix import outcome_probabilities, score_matrix
from tests.bench.support.divisions import ODDS, countries
from tests.bench.support.forecasters import alone
from tests.support.analyze.seasons import play
from tests.support.reference import reference


def coming(scores: list[FinalScore]) -> list[ComingMatch]:
    """A second meeting of the first few pairs, a week apart from each other by round."""
    last = max(score.starts_at for score in scores)
    return [
        ComingMatch(
            match_id=90_000 + n,
            season_id=2024,
            round=19 + n // 5,
            starts_at=last + timedelta(days=7 + 7 * (n // 5)),
            home_id=score.home_id,
            away_id=score.away_id,
        )
        for n, score in enumerate(scores[:10])
    ]


def history(scores: list[FinalScore]) -> History:
    return History(
        league_id=17,
        season_id=2024,
        season="2024/25",
        season_starts_in=2024,
        name="League (simulated)",
        scores=scores,
        coming=coming(scores),
        cancelled_ids=[],
        team_names={100 + n: f"Team {n}" for n in range(10)},
    )


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(history(play()))


def test_every_coming_match_is_forecast(analysis: Analysis) -> None:
    assert [forecast.match_id for forecast in analysis.forecasts] == [90_000 + n for n in range(10)]
    for forecast in analysis.forecasts:
        assert sum(forecast.content["probabilities"].values()) == pytest.approx(1, abs=2e-4)


def test_a_version_names_the_numbers_it_makes_of_its_inputs(analysis: Analysis) -> None:
    """Whoever changes these numbers on purpose raises `VERSION`, so that stored forecasts tell by which rules."""
    digest = "2fb7ef1281604faaed3c6e1dc199dc88"
    assert (analysis.version, analysis.inputs["n_matches"], analysis.inputs["digest"]) == (1, 90, digest)
    first, best = analysis.forecasts[0].content, analysis.ratings[0]
    assert first["probabilities"] == {"home": 0.1287, "draw": 0.222, "away": 0.6492}
    assert first["expected_goals"] == {"home": 0.83, "away": 1.932}
    assert {kind: round(best[kind], 1) for kind in ("elo", "goals", "attack")} == {
        "elo": 1572.7, "goals": 0.4, "attack": 0.4
    }  # fmt: skip


def test_other_results_are_other_inputs(analysis: Analysis) -> None:
    scores = play()
    for changed in ({"home_goals": 9}, {"shots": (10.0, 5.0)}, {"home_id": 109 if scores[0].home_id != 109 else 108}):
        other = analyse(history([replace(scores[0], **changed), *scores[1:]]))
        assert other.inputs["digest"] != analysis.inputs["digest"]


def test_analysis_is_json(analysis: Analysis) -> None:
    assert json.loads(json.dumps([analysis.model, analysis.ratings, [f.content for f in analysis.forecasts]]))


def test_stored_analysis_forecasts_the_same(analysis: Analysis) -> None:
    again = restore_forecaster(json.loads(json.dumps(analysis.model["forecaster"])))
    first = analysis.forecasts[0].content
    assert again.forecast(first["home"]["id"], first["away"]["id"]) == first


def test_forecast_says_what_it_knows_little_about() -> None:
    scores = [score for score in play() if 100 not in (score.home_id, score.away_id)]
    content = restore_forecaster(analyse(history(scores)).model["forecaster"]).forecast(100, 101)
    assert content["cautions"] == ["100: only 0 matches known"]


def test_other_order_of_input_gives_the_same_analysis(analysis: Analysis) -> None:
    scores = play()
    assert analyse(replace(history(scores), scores=scores[::-1])) == analysis


def test_league_without_results_says_so() -> None:
    empty = analyse(replace(history(play()), scores=[]))
    assert empty.cautions == ["no final score is stored yet"]
    assert empty.forecasts == []


def test_a_match_that_should_have_begun_before_others_ended_is_not_forecast_again() -> None:
    scores = play()
    late = replace(coming(scores)[0], starts_at=max(score.starts_at for score in scores))
    assert analyse(replace(history(scores), coming=[late])).forecasts == []


def test_shots_of_both_sides_are_used_where_they_were_counted() -> None:
    scores = play()
    counted = [replace(score, on_target=(5.0, 3.0), shots=(14.0, 9.0), corners=(6.0, 4.0)) for score in scores]
    methods = [analyse(history(some)).forecasts[0].content["method"] for some in (scores, counted)]
    assert methods == [BY_GOALS, METHOD]


def test_the_published_crash_is_a_forecast_like_any_other() -> None:
    """Greuther Fürth v Bayern, 24 September 2021: an unbounded rho made a score's probability negative there."""
    reference(str(ODDS))
    (germany,) = countries(("Germany",), first_season=2018)
    friday = date(2021, 9, 24).toordinal() - date(1970, 1, 1).toordinal()
    before = np.flatnonzero((germany.league == 0) & (germany.results.day < friday))
    results = alone(germany.results, before)
    (match,) = np.flatnonzero((germany.results.day == friday) & (germany.league == 0))
    home, away = int(germany.results.home[match]), int(germany.results.away[match])
    fit = dixon_coles.fit(results, at_day=float(friday))
    known = build_forecaster(results, ratings.rate(results).final, season=2021, rho=fit.rho, names={})
    index = results.index()
    for matrix in (known.scores(home, away), score_matrix(*fit.rates(index[home], index[away]), fit.rho)):
        assert matrix.min() > 0
        assert matrix.sum() == pytest.approx(1, abs=1e-12)
        assert outcome_probabilities(matrix)[2] > 0.7
    assert fit.converged


def test_rescheduled_match_is_not_the_next_round() -> None:
    matches = coming(play())
    early = replace(matches[0], match_id=1, round=3, starts_at=matches[0].starts_at - timedelta(days=2))
    assert next_round([early, *matches], n_teams=10) == 19
