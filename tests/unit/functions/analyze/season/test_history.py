"""What is kept of an outlook after each round."""

from __future__ import annotations

from functions.analyze.season import history

TEAM = {
    "team_id": 1, "team": "One", "points": 6, "mean_points": 40.5, "points_5": 30, "points_95": 50, "p_champion": 0.5,
    "p_relegated": None, "p_top": {"2": 0.6, "4": 0.8}, "p_place": [0.5, 0.5], "adjustment": 0,
}  # fmt: skip


def test_a_round_is_complete_when_every_team_has_played_it() -> None:
    teams = [TEAM] * 4
    assert [history.round_of({"teams": teams, "n_played": n}) for n in (0, 1, 2, 3, 4, 5)] == [0, 0, 1, 1, 2, 2]
    assert history.round_of({"teams": [], "n_played": 0}) == 0


def test_what_is_kept_has_no_distribution_of_places() -> None:
    (kept,) = history.teams_to_keep({"teams": [TEAM]})
    assert kept["p_top_4"] == 0.8
    assert not {"p_place", "p_top"} & kept.keys()


def test_rows_are_by_round_and_team() -> None:
    rows = history.to_rows([(1, "then", [{"team_id": 1}, {"team_id": 2}]), (2, "later", [{"team_id": 1}])])
    assert [(row["round"], row["team_id"], row["made_at"]) for row in rows] == [
        (1, 1, "then"), (1, 2, "then"), (2, 1, "later"),
    ]  # fmt: skip
