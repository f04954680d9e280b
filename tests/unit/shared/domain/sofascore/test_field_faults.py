"""Responses from the field that were read wrongly or not at all, with the right values.

The rules are those of issue 14; the responses lie beside the repository.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.domain import sofascore
from shared.domain.football.match_status import Phase, is_settled, phase_of
from shared.domain.football.records import Match
from shared.domain.sofascore import invariants
from shared.errors import InvalidInput
from tests.support.football.source_responses import READ_AT, body, event, match, score, shot, status
from tests.support.reference import reference


def read(name: str) -> Any:
    return json.loads(reference(f"field/football/ss-{name}.json").read_bytes())


def parse_match(name: str) -> Match:
    return sofascore.parse_event(json.dumps(read(name)), read_at=READ_AT).match


def broken_rules(match: Match) -> list[str]:
    return [violation.rule for violation in invariants.check_match(match)]


def second_leg(home: int, away: int, penalties: tuple[int, int], winner: int, winner_of_tie: int | None) -> Match:
    """Return a match after a shoot-out without goals in its first half or in extra time."""
    sides = (
        score(0, goals, display=goals, normaltime=goals, penalties=kicks, current=goals + kicks)
        for goals, kicks in zip((home, away), penalties, strict=True)
    )
    return match(
        status=status(120),
        homeScore=next(sides),
        awayScore=next(sides),
        winnerCode=winner,
        **({} if winner_of_tie is None else {"aggregatedWinnerCode": winner_of_tie}),
    )


@pytest.mark.parametrize("name", ["13966084-event", "14249752-event"])
def test_the_winner_of_a_second_leg_need_not_be_the_winner_of_its_shoot_out(name: str) -> None:
    assert broken_rules(parse_match(name)) == []


@pytest.mark.parametrize(
    ("winner", "winner_of_tie", "expected"),
    [
        (3, 1, []),  # a drawn leg, as in the recordings
        (1, 1, []),  # the winner of the shoot-out is given for the leg too
        (2, 1, ["winner_agrees_with_score"]),
        (3, 2, ["winner_agrees_with_score"]),
        (3, None, ["winner_agrees_with_score"]),  # no tie: the shoot-out decides the match
        (1, None, []),
    ],
)
def test_the_winner_of_a_tie_follows_from_the_shoot_out(
    winner: int, winner_of_tie: int | None, expected: list[str]
) -> None:
    assert broken_rules(second_leg(1, 1, (4, 3), winner, winner_of_tie)) == expected


def test_genuine_minutes_of_substitutes_may_overlap() -> None:
    lineups = sofascore.parse_lineups(json.dumps(read("lineups-11369335")), match=match(), read_at=READ_AT)
    home = [one.minutes or 0 for one in lineups.appearances if one.is_home]
    assert sum(home) == 1014
    assert list(invariants.minutes_are_plausible(match(), lineups.appearances)) == []


def test_a_coverage_flag_may_change_without_a_newer_change_time() -> None:
    first, second = (
        sofascore.parse_event(json.dumps({"event": page} if "event" not in page else page), read_at=READ_AT).match
        for page in read("hasxg-later-14773688-two-reads")
    )
    assert first.has_xg != second.has_xg
    assert list(invariants.same_version_is_identical(first, second)) == []


def test_other_changes_without_a_newer_change_time_are_found() -> None:
    before, after = match(hasXg=True, homeRedCards=0), match(hasXg=False, homeRedCards=1)
    (violation,) = invariants.same_version_is_identical(before, after)
    assert violation.expected.startswith("home_red_cards")


def test_a_score_after_extra_time_that_contradicts_itself_is_found() -> None:
    rules = broken_rules(parse_match("suspect-13385903-event"))
    assert set(rules) == {"score_is_sum_of_halves", "score_is_sum_with_extra_time"}


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        ({"normaltime": 1, "overtime": 1, "current": 2, "display": 2}, []),
        ({"normaltime": 1, "overtime": 1, "current": 2, "display": 3}, ["score_is_sum_with_extra_time"]),
        ({"normaltime": 2, "overtime": 0, "current": 2, "display": 2}, ["score_is_sum_of_halves"]),
    ],
)
def test_a_score_after_extra_time_is_a_sum(home: dict[str, int], expected: list[str]) -> None:
    after_extra_time = match(
        status=status(110), homeScore=score(1, 0, **home), awayScore=score(0, 0, overtime=0), winnerCode=1
    )
    assert broken_rules(after_extra_time) == expected


def test_a_live_event_without_a_season_is_read() -> None:
    text = json.dumps(read("live-without-season"))
    (live,) = sofascore.parse_events(text, read_at=READ_AT).matches
    assert (live.match_id, live.league_id, live.season_id) == (15291999, 16677, 0)
    assert phase_of(live.status_code) is Phase.LIVE
    (of_list,) = sofascore.parse_events(text, read_at=READ_AT, season_id=78000).matches
    assert of_list.season_id == 78000


def test_a_season_without_an_id_is_still_refused() -> None:
    with pytest.raises(InvalidInput, match=r"season\.id"):
        sofascore.parse_events(body(events=[event(season={"name": "24/25"})]), read_at=READ_AT)


def test_an_awarded_result_stands_but_was_not_played() -> None:
    awarded = parse_match("awarded-hapoel-maccabi-14091732")
    assert (awarded.status_code, awarded.home_goals, awarded.away_goals, awarded.winner) == (91, 0, 3, 2)
    assert phase_of(awarded.status_code) is Phase.FINAL_WITHOUT_PLAY
    assert is_settled(awarded.status_code)
    assert match(isAwarded=False).status_code == 100


def test_the_card_of_a_manager_keeps_his_id() -> None:
    (card,) = sofascore.parse_incidents(json.dumps(read("manager-card")), match=match(), read_at=READ_AT)
    assert (card.kind, card.detail, card.manager_id, card.player_id) == ("card", "yellow", 788372, None)
    assert card.player_name == "Player 100"


@pytest.mark.parametrize("place", [None, {}, {"x": None, "y": 50}, {"y": 50, "z": 0}])
def test_a_shot_without_a_place_is_left_out_and_counted(place: dict[str, Any] | None) -> None:
    text = body(shotmap=[shot(1), shot(2, playerCoordinates=place), shot(3)])
    shot_map = sofascore.parse_shot_map(text, match=match(), read_at=READ_AT)
    assert [one.ordinal for one in shot_map.shots] == [0, 2]
    assert shot_map.n_without_place == 1
    assert sofascore.parse_shots(text, match=match(), read_at=READ_AT) == shot_map.shots


def test_a_shot_map_in_which_no_shot_has_a_place_is_refused() -> None:
    text = body(shotmap=[shot(1, playerCoordinates=None), shot(2, playerCoordinates=None)])
    with pytest.raises(InvalidInput, match="playerCoordinates"):
        sofascore.parse_shots(text, match=match(), read_at=READ_AT)
