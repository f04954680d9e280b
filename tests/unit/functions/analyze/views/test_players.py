"""Who is like whom, among players small enough in number to see it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from functions.analyze.views.players import METRICS, PlayerSeason, build_players, find_similar
from shared.errors import InvalidInput, NotFound

TEAMS = {1: "First"}


def player(
    number: int, goals: float = 0.0, tackles: float = 0.0, *, position: str = "M", minutes: int = 900, **totals: float
) -> PlayerSeason:
    counted = {"goals": goals, "totalTackle": tackles, **totals}
    return PlayerSeason(
        player_id=number, player=f"Player {number}", team_id=1, position=position, minutes=minutes, rating=None,
        totals=counted,
    )  # fmt: skip


SCORERS = (player(1, 10, 10), player(2, 9, 12), player(3, 8, 9))
TACKLERS = (player(4, 1, 40), player(5, 0, 38), player(6, 2, 44))
EVERYBODY = (*SCORERS, *TACKLERS, player(7, 10, 10, position="F"), player(8, 10, 10, position="G"))


def players_view(*players: PlayerSeason) -> dict[str, Any]:
    return build_players(players or EVERYBODY, TEAMS)


def test_numbers_are_per_90_minutes_and_shares() -> None:
    (row,) = build_players(
        [player(1, 10, minutes=450, accuratePass=80.0, totalPass=100.0, duelWon=3.0, duelLost=9.0)], TEAMS
    )["players"]
    actual = dict(zip(METRICS, row["values"], strict=True))
    assert (actual["goals"], actual["pass_accuracy"], actual["duels_won"]) == (2.0, 0.8, 0.25)
    assert (actual["rating"], actual["keyPass"]) == (None, 0.0)


def test_players_are_like_those_who_do_the_same() -> None:
    result = find_similar(players_view(), 1, k=5, min_minutes=450)
    assert {row["player_id"] for row in result["items"][:2]} == {2, 3}
    assert all(row["similarity"] > 0.9 for row in result["items"][:2])
    assert all(row["similarity"] < -0.9 for row in result["items"][2:])
    assert result["n_peers"] == 6


def test_likeness_is_mutual_and_falls() -> None:
    both = [find_similar(players_view(), one, k=5, min_minutes=90) for one in (1, 4)]
    assert {r["player_id"]: r["similarity"] for r in both[0]["items"]}[4] == {
        r["player_id"]: r["similarity"] for r in both[1]["items"]
    }[1]
    values = [row["similarity"] for row in both[0]["items"]]
    assert values == sorted(values, reverse=True)


def test_only_players_of_his_position_with_enough_minutes_are_compared() -> None:
    brief = player(9, 10, 10, minutes=100)
    result = find_similar(players_view(*EVERYBODY, brief), 1, k=30, min_minutes=450)
    assert {row["player_id"] for row in result["items"]} == {2, 3, 4, 5, 6}
    assert 9 in {
        row["player_id"] for row in find_similar(players_view(*EVERYBODY, brief), 1, k=30, min_minutes=90)["items"]
    }
    assert len(find_similar(players_view(), 1, k=2, min_minutes=450)["items"]) == 2


def test_z_scores_are_distances_from_the_peers() -> None:
    result = find_similar(players_view(), 1, k=30, min_minutes=450)
    z = np.array([result["player"]["z"], *(row["z"] for row in result["items"])])
    assert z.mean(axis=0) == pytest.approx(np.zeros(len(METRICS)), abs=0.01)
    assert set(z.std(axis=0).round(1)) == {0.0, 1.0}


def test_who_cannot_be_compared_is_told_why() -> None:
    for keeper_or_stranger in (8, 99):
        with pytest.raises(NotFound):
            find_similar(players_view(), keeper_or_stranger, k=5, min_minutes=90)
    with pytest.raises(InvalidInput):
        find_similar(players_view(), 1, k=5, min_minutes=901)
    with pytest.raises(InvalidInput):
        find_similar(players_view(), 7, k=5, min_minutes=90)


def test_a_season_without_line_ups_says_so() -> None:
    assert build_players([], TEAMS)["cautions"] == ["no line-ups are stored"]
