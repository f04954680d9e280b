"""Cards and fouls against numbers worked by hand, and what shrinkage owes to chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.analyze.models.shrinkage import shrink_rates
from functions.analyze.season.progress import SeasonProgress
from functions.analyze.views.discipline import MatchDiscipline, build_discipline
from tests.unit.functions.analyze.views.test_views import COURSE, TEAMS, result


def conduct(
    number: int, yellow: tuple[int, int], red: tuple[int, int] = (0, 0), referee: int | None = 7
) -> MatchDiscipline:
    return MatchDiscipline(
        match_id=number, yellow=yellow, red=red, fouls=(10.0, 12.0), referee_id=referee, referee=f"Referee {referee}"
    )


# --- shrinkage


def test_shrinkage_by_hand() -> None:
    """Rates 4 and 0 of equal exposure 2: mean 2, spread 4, less 2/2 by chance: variance 3. (8+4/3)/(2+2/3) = 3.5."""
    rows = shrink_rates(np.array([8.0, 0.0]), np.array([2.0, 2.0]))
    assert (rows.mean, rows.variance) == (2.0, 3.0)
    assert rows.rate == pytest.approx([3.5, 0.5])
    assert rows.sd == pytest.approx(np.sqrt([8 + 4 / 3, 4 / 3]) / (2 + 2 / 3))


def test_what_chance_explains_is_all_told_as_the_mean() -> None:
    rows = shrink_rates(np.array([3.0, 5.0, 4.0]), np.ones(3))
    assert rows.variance == 0.0
    assert rows.rate.tolist() == [4.0] * 3


def test_who_was_seen_seldom_is_drawn_further_to_the_mean() -> None:
    rows = shrink_rates(np.array([12.0, 120.0, 20.0, 200.0]), np.array([2.0, 20.0, 10.0, 100.0]))
    raw = 6.0
    assert abs(rows.rate[0] - rows.mean) < abs(rows.rate[1] - rows.mean) < abs(raw - rows.mean)
    assert rows.sd[0] > rows.sd[1]


def test_shrunken_rates_are_nearer_to_the_truth_than_those_counted() -> None:
    random = np.random.default_rng(3)
    truth = random.gamma(16.0, 0.25, 200)
    exposure = random.integers(1, 30, 200).astype(float)
    counts = random.poisson(truth * exposure).astype(float)
    rows = shrink_rates(counts, exposure)
    assert rows.variance == pytest.approx(1.0, rel=0.35)
    assert ((rows.rate - truth) ** 2).mean() < 0.8 * ((counts / exposure - truth) ** 2).mean()


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.5, 40)), min_size=1, max_size=20))
def test_a_shrunken_rate_lies_between_the_mean_and_what_was_counted(seen: list[tuple[int, float]]) -> None:
    counts, exposure = np.array(seen, dtype=float).T
    rows = shrink_rates(counts, exposure)
    raw = counts / exposure
    assert np.all(rows.rate >= np.minimum(raw, rows.mean) - 1e-9)
    assert np.all(rows.rate <= np.maximum(raw, rows.mean) + 1e-9)


# --- cards


def test_cards_of_teams_and_referees_by_hand() -> None:
    """First against Second: 2 and 1 yellow; Second against Third: 0 and 3, and one sent off; of the last none."""
    conducts = [conduct(1, (2, 1)), conduct(2, (0, 3), (0, 1), referee=8)]
    answer = build_discipline(COURSE, conducts)
    teams = {row["team_id"]: row for row in answer["teams"]}
    assert {team: (row["n_matches"], row["yellow"], row["red"], row["fouls"]) for team, row in teams.items()} == {
        1: (1, 2, 0, 10.0), 2: (2, 1, 0, 22.0), 3: (1, 3, 1, 12.0)
    }  # fmt: skip
    assert teams[2]["cards_per_match"]["raw"] == 0.5
    assert teams[3]["cards_per_foul"]["raw"] == pytest.approx(4 / 12, abs=1e-4)
    assert teams[3]["cards_per_foul"]["mean"] == pytest.approx(7 / 44, abs=1e-4)
    referees = {row["referee_id"]: row for row in answer["referees"]}
    assert (referees[7]["n_matches"], referees[7]["yellow"], referees[7]["fouls"]) == (1, 3, 22.0)
    assert (referees[8]["red"], referees[8]["cards_per_match"]["raw"]) == (1, 4.0)
    assert (answer["n_matches_counted"], answer["cautions"]) == (2, ["1 of 3 matches have no incidents"])
    assert answer["teams"][0]["team_id"] == 3


def test_matches_without_fouls_or_referee_count_for_what_is_known() -> None:
    lone = MatchDiscipline(match_id=1, yellow=(1, 0), red=(0, 0), fouls=(None, None), referee_id=None, referee="")
    answer = build_discipline(SeasonProgress(teams=TEAMS, played=(result(1, 1, 2, 0, 0),), to_play=()), [lone])
    assert answer["referees"] == []
    assert [row["cards_per_foul"] for row in answer["teams"]] == [None, None]
    assert [row["fouls"] for row in answer["teams"]] == [None, None]
    assert answer["cautions"] == ["1 of 1 matches have no fouls", "1 of 1 matches have no referee"]


def test_a_match_that_does_not_count_yet_has_no_cards() -> None:
    assert build_discipline(COURSE, [conduct(99, (5, 5))])["teams"] == []
