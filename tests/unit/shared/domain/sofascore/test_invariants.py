"""Each rule passes genuine responses and names the violations of contradictory ones."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from shared.domain import sofascore
from shared.domain.football.records import Incident, Standing
from shared.domain.sofascore.invariants import Violation, check_match, check_standings, same_version_is_identical
from tests.support.football.source_responses import (
    READ_AT,
    Json,
    body,
    event,
    goal,
    item,
    lineup_player,
    match,
    score,
    shot,
    squad,
    standings_row,
    statistics,
    status,
)


def rules(violations: list[Violation]) -> list[str]:
    return [violation.rule for violation in violations]


def event_rules(**changes: Any) -> list[str]:
    return rules(check_match(match(**changes)))


def incidents(*newest_first: Json, **changes: Any) -> list[str]:
    """Return the rules that incidents, the newest first, break."""
    result = match(**changes)
    parsed = sofascore.parse_incidents(body(incidents=list(newest_first)), match=result, read_at=READ_AT)
    return rules(check_match(result, incidents=parsed))


def statistics_rules(**periods: list[Json]) -> list[str]:
    parsed = sofascore.parse_statistics(statistics(**periods), match=match(), read_at=READ_AT)
    return rules(check_match(match(), statistics=parsed))


def lineups_rules(home: Json, **changes: Any) -> list[str]:
    result = match(**changes)
    parsed = sofascore.parse_lineups(body(home=home, away=squad(200)), match=result, read_at=READ_AT)
    return rules(check_match(result, appearances=parsed.appearances))


GOALS = (goal(80, True, 2, 1), goal(60, False, 1, 1), goal(20, True, 1, 0))
FULL_TIME = {"incidentType": "period", "text": "FT", "time": 90, "addedTime": 999}


def test_a_genuine_match_breaks_nothing() -> None:
    result = match()
    assert check_match(result) == []
    assert incidents(FULL_TIME, *GOALS) == []


# 1 to 3: the event


@pytest.mark.parametrize("wrong", ["current", "display", "normaltime", "period1", "period2"])
def test_scores_of_90_minutes_are_all_the_same(wrong: str) -> None:
    broken = check_match(match(homeScore=score(1, 1) | {wrong: 3}))
    assert "score_is_sum_of_halves" in rules(broken)
    assert all(violation.refuses_match for violation in broken)


def test_scores_without_halves_can_still_be_right() -> None:
    assert event_rules(homeScore={"current": 2, "display": 2}, awayScore={"current": 1, "display": 1}) == []


@pytest.mark.parametrize("code", [100, 110, 120])
def test_a_finished_match_has_a_score(code: int) -> None:
    result = check_match(match(homeScore={}, awayScore={}, status=status(code)))
    assert {violation.seen for violation in result} == {"none"}


def test_extra_time_adds_to_90_minutes() -> None:
    right = {"status": status(110), "homeScore": score(1, 0, overtime=1, display=2, current=2),
             "awayScore": score(1, 0, overtime=0)}  # fmt: skip
    assert event_rules(**right) == []
    assert event_rules(**right | {"homeScore": score(1, 0, overtime=1, display=3, current=3)}) == [
        "score_is_sum_with_extra_time"
    ]


def test_a_shoot_out_adds_to_current_only() -> None:
    right = {"status": status(120), "winnerCode": 2, "homeScore": score(1, 1, penalties=3, current=5),
             "awayScore": score(2, 0, penalties=4, current=6)}  # fmt: skip
    assert event_rules(**right) == []
    assert event_rules(**right | {"homeScore": score(1, 1, penalties=3, current=2)}) == ["score_is_sum_with_shoot_out"]
    assert event_rules(**right | {"winnerCode": 3}) == ["winner_agrees_with_score"]


@pytest.mark.parametrize("winner", [2, 3, None])
def test_the_winner_follows_from_the_score(winner: int | None) -> None:
    (violation,) = check_match(match(winnerCode=winner))
    assert (violation.rule, violation.expected, violation.seen) == (
        "winner_agrees_with_score", "1 from 2-1", str(winner),
    )  # fmt: skip
    assert str(violation) == f"match 501 event breaks winner_agrees_with_score: expected 1 from 2-1, saw {winner}"


@pytest.mark.parametrize("code", [0, 6, 60, 70, 80, 90, 91, 92, 93, 555])
def test_rules_over_results_do_not_apply_to_other_states(code: int) -> None:
    assert event_rules(status=status(code), homeScore=score(1, 1, current=7), winnerCode=None) == []


# 4: incidents


@pytest.mark.parametrize(("text", "minute"), [("HT", 38), ("HT", 46), ("FT", 85), ("ET", 119)])
def test_period_marks_stand_on_their_minute(text: str, minute: int) -> None:
    mark = {"incidentType": "period", "text": text, "time": minute, "addedTime": 999}
    assert incidents(mark, *GOALS) == ["period_marks_on_the_minute"]


def test_goals_are_as_many_as_the_score_says() -> None:
    assert incidents(FULL_TIME, *GOALS[1:]) == ["goals_equal_score"]


def test_a_goal_counts_for_its_side() -> None:
    flipped = (goal(80, False, 2, 1), *GOALS[1:])
    assert incidents(FULL_TIME, *flipped) == ["score_grows_by_one_goal"]


def test_an_own_goal_counts_for_the_side_that_gains_it() -> None:
    assert incidents(FULL_TIME, goal(80, True, 2, 1, incidentClass="ownGoal"), *GOALS[1:]) == []


def test_the_running_score_moves_by_one() -> None:
    jump = (goal(80, True, 2, 1), goal(60, False, 1, 1), goal(20, True, 2, 0))
    assert set(incidents(FULL_TIME, *jump)) == {"score_grows_by_one_goal"}


def test_a_running_match_need_not_have_all_its_goals() -> None:
    assert incidents(GOALS[2], status=status(7, "inprogress"), winnerCode=None) == []


# 5: statistics


def test_counts_of_the_halves_add_up() -> None:
    halves = {"FIRST": [item("fouls", 5, 6)], "SECOND": [item("fouls", 7, 8)]}
    assert statistics_rules(ALL=[item("fouls", 12, 14)], **halves) == []
    assert statistics_rules(ALL=[item("fouls", 12, 15)], **halves) == ["halves_add_up"]


def test_shares_and_expected_goals_do_not_add_up_over_halves() -> None:
    shares = [item("ballPossession", 60, 40), item("expectedGoals", 1.34, 0.44)]
    halves = [item("ballPossession", 70, 30), item("expectedGoals", 0.32, 0.4)]
    assert statistics_rules(ALL=shares, FIRST=halves, SECOND=[item("ballPossession", 50, 50)]) == []


def test_an_item_of_the_whole_match_only_is_no_contradiction() -> None:
    assert statistics_rules(ALL=[item("fouls", 12, 14)], FIRST=[], SECOND=[]) == []


def test_possession_adds_up_to_100() -> None:
    assert statistics_rules(ALL=[item("ballPossession", 60, 41)]) == ["possession_is_100"]


def test_shots_on_target_are_shots() -> None:
    assert statistics_rules(ALL=[item("totalShotsOnGoal", 9, 4), item("shotsOnGoal", 3, 5)]) == [
        "shots_on_target_are_shots"
    ]


def test_a_part_is_not_larger_than_its_whole() -> None:
    assert statistics_rules(ALL=[item("accurateCross", 5, 3, homeTotal=4, awayTotal=3)]) == ["values_within_totals"]


# 6: line-ups


def test_eleven_start_and_one_is_in_goal() -> None:
    assert lineups_rules(squad(100)) == []
    ten = squad(100) | {"players": squad(100)["players"][:-1]}
    assert "eleven_start_with_one_goalkeeper" in lineups_rules(ten)
    two_keepers = [*squad(100)["players"][:-1], lineup_player(190, position="G")]
    assert lineups_rules({"players": two_keepers}) == ["eleven_start_with_one_goalkeeper"]


def minutes_of_one(minutes: int) -> Json:
    players = squad(100)["players"]
    return {"players": [*players[:-1], lineup_player(190, statistics={"minutesPlayed": minutes})]}


def test_minutes_fit_the_length_of_the_match() -> None:
    assert lineups_rules(minutes_of_one(0)) == []
    assert lineups_rules(minutes_of_one(-11)) == ["minutes_are_plausible"]
    assert lineups_rules(minutes_of_one(201)) == ["minutes_are_plausible"]
    assert lineups_rules(minutes_of_one(200)) == []
    assert lineups_rules(minutes_of_one(-80), homeRedCards=2) == []


def test_extra_time_lasts_longer() -> None:
    after_extra_time = {"status": status(110), "homeScore": score(1, 0, overtime=1, display=2, current=2),
                        "awayScore": score(1, 0, overtime=0)}  # fmt: skip
    assert lineups_rules(squad(100), **after_extra_time) == ["minutes_are_plausible"] * 2


def test_shot_goals_are_no_more_than_the_score() -> None:
    shots = sofascore.parse_shots(
        body(shotmap=[shot(n, shotType="goal", isHome=False) for n in (1, 2)]), match=match(), read_at=READ_AT
    )
    (violation,) = check_match(match(), shots=shots)
    assert (violation.rule, violation.part, violation.refuses_match) == ("shot_goals_within_score", "shots", False)


def test_goals_cards_and_substitutions_name_their_side() -> None:
    nobodys = {name: value for name, value in goal(20, True, 1, 0).items() if name != "isHome"}
    assert "sides_are_told" in incidents(*GOALS[:2], nobodys)


def test_where_players_have_statistics_their_minutes_do_not_vanish() -> None:
    renamed = squad(100)
    for player in renamed["players"]:
        player["statistics"]["minutes"] = player["statistics"].pop("minutesPlayed")
    away = squad(200)
    for player in away["players"]:
        player["statistics"].pop("minutesPlayed")
    result = match(hasEventPlayerStatistics=True)
    parsed = sofascore.parse_lineups(body(home=renamed, away=away), match=result, read_at=READ_AT)
    assert rules(check_match(result, appearances=parsed.appearances)) == ["minutes_are_told"]


def test_where_there_is_xg_it_does_not_vanish_from_every_shot() -> None:
    def broken_rules(*newest_first: Json) -> list[str]:
        parsed = sofascore.parse_shots(body(shotmap=list(newest_first)), match=match(hasXg=True), read_at=READ_AT)
        return rules(check_match(match(hasXg=True), shots=parsed))

    assert broken_rules(shot(10), shot(20, xg=None)) == []
    assert broken_rules(shot(10, xg=None), shot(20, xg=None)) == ["xg_is_told"]


def test_shots_and_incidents_are_of_players_of_the_side_they_name() -> None:
    result = match()
    appearances = sofascore.parse_lineups(
        body(home=squad(100), away=squad(200)), match=result, read_at=READ_AT
    ).appearances

    def broken_rules(*shots: Json) -> list[str]:
        parsed = sofascore.parse_shots(body(shotmap=list(shots)), match=result, read_at=READ_AT)
        return rules(check_match(result, appearances=appearances, shots=parsed))

    assert (
        broken_rules(shot(player={"id": 101, "name": "A"}), shot(20, isHome=False, player={"id": 201, "name": "B"}))
        == []
    )
    assert broken_rules(shot(player={"id": 201, "name": "B"})) == ["players_are_of_their_side"]
    scored = [one | {"player": {"id": 101, "name": "A"}} for one in GOALS]
    scored[1] |= {"incidentClass": "ownGoal"}
    parsed = sofascore.parse_incidents(body(incidents=scored), match=result, read_at=READ_AT)
    assert rules(check_match(result, appearances=appearances, incidents=parsed)) == []


def test_parts_of_another_match_are_named() -> None:
    other = match(id=777)
    parsed = sofascore.parse_shots(body(shotmap=[shot()]), match=other, read_at=READ_AT)
    detail = sofascore.parse_event(body(event=event(id=777)), read_at=READ_AT).detail
    result = check_match(match(), shots=parsed, detail=detail)
    assert [(violation.rule, violation.part) for violation in result] == [
        ("parts_belong_to_match", "detail"), ("parts_belong_to_match", "shots"),
    ]  # fmt: skip


# 7: standings


def standings(*rows: Json, kind: str = "total") -> list[Standing]:
    table = {"type": kind, "tournament": {"id": 1}, "rows": list(rows)}
    parsed = sofascore.parse_standings(body(standings=[table]), league_id=17, season_id=9001, read_at=READ_AT)
    return list(parsed.rows)


def test_a_genuine_table_breaks_nothing() -> None:
    assert check_standings(standings(standings_row(1, 1, 1, 0, "3:2"), standings_row(2, 0, 1, 1, "2:3"))) == []


def test_results_are_as_many_as_matches() -> None:
    assert rules(check_standings(standings(standings_row(1, 1, 1, 0, "2:2", matches=3)))) == ["results_equal_matches"]


def test_points_follow_results_unless_a_remark_names_a_ruling() -> None:
    assert rules(check_standings(standings(standings_row(1, 1, 1, 0, "2:2", points=1)))) == ["points_follow_results"]
    assert check_standings(standings(standings_row(1, 1, 1, 0, "2:2", points=1, descriptions=["3 deducted"]))) == []


def test_goals_balance_over_a_whole_table_only() -> None:
    lopsided = standings_row(1, 1, 0, 0, "3:2")
    assert rules(check_standings(standings(lopsided))) == ["goals_balance"]
    assert check_standings(standings(lopsided, kind="home")) == []


# 8: read twice


def test_the_same_version_is_identical() -> None:
    before = match()
    after = dataclasses.replace(before, home_goals=5)
    assert list(same_version_is_identical(before, before)) == []
    (violation,) = same_version_is_identical(before, after)
    assert (violation.expected, violation.seen) == ("home_goals 2", "5")
    assert list(same_version_is_identical(before, dataclasses.replace(after, version=before.version + 1))) == []
    assert list(same_version_is_identical(before, dataclasses.replace(before, home_name="With a new sponsor"))) == []


def test_incidents_of_low_coverage_without_running_score_break_no_order() -> None:
    bare = Incident(
        source="s", version=1, league_id=17, season_id=9001, match_id=501, ordinal=0, kind="goal", detail="regular",
        minute=5, added_minute=None, is_home=True, player_id=None, player_name="", second_player_id=None,
        second_player_name="", home_score=None, away_score=None, rescinded=False,
    )  # fmt: skip
    assert check_match(match(), incidents=[bare, bare, bare]) == []
