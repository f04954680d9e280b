"""Postponed matches and their replays are one fixture, repeated meetings are several."""

from __future__ import annotations

import dataclasses

from shared.domain.football.fixtures import current_events, group_fixtures, map_successors
from tests.support.football.match_rows import Row, played


def ids(*events: Row) -> list[int]:
    return [event.match_id for event in current_events(events)]


def test_a_replay_in_the_same_round_replaces_the_postponed_match() -> None:
    postponed, replay = played(1, "AB", code=60), played(9, "AB", "2-1", day=30)
    assert ids(postponed, replay) == [9]
    assert map_successors([replay, postponed]) == {1: 9}


def test_a_postponed_match_without_replay_stays_the_fixture() -> None:
    assert ids(played(1, "AB", code=60)) == [1]
    assert map_successors([played(1, "AB", code=60)]) == {}


def test_a_replay_that_is_postponed_again_leads_to_the_last() -> None:
    events = [played(1, "AB", code=60), played(5, "AB", code=60, day=9), played(9, "AB", "0-0", day=30)]
    assert map_successors(events) == {1: 9, 5: 9}
    (fixture,) = group_fixtures(events)
    assert [event.match_id for event in fixture.replaced] == [1, 5]


def test_of_two_fallen_events_the_newer_is_current() -> None:
    assert ids(played(1, "AB", code=60), played(5, "AB", code=60, day=9)) == [5]


def test_an_abandoned_match_and_its_replay_are_one_fixture() -> None:
    assert ids(played(1, "AB", "1-0", code=90), played(9, "AB", "2-2", day=30)) == [9]


def test_a_removed_result_gives_way() -> None:
    assert ids(played(1, "AB", "3-0"), played(9, "AB", "3-0", code=93)) == [1]


def test_a_duplicate_in_the_same_slot_counts_once_and_the_newer_wins() -> None:
    assert ids(played(1, "AB", "1-0"), played(2, "AB", "1-0")) == [2]


def test_home_and_away_leg_are_two_fixtures() -> None:
    assert ids(played(1, "AB", "1-0"), played(2, "BA", "1-0", day=100, round=20)) == [1, 2]


def test_a_pair_that_meets_again_in_another_round_has_two_fixtures() -> None:
    """Scotland: 33 rounds of three meetings, then the split."""
    assert ids(played(1, "AB", "1-0", round=3), played(2, "AB", "0-2", round=25, day=180)) == [1, 2]


def test_a_pair_that_meets_again_in_a_play_off_has_two_fixtures() -> None:
    league, final = played(1, "AB", "1-0"), played(2, "AB", "0-2", tournament_id=2, round=29, round_name="Final", day=9)
    assert ids(league, final) == [1, 2]


def test_a_replay_may_move_to_another_round_where_pairs_meet_once() -> None:
    assert map_successors([played(1, "AB", code=60, round=8), played(9, "AB", "2-1", round=30, day=99)]) == {1: 9}


def test_a_postponed_match_is_not_confused_with_a_later_meeting_where_pairs_repeat() -> None:
    repeats = [played(3, "CD", "1-1", round=2), played(4, "CD", "1-1", round=24, day=170)]
    events = [played(1, "AB", code=60, round=3), played(2, "AB", round=25, day=180), *repeats]
    assert map_successors(events) == {}
    assert ids(*events) == [1, 3, 4, 2]


def test_a_postponed_match_is_not_confused_with_a_play_off() -> None:
    events = [played(1, "AB", code=60), played(2, "AB", "0-2", tournament_id=2, round=29, round_name="Final", day=99)]
    assert map_successors(events) == {}


def test_without_round_numbers_days_tell_results_apart() -> None:
    assert ids(played(1, "AB", "1-0", round=None), played(2, "AB", "2-0", round=None, day=60)) == [1, 2]
    assert ids(played(1, "AB", "1-0", round=None), played(2, "AB", "1-0", round=None)) == [2]


def test_seasons_are_kept_apart() -> None:
    this = played(1, "AB", "1-0")
    assert ids(this, dataclasses.replace(this, match_id=2, season_id=2)) == [1, 2]


def test_fixtures_come_by_kick_off() -> None:
    assert ids(played(3, "AB", day=5), played(1, "CD", day=9), played(2, "EF", day=1)) == [2, 3, 1]
