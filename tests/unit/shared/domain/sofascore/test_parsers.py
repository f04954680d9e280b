"""Parsers on what the recordings do not contain: faults, rare states, and responses without content."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import sofascore
from shared.domain.football.match_status import Phase, is_final, is_settled, phase_of
from shared.domain.sofascore import Outcome, drift, json_reader
from shared.domain.sofascore.seasons import season_label
from shared.domain.sofascore.statistics import statistic_key
from shared.errors import Blocked, InvalidInput, NotFound, Overloaded, TouchlineError, Unavailable
from tests.support.football.source_responses import (
    READ_AT,
    READ_MS,
    body,
    event,
    full_event,
    full_row,
    goal,
    item,
    lineup_player,
    match,
    score,
    shot,
    squad,
    statistics,
    status,
    substitution,
)

MATCH = match()
PARSERS: dict[str, tuple[Callable[[str | bytes], Any], str]] = {
    "seasons": (
        lambda text: sofascore.parse_seasons(text, league_id=17, read_at=READ_AT),
        body(seasons=[{"id": 9, "name": "First Division 24/25", "year": "24/25"}]),
    ),
    "rounds": (sofascore.parse_rounds, body(currentRound={"round": 2}, rounds=[{"round": 1}, {"round": 2}])),
    "events": (lambda text: sofascore.parse_events(text, read_at=READ_AT), body(events=[event()], hasNextPage=True)),
    "event": (lambda text: sofascore.parse_event(text, read_at=READ_AT), body(event=full_event())),
    "statistics": (
        lambda text: sofascore.parse_statistics(text, match=MATCH, read_at=READ_AT),
        statistics(ALL=[item("fouls", 10, 12)]),
    ),
    "lineups": (
        lambda text: sofascore.parse_lineups(text, match=MATCH, read_at=READ_AT),
        body(confirmed=True, home=squad(100), away=squad(200)),
    ),
    "incidents": (
        lambda text: sofascore.parse_incidents(text, match=MATCH, read_at=READ_AT),
        body(incidents=[substitution(), goal(30, True, 1, 0, assist1={"id": 8, "name": "Giver"}, addedTime=2)]),
    ),
    "shotmap": (lambda text: sofascore.parse_shots(text, match=MATCH, read_at=READ_AT), body(shotmap=[shot()])),
    "managers": (sofascore.parse_managers, body(homeManager={"id": 5, "name": "Coach"}, awayManager={})),
    "player": (
        lambda text: sofascore.parse_player(text, read_at=READ_AT),
        body(player={"id": 7, "name": "Runner", "positionsDetailed": ["ST"], "team": {"id": 3, "name": "Alpha"}}),
    ),
    "standings": (
        lambda text: sofascore.parse_standings(text, league_id=17, season_id=9001, read_at=READ_AT),
        body(standings=[{"type": "total", "tournament": {"id": 1}, "rows": [full_row()]}]),
    ),
}
ANY_PARSER = pytest.mark.parametrize("answer", PARSERS)


# Faults


@ANY_PARSER
@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "7", '"text"', "<html>", '{"a": NaN}', "{" * 5000, b"\xff\xfe\x00", '{"a": ' + "9" * 5000 + "}"],
    ids=range(10),
)
def test_a_body_that_is_no_json_object_is_refused(answer: str, text: str | bytes) -> None:
    parse, _ = PARSERS[answer]
    with pytest.raises(InvalidInput):
        parse(text)


@ANY_PARSER
def test_a_response_that_is_cut_off_anywhere_is_refused(answer: str) -> None:
    parse, whole = PARSERS[answer]
    assert parse(whole) == parse(whole.encode())
    for end in range(0, len(whole) - 1, 7):
        with pytest.raises(InvalidInput):
            parse(whole[:end])


@ANY_PARSER
@given(data=st.data())
@settings(max_examples=150)
def test_a_damaged_response_is_read_or_raises_a_typed_error(answer: str, data: st.DataObject) -> None:
    parse, whole = PARSERS[answer]
    damaged = json.loads(whole)
    holders = [(holder, key) for holder, key in places(damaged)]
    holder, key = data.draw(st.sampled_from(holders))
    holder[key] = data.draw(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
        | st.just([]) | st.just({}) | st.just([{}]) | st.just([[1]]) | st.just({"id": -1})
    )  # fmt: skip
    with contextlib.suppress(InvalidInput):
        parse(json.dumps(damaged))


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container of a JSON value with each of its keys or indices."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *places(value[key])]]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (event(tournament={"id": 1, "name": "Friendly"}), "tournament.uniqueTournament"),
        (event(homeTeam={"name": "Alpha"}), "homeTeam.id"),
        (event(status={}), "status"),
        (event(startTimestamp=None), "startTimestamp"),
        (event(startTimestamp=10**15), "startTimestamp"),
        (event(homeScore={"current": "2"}), "homeScore.current"),
        (event(awayTeam={"id": True, "name": "Beta"}), "awayTeam.id"),
        (event(season={"id": 2**63}), "season.id"),
    ],
)
def test_a_fault_names_the_match_and_the_field(broken: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput, match=f"match 501: {field} ") as caught:
        sofascore.parse_event(body(event=broken), read_at=READ_AT)
    assert list(caught.value.errors) == [field]


def test_one_broken_event_refuses_its_list_only_in_strict_mode() -> None:
    text = body(events=[event(), event(id=502, homeTeam={})])
    with pytest.raises(InvalidInput, match="match 502: homeTeam is missing"):
        sofascore.parse_events(text, read_at=READ_AT)
    events = sofascore.parse_events(text, read_at=READ_AT, strict=False)
    assert [match.match_id for match in events.matches] == [501]
    assert [str(fault) for fault in events.refused] == ["match 502: homeTeam is missing"]


def test_a_read_time_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="zone"):
        sofascore.parse_events(body(events=[]), read_at=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("error", "raised"),
    [({"code": 404, "message": "Not Found"}, NotFound), ({"code": 403, "reason": "challenge"}, Blocked)],
)
@ANY_PARSER
def test_error_objects_are_recognised(answer: str, error: dict[str, Any], raised: type[TouchlineError]) -> None:
    with pytest.raises(raised):
        PARSERS[answer][0](body(error=error))


# Refusals


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        (200, '{"events": []}', Outcome.OK),
        (200, b'\xef\xbb\xbf{"events": []}', Outcome.OK),
        (304, "", Outcome.UNCHANGED),
        (404, '{"error": {"code": 404, "message": "Not Found"}}', Outcome.ABSENT),
        (200, '{"error": {"code": 404, "message": "Not Found"}}', Outcome.ABSENT),
        (410, "", Outcome.ABSENT),
        (403, '{"error": {"code": 403, "reason": "challenge"}}', Outcome.BLOCKED),
        (200, '{"error": {"code": 403, "reason": "challenge"}}', Outcome.BLOCKED),
        (403, "", Outcome.BLOCKED),
        (401, "", Outcome.BLOCKED),
        (451, "", Outcome.BLOCKED),
        (200, "<!doctype html><title>Captcha</title>", Outcome.BLOCKED),
        (429, "", Outcome.RATE_LIMITED),
        (503, "", Outcome.UNAVAILABLE),
        (500, "", Outcome.SERVER_ERROR),
        (502, "<html>Bad gateway</html>", Outcome.SERVER_ERROR),
        (408, "", Outcome.SERVER_ERROR),
        (0, "net::ERR_CONNECTION_RESET", Outcome.SERVER_ERROR),
        (200, "", Outcome.MALFORMED),
        (200, "<html>Maintenance</html>", Outcome.MALFORMED),
        (200, '{"error": {"message": "?"}}', Outcome.SERVER_ERROR),
        (400, "", Outcome.MALFORMED),
        (302, "", Outcome.MALFORMED),
    ],
)
def test_a_response_is_judged_before_it_is_parsed(code: int, text: str | bytes, outcome: Outcome) -> None:
    assert sofascore.judge(code, text).outcome is outcome


@pytest.mark.parametrize(
    ("code", "raised"),
    [(404, NotFound), (403, Blocked), (429, Overloaded), (503, Unavailable), (500, Unavailable), (418, InvalidInput)],
)
def test_a_verdict_raises_the_error_of_its_outcome(code: int, raised: type[TouchlineError]) -> None:
    with pytest.raises(raised, match=f"match 501: status {code}"):
        sofascore.judge(code, "").raise_for("match 501")


def test_a_verdict_of_content_raises_nothing() -> None:
    for code in (200, 304):
        sofascore.judge(code, "{}").raise_for("match 501")


def test_the_source_says_how_long_to_wait() -> None:
    output = sofascore.judge(429, "", retry_after_s=17.0)
    assert (output.retry_after_s, output.retryable) == (17.0, True)
    with pytest.raises(Overloaded) as caught:
        output.raise_for("league 17")
    assert caught.value.retry_after_s == 17.0
    assert sofascore.judge(503, "").retry_after_s == 5.0
    assert not sofascore.judge(403, "").retryable


# Events


def test_an_event_without_change_time_takes_the_time_of_reading() -> None:
    assert match(changes=[]).version == READ_MS + json_reader.REVISION
    assert match(changes={"changeTimestamp": 0}).version == READ_MS + json_reader.REVISION
    assert match().version == 1_760_007_000_000 + json_reader.REVISION


def test_php_lists_in_place_of_objects_are_empty_objects() -> None:
    future = match(homeScore=[], awayScore=[], time=[], status=status(0, "notstarted"), winnerCode=None)
    assert (future.home_goals, future.home_goals_display, future.winner) == (None, None, None)


def test_after_extra_time_the_score_after_90_minutes_and_the_sporting_one_differ() -> None:
    late = match(
        status=status(120), winnerCode=2,
        homeScore=score(1, 1, overtime=1, display=3, penalties=6, current=9),
        awayScore=score(2, 0, overtime=1, display=3, penalties=7, current=10),
    )  # fmt: skip
    assert (late.home_goals, late.home_goals_display, late.home_goals_current) == (2, 3, 9)
    assert (late.home_penalties, late.away_penalties, late.home_goals_extra) == (6, 7, 1)


def test_a_result_only_event_has_its_score_after_90_minutes() -> None:
    assert match(homeScore={"current": 2, "display": 2}, awayScore={"current": 1, "display": 1}).home_goals == 2


def test_lists_give_each_team_and_league_once() -> None:
    events = sofascore.parse_events(body(events=[event(), event(id=502)], hasNextPage=True), read_at=READ_AT)
    assert [team.name for team in events.teams] == ["Alpha", "Beta"]
    assert [(league.league_id, league.country) for league in events.leagues] == [(17, "Nowhere")]
    assert events.has_next_page


def test_of_overlapping_lists_the_newest_version_is_kept() -> None:
    old, new = match(winnerCode=3), match(changes={"changeTimestamp": 1_760_009_000})
    assert sofascore.newest([new, old]) == {501: new}


def test_a_detail_is_completed_from_line_ups_and_managers() -> None:
    home = event()["homeTeam"] | {"manager": {"id": 1, "name": "Told"}}
    detail = sofascore.parse_event(body(event=event(homeTeam=home)), read_at=READ_AT).detail
    lineups = sofascore.parse_lineups(PARSERS["lineups"][1], match=MATCH, read_at=READ_AT)
    managers = sofascore.parse_managers(
        body(homeManager={"id": 8, "name": "Other"}, awayManager={"id": 9, "name": "Found"})
    )
    whole = sofascore.complete_detail(detail, lineups=lineups, managers=managers)
    assert (whole.home_formation, whole.away_formation) == ("4-4-2", "4-4-2")
    assert (whole.home_manager, whole.away_manager, whole.away_manager_id) == ("Told", "Found", 9)
    assert sofascore.complete_detail(detail) == detail


# Status codes


def test_every_known_code_has_its_phase() -> None:
    table = {
        Phase.FUTURE: (0,), Phase.LIVE: (6, 7, 20, 31, 41, 42, 50), Phase.FINAL: (100, 110, 120),
        Phase.FINAL_WITHOUT_PLAY: (91, 92, 93), Phase.POSTPONED: (60,), Phase.VOID: (70, 90),
        Phase.INTERRUPTED: (80,),
    }  # fmt: skip
    for expected, codes in table.items():
        assert {phase_of(code) for code in codes} == {expected}


@pytest.mark.parametrize("code", [-1, 1, 99, 101, 555])
def test_an_unknown_code_is_never_finished(code: int) -> None:
    assert (phase_of(code), is_final(code), is_settled(code)) == (Phase.UNKNOWN, False, False)


def test_awarded_results_are_settled_and_removed_ones_are_not() -> None:
    assert [is_settled(code) for code in (91, 92, 93, 100)] == [True, True, False, True]
    assert not is_final(91)


# Seasons and rounds


@pytest.mark.parametrize(
    ("label", "normal"),
    [
        ("24/25", ("2024/25", 2024)),
        ("2025", ("2025", 2025)),
        ("1969/1970", ("1969/70", 1969)),
        (" 72/73", ("1972/73", 1972)),
        ("99/00", ("1999/00", 1999)),
        ("1999/2000", ("1999/00", 1999)),
        ("27/28", ("2027/28", 2027)),
        ("29/30", ("1929/30", 1929)),
        ("First Division 24/25", ("2024/25", 2024)),
        ("World Cup 2026", ("2026", 2026)),
        ("", None),
        ("Apertura", None),
    ],
)
def test_season_labels_take_one_form(label: str, normal: tuple[str, int] | None) -> None:
    assert season_label(label, newest=2028) == normal


def test_a_season_without_a_year_is_refused() -> None:
    with pytest.raises(InvalidInput, match="season 9 of league 17: year is no season label: 'Apertura'"):
        sofascore.parse_seasons(
            body(seasons=[{"id": 9, "year": "Apertura", "name": "x"}]), league_id=17, read_at=READ_AT
        )


def test_rounds_have_the_path_of_their_matches() -> None:
    rounds = sofascore.parse_rounds(
        body(
            currentRound={"round": 7},
            rounds=[
                {"round": 7},
                {"round": 29, "name": "Final", "slug": "final"},
                {"round": 28, "name": "Semifinals", "slug": "semifinals", "prefix": "Qualification"},
            ],
        )
    )
    assert rounds.current == 7
    assert [result.path for result in rounds.rounds] == [
        "7", "29/slug/final", "28/slug/semifinals/prefix/Qualification",
    ]  # fmt: skip


def test_a_league_without_rounds_has_none() -> None:
    assert sofascore.parse_rounds("{}") == sofascore.Rounds(current=None, rounds=())


# Statistics


def test_an_item_in_two_groups_is_one_record() -> None:
    fouls = item("fouls", 3, 4)
    groups = [{"groupName": name, "statisticsItems": [fouls]} for name in ("Match overview", "Defending")]
    (record,) = sofascore.parse_statistics(
        body(statistics=[{"period": "ALL", "groups": groups}]), match=MATCH, read_at=READ_AT
    )
    assert (record.groups, record.version) == (("Match overview", "Defending"), READ_MS)


def test_groups_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"match 501: statistics: ALL.fouls has different values"):
        sofascore.parse_statistics(
            statistics(ALL=[item("fouls", 3, 4), item("fouls", 3, 5)]), match=MATCH, read_at=READ_AT
        )


def test_numbers_are_read_from_the_text_where_there_is_only_text() -> None:
    output = {"key": "accurateLongBalls", "name": "Long balls", "home": "27/37 (73%)", "away": "70%"}
    (record,) = sofascore.parse_statistics(statistics(ALL=[output]), match=MATCH, read_at=READ_AT)
    assert (record.home_value, record.home_total) == (27, 37)
    assert (record.away_value, record.away_total) == (70, None)


def test_names_without_key_become_keys() -> None:
    assert [statistic_key(name) for name in ("Total shots", "Throw-ins", "Expected goals", "Aerials won")] == [
        "totalShotsOnGoal", "throwIns", "expectedGoals", "aerialsWon",
    ]  # fmt: skip


# Line-ups


def test_a_substitute_who_stayed_on_the_bench_has_no_minutes() -> None:
    bench = lineup_player(150, substitute=True, statistics=[], shirtNumber=None, jerseyNumber="41", captain=True)
    lineups = sofascore.parse_lineups(body(home={"players": [bench]}, away=[]), match=MATCH, read_at=READ_AT)
    (appearance,) = lineups.appearances
    assert (appearance.minutes, appearance.rating, appearance.statistics) == (None, None, {})
    assert (appearance.starter, appearance.shirt_number, appearance.captain) == (False, 41, True)
    assert (appearance.team_id, lineups.home_formation, lineups.confirmed) == (42, "", False)


def test_a_later_transfer_does_not_change_whom_a_player_played_for() -> None:
    away = {"players": [lineup_player(150, teamId=9999)]}
    (appearance,) = sofascore.parse_lineups(body(home={}, away=away), match=MATCH, read_at=READ_AT).appearances
    assert (appearance.team_id, appearance.is_home) == (43, False)


def test_a_player_in_both_squads_is_refused() -> None:
    with pytest.raises(InvalidInput, match="player 100 is listed twice"):
        sofascore.parse_lineups(body(home=squad(100), away=squad(100)), match=MATCH, read_at=READ_AT)


def test_zeros_are_read_and_nested_numbers_have_dotted_names() -> None:
    output = {"goalAssist": 0, "ratingVersions": {"original": 7, "alternative": 7.1}, "kind": "player", "x": None}
    home = {"players": [lineup_player(150, statistics=output)]}
    (appearance,) = sofascore.parse_lineups(body(home=home), match=MATCH, read_at=READ_AT).appearances
    assert appearance.statistics == {
        "goalAssist": 0, "ratingVersions.original": 7, "ratingVersions.alternative": 7.1,
    }  # fmt: skip


def test_statistics_nested_without_end_are_refused() -> None:
    nested = '{"a":' * 400 + "1" + "}" * 400
    text = body(home={"players": [lineup_player(150, statistics="NESTED")]}).replace('"NESTED"', nested)
    with pytest.raises(InvalidInput, match="nested too deeply"):
        sofascore.parse_lineups(text, match=MATCH, read_at=READ_AT)


@pytest.mark.parametrize("value", ["1e999", "9" * 30])
def test_an_implausible_number_is_refused(value: str) -> None:
    text = body(home={"players": [lineup_player(150, statistics={"goals": "HUGE"})]}).replace('"HUGE"', value)
    with pytest.raises(InvalidInput, match="goals is no plausible number"):
        sofascore.parse_lineups(text, match=MATCH, read_at=READ_AT)


# Incidents and shots


def test_incidents_come_in_order_of_time() -> None:
    output = [
        {"incidentType": "period", "text": "FT", "time": 90, "addedTime": 999, "homeScore": 1, "awayScore": 0},
        {"incidentType": "card", "incidentClass": "red", "time": 80, "isHome": True, "rescinded": True,
         "playerName": "Sent Off", "reason": "Foul"},
        {"incidentType": "varDecision", "incidentClass": "goalNotAwarded", "time": 70, "confirmed": False,
         "isHome": False, "player": {"id": 3, "name": "Offside"}},
        {"incidentType": "substitution", "incidentClass": "injury", "time": 60, "isHome": True,
         "playerIn": {"id": 11, "name": "In"}, "playerOut": {"id": 12, "name": "Out"}},
        {"incidentType": "injuryTime", "length": 4, "time": 45, "addedTime": 0},
        goal(30, True, 1, 0, incidentClass="ownGoal", addedTime=None),
    ]  # fmt: skip
    incidents = sofascore.parse_incidents(body(incidents=output), match=MATCH, read_at=READ_AT)
    assert [incident.ordinal for incident in incidents] == [0, 1, 2, 3, 4, 5]
    own_goal, board, change, var, card, mark = incidents
    assert (own_goal.detail, own_goal.is_home, own_goal.home_score) == ("ownGoal", True, 1)
    assert (board.kind, board.length_minutes, board.is_home) == ("injuryTime", 4, None)
    assert (change.player_id, change.second_player_id, change.detail) == (11, 12, "injury")
    assert (var.confirmed, var.detail) == (False, "goalNotAwarded")
    assert (card.rescinded, card.reason, card.player_id, card.player_name) == (True, "Foul", None, "Sent Off")
    assert (mark.detail, mark.minute, mark.added_minute) == ("FT", 90, None)


def test_kicks_of_a_shoot_out_are_no_goals() -> None:
    kick = {"incidentType": "penaltyShootout", "incidentClass": "scored", "time": 120, "isHome": False,
            "homeScore": 4, "awayScore": 5, "player": {"id": 3, "name": "Kicker"}, "sequence": 5}  # fmt: skip
    (result,) = sofascore.parse_incidents(body(incidents=[kick]), match=MATCH, read_at=READ_AT)
    assert (result.kind, result.detail, result.away_score) == ("penaltyShootout", "scored", 5)


def test_a_penalty_lies_at_eleven_and_a_half() -> None:
    """The source's x runs from the attacked goal line, so this is Opta's 88.5."""
    penalty = shot(
        situation="penalty", shotType="goal", goalType="penalty", playerCoordinates={"x": 11.5, "y": 50, "z": 0}
    )
    (result,) = sofascore.parse_shots(body(shotmap=[penalty]), match=MATCH, read_at=READ_AT)
    assert (result.x, result.y, result.situation, result.goal_type) == (11.5, 50.0, "penalty", "penalty")
    assert (result.xg, result.block_x, result.second) == (0.1, None, None)


# Standings and drift


def test_standings_keep_rule_text_remarks_and_groups() -> None:
    table = {"type": "total", "name": "Group A", "tournament": {"id": 5}, "rows": [full_row()],
             "tieBreakingRule": {"text": "Goal difference"}, "updatedAtTimestamp": 1_760_000_000}  # fmt: skip
    result = sofascore.parse_standings(body(standings=[table]), league_id=17, season_id=9001, read_at=READ_AT)
    (standing,) = result.rows
    assert result.tie_break_texts == {5: "Goal difference"}
    assert (standing.notes, standing.promotion, standing.group_name) == (
        "6 points deducted", "Relegation", "Group A",
    )  # fmt: skip
    assert (standing.version, standing.points, standing.goals_for) == (1_760_000_000_000, 1, 5)


def test_unknown_fields_are_counted_by_path() -> None:
    text = body(events=[event(mascot=1), event(id=502, mascot=2, homeTeam=event()["homeTeam"] | {"anthem": "x"})])
    assert drift.unknown_fields("events", text) == {"events[].mascot": 2, "events[].homeTeam.anthem": 1}
    assert drift.unknown_fields("events", '{"events": ' + "[" * 500 + "]" * 500 + "}") == {}
    with pytest.raises(NotFound):
        drift.unknown_fields("horoscope", "{}")


@ANY_PARSER
def test_the_constructed_responses_have_no_unknown_field(answer: str) -> None:
    assert drift.unknown_fields(answer, PARSERS[answer][1]) == {}


# Profiles and managers as records


def test_a_profile_has_what_lineups_lack() -> None:
    output = {
        "id": 7,
        "name": "Ann Runner",
        "shortName": "A. Runner",
        "position": "F",
        "positionsDetailed": ["ST", "LW"],
        "country": {"name": "England"},
        "dateOfBirthTimestamp": 946_684_800,
        "height": 181,
        "preferredFoot": "Left",
        "shirtNumber": 9,
        "team": {"id": 3, "name": "Alpha"},
        "contractUntilTimestamp": 1_782_777_600,
        "proposedMarketValueRaw": {"value": 1_500_000, "currency": "EUR"},
    }
    profile = sofascore.parse_player(body(player=output), read_at=READ_AT)
    assert (profile.positions, profile.preferred_foot, profile.shirt_number) == (("ST", "LW"), "Left", 9)
    assert (profile.born_on, profile.contract_until) == (date(2000, 1, 1), date(2026, 6, 30))
    assert (profile.team_id, profile.market_value, profile.market_currency) == (3, 1_500_000, "EUR")
    assert profile.version == READ_MS
    bare = sofascore.parse_player(body(player={"id": 7, "name": "Ann Runner", "team": []}), read_at=READ_AT)
    assert (bare.short_name, bare.team_id, bare.positions, bare.market_value) == ("Ann Runner", None, (), None)


def test_managers_are_records_of_the_matchs_version() -> None:
    output = body(homeManager={"id": 5, "name": "Coach", "country": {"name": "Spain"}}, awayManager={})
    (manager,) = sofascore.parse_managers(output).records(MATCH)
    assert (manager.manager_id, manager.short_name, manager.country) == (5, "Coach", "Spain")
    assert manager.version == MATCH.version


def test_a_new_revision_of_the_parsers_makes_records_newer_and_keeps_the_change_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_reader, "REVISION", 0)
    before = match()
    monkeypatch.setattr(json_reader, "REVISION", 3)
    after = match()
    assert after.version == before.version + 3
    assert json_reader.change_of(after.version) == before.version
