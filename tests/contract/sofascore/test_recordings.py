"""Recorded responses of the source are parsed without loss; the falsified match is refused.

The recordings lie beside the repository and are never copied into it; without them these tests skip.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain import sofascore
from shared.domain.football import fixtures
from shared.domain.football.match_status import Phase, phase_of
from shared.domain.football.records import Match
from shared.domain.sofascore import drift, invariants, json_reader
from tests.support.reference import reference

READ_AT = datetime(2026, 6, 1, tzinfo=UTC)
LEAGUES = {
    "England": ("events/ut17-s76986-england-premier-league-25-26.json", 17, 1, 76986, 256),
    "Spain": ("events/ut8-s77559-spain-laliga-25-26.json", 8, 36, 77559, 231),
    "Portugal": ("events/ut238-s77806-portugal-primeira-25-26.json", 238, 52, 77806, 181),
    "Netherlands": ("events/ut37-s77012-netherlands-eredivisie-25-26.json", 37, 39, 77012, 112),
}
VARIANTS = "events/status-variants.json"
ARSENAL = "team-events/42-arsenal-last-page.json"

MATCH_PATHS = {
    "league_id": "tournament.uniqueTournament.id",
    "season_id": "season.id",
    "match_id": "id",
    "custom_id": "customId",
    "tournament_id": "tournament.id",
    "tournament_name": "tournament.name",
    "round": "roundInfo.round",
    "status_code": "status.code",
    "status_type": "status.type",
    "home_id": "homeTeam.id",
    "away_id": "awayTeam.id",
    "home_name": "homeTeam.name",
    "away_name": "awayTeam.name",
    "home_goals": "homeScore.normaltime",
    "away_goals": "awayScore.normaltime",
    "home_goals_period1": "homeScore.period1",
    "away_goals_period1": "awayScore.period1",
    "home_goals_period2": "homeScore.period2",
    "away_goals_period2": "awayScore.period2",
    "home_goals_display": "homeScore.display",
    "away_goals_display": "awayScore.display",
    "home_goals_current": "homeScore.current",
    "away_goals_current": "awayScore.current",
    "home_goals_extra": "homeScore.overtime",
    "away_goals_extra": "awayScore.overtime",
    "home_goals_aggregated": "homeScore.aggregated",
    "away_goals_aggregated": "awayScore.aggregated",
    "home_penalties": "homeScore.penalties",
    "away_penalties": "awayScore.penalties",
    "winner": "winnerCode",
    "aggregated_winner": "aggregatedWinnerCode",
    "added_minutes_period1": "time.injuryTime1",
    "added_minutes_period2": "time.injuryTime2",
}
"""Path of each field of a match in the response; the other fields have checks of their own below."""


def read_recording(path: str) -> bytes:
    return reference(f"football/sofascore/{path}").read_bytes()


def at(raw: Any, path: str) -> Any:
    """Return the value at a dotted path, or None."""
    for name in path.split("."):
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def assert_same_event(raw: dict[str, Any], match: Match) -> None:
    assert {name: getattr(match, name) for name in MATCH_PATHS} == {
        name: at(raw, path) for name, path in MATCH_PATHS.items()
    }
    assert match.starts_at.timestamp() == raw["startTimestamp"]
    # Some cancelled friendlies have a change time of 0: then the time of reading counts.
    changed_s = raw["changes"]["changeTimestamp"] or READ_AT.timestamp()
    assert match.version == changed_s * 1000 + json_reader.REVISION
    assert match.round_name == (at(raw, "roundInfo.name") or "")
    assert match.home_red_cards == raw.get("homeRedCards", 0)
    assert match.away_red_cards == raw.get("awayRedCards", 0)
    assert match.has_xg == raw.get("hasXg", False)
    assert match.has_player_statistics == raw.get("hasEventPlayerStatistics", False)


def a_match(**changes: Any) -> Match:
    """The recorded match of the statistics and line-ups, as far as the parsers ask."""
    match = sofascore.parse_event(read_recording("event/php-reserialised-ucl.json"), read_at=READ_AT).match
    return dataclasses.replace(match, **changes)


@pytest.mark.parametrize("country", LEAGUES)
def test_every_league_event_becomes_a_match_without_loss(country: str) -> None:
    path, league_id, tournament_id, season_id, n_events = LEAGUES[country]
    body = read_recording(path)
    events = sofascore.parse_events(body, read_at=READ_AT)
    raw_events = json.loads(body)["events"]
    assert len(events.matches) == len(raw_events) == n_events
    for raw, match in zip(raw_events, events.matches, strict=True):
        assert_same_event(raw, match)
    assert {(match.league_id, match.season_id) for match in events.matches} == {(league_id, season_id)}
    assert {match.tournament_id for match in events.matches} == {tournament_id}
    assert [league.country for league in events.leagues] == [country]


def test_780_league_events_were_recorded() -> None:
    assert sum(n_events for *_, n_events in LEAGUES.values()) == 780


def test_every_odd_state_becomes_a_match_without_loss() -> None:
    body = read_recording(VARIANTS)
    events = sofascore.parse_events(body, read_at=READ_AT)
    raw_events = json.loads(body)["events"]
    assert len(events.matches) == len(raw_events) == 62
    for raw, match in zip(raw_events, events.matches, strict=True):
        assert_same_event(raw, match)
    phases = Counter(phase_of(match.status_code) for match in events.matches)
    assert phases == {Phase.FINAL: 35, Phase.POSTPONED: 8, Phase.VOID: 15, Phase.LIVE: 4}


def test_a_page_of_a_team_is_read_whatever_its_order() -> None:
    body = read_recording(ARSENAL)
    events = sofascore.parse_events(body, read_at=READ_AT)
    assert len(events.matches) == 30
    for raw, match in zip(json.loads(body)["events"], events.matches, strict=True):
        assert_same_event(raw, match)


def test_the_two_id_spaces_are_not_confused_where_they_collide() -> None:
    """52 is Portugal as a tournament (Turkey as a unique one), 36 Spain as a tournament (Scotland as a unique one)."""
    portugal = sofascore.parse_events(read_recording(LEAGUES["Portugal"][0]), read_at=READ_AT).matches[0]
    assert (portugal.league_id, portugal.tournament_id) == (238, 52)
    spain = sofascore.parse_events(read_recording(LEAGUES["Spain"][0]), read_at=READ_AT).matches[0]
    assert (spain.league_id, spain.tournament_id) == (8, 36)


def test_recorded_replays_replace_the_postponed_matches() -> None:
    result: dict[int, int] = {}
    for path, *_ in LEAGUES.values():
        result |= fixtures.map_successors(sofascore.parse_events(read_recording(path), read_at=READ_AT).matches)
    assert result == {14053623: 14468218, 14053689: 15269642, 14083640: 14652471, 14131979: 15216704}


def test_teams_keep_their_names_codes_and_countries() -> None:
    for path, *_ in LEAGUES.values():
        body = read_recording(path)
        raw = {
            team["id"]: (team["name"], team["shortName"], team["nameCode"], team["country"]["name"])
            for event in json.loads(body)["events"]
            for team in (event["homeTeam"], event["awayTeam"])
        }
        teams = sofascore.parse_events(body, read_at=READ_AT).teams
        assert {team.team_id: (team.name, team.short_name, team.code, team.country) for team in teams} == raw


def test_clean_league_events_break_no_rule() -> None:
    for path in [*(path for path, *_ in LEAGUES.values()), ARSENAL]:
        for match in sofascore.parse_events(read_recording(path), read_at=READ_AT).matches:
            assert invariants.check_match(match) == []


def test_the_thirteen_known_exceptions_are_quarantined_and_no_other() -> None:
    """13 of 5,298 genuine finished matches have period scores that do not add up; the recorder kept all of them."""
    matches = sofascore.parse_events(read_recording(VARIANTS), read_at=READ_AT).matches
    violations = [violation for match in matches for violation in invariants.check_match(match)]
    assert {violation.rule for violation in violations} == {"score_is_sum_of_halves"}
    assert all(violation.refuses_match for violation in violations)
    assert len({violation.match_id for violation in violations}) == 13


def test_an_event_page_gives_venue_referee_managers_and_attendance() -> None:
    body = read_recording("event/php-reserialised-ucl.json")
    page, raw = sofascore.parse_event(body, read_at=READ_AT), json.loads(body)["event"]
    assert_same_event(raw, page.match)
    assert (page.detail.venue, page.detail.city) == (raw["venue"]["name"], raw["venue"]["city"]["name"])
    assert page.detail.attendance == raw["attendance"]
    assert (page.detail.referee_id, page.detail.referee) == (raw["referee"]["id"], raw["referee"]["name"])
    assert page.detail.home_manager_id == raw["homeTeam"]["manager"]["id"]
    assert page.detail.away_manager == raw["awayTeam"]["manager"]["name"]


def test_a_match_that_has_not_begun_has_no_score() -> None:
    body = read_recording("event/14348664.json")
    match = sofascore.parse_event(body, read_at=READ_AT).match
    assert_same_event(json.loads(body)["event"], match)
    assert (match.home_goals, match.away_goals, match.winner) == (None, None, None)


STATISTICS = ("statistics/11369359.json", "statistics/brasileirao-2026-atletico-mg-internacional.json")


def raw_items(answer: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for period in answer["statistics"]:
        for group in period["groups"]:
            for item in group["statisticsItems"]:
                yield period["period"], group["groupName"], item


@pytest.mark.parametrize(("path", "n_records"), [(STATISTICS[0], 92), (STATISTICS[1], 105)])
def test_statistics_of_either_schema_lose_nothing(path: str, n_records: int) -> None:
    body = read_recording(path)
    statistics = sofascore.parse_statistics(body, match=a_match(), read_at=READ_AT)
    by_key = {(item.period, item.key): item for item in statistics}
    assert len(statistics) == len(by_key) == n_records
    output = 0
    for period, group, raw in raw_items(json.loads(body)):
        key = raw.get("key") or next(item.key for item in statistics if item.name == raw["name"])
        item = by_key[period, key]
        assert group in item.groups
        assert (item.home_text, item.away_text) == (raw["home"], raw["away"])
        assert (item.home_value, item.away_value) == (raw["homeValue"], raw["awayValue"])
        assert (item.home_total, item.away_total) == (raw.get("homeTotal"), raw.get("awayTotal"))
        output += 1
    assert output == sum(len(item.groups) for item in statistics)


def test_statistics_without_keys_get_the_present_ones() -> None:
    old, new = (
        {
            item.name: item.key
            for item in sofascore.parse_statistics(read_recording(path), match=a_match(), read_at=READ_AT)
        }
        for path in STATISTICS
    )
    common = old.keys() & new.keys()
    assert len(common) == 26
    assert {name: old[name] for name in common} == {name: new[name] for name in common}


@pytest.mark.parametrize("path", STATISTICS)
def test_clean_statistics_break_no_rule(path: str) -> None:
    match = a_match()
    statistics = sofascore.parse_statistics(read_recording(path), match=match, read_at=READ_AT)
    assert invariants.check_match(match, statistics=statistics) == []


LINEUPS = ("lineups/11369359.json", "lineups/laliga-2025-26-celta.json")


def numbers(nested: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return every number of a nested object by its dotted name."""
    result: dict[str, float] = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            result |= numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            result[prefix + name] = value
    return result


@pytest.mark.parametrize("path", LINEUPS)
def test_line_ups_keep_every_player_and_every_number(path: str) -> None:
    body, match = read_recording(path), a_match()
    lineups, answer = sofascore.parse_lineups(body, match=match, read_at=READ_AT), json.loads(body)
    raws = [(raw, side) for side in ("home", "away") for raw in answer[side]["players"]]
    assert len(lineups.appearances) == len(lineups.players) == len(raws)
    assert (lineups.home_formation, lineups.away_formation) == (
        answer["home"]["formation"], answer["away"]["formation"],
    )  # fmt: skip
    for (raw, side), appearance, player in zip(raws, lineups.appearances, lineups.players, strict=True):
        output = raw["statistics"]
        assert appearance.statistics == numbers(output)
        assert appearance.minutes == output.get("minutesPlayed")
        assert appearance.rating == output.get("rating")
        assert appearance.is_home is (side == "home")
        assert appearance.team_id == (match.home_id if side == "home" else match.away_id)
        assert appearance.starter is not raw["substitute"]
        assert appearance.captain is raw.get("captain", False)
        assert (appearance.position, appearance.shirt_number) == (raw["position"], raw["shirtNumber"])
        assert (player.player_id, player.name) == (raw["player"]["id"], raw["player"]["name"])
        assert (player.short_name, player.country) == (raw["player"]["shortName"], raw["player"]["country"]["name"])
        assert player.height_cm == raw["player"].get("height")
        assert player.born_on is not None
        born = datetime.combine(player.born_on, datetime.min.time(), UTC).timestamp()
        assert 0 <= raw["player"]["dateOfBirthTimestamp"] - born < 86_400
    assert sum(appearance.captain for appearance in lineups.appearances) == 2
    assert invariants.check_match(match, appearances=lineups.appearances) == []


def test_a_shot_map_keeps_every_shot_and_its_coordinates() -> None:
    raws = json.loads(read_recording("shotmap/el-clasico-2025-05-array.json"))
    body = json.dumps({"shotmap": raws})
    shots = sofascore.parse_shots(body, match=a_match(), read_at=READ_AT)
    assert [shot.ordinal for shot in shots] == list(range(24))
    for raw, shot in zip(reversed(raws), shots, strict=True):
        assert (shot.shot_id, shot.player_id, shot.is_home) == (raw["id"], raw["player"]["id"], raw["isHome"])
        assert (shot.x, shot.y, shot.z) == tuple(raw["playerCoordinates"].values())
        assert (shot.goal_mouth_y, shot.goal_mouth_z) == tuple(raw["goalMouthCoordinates"].values())[1:]
        assert (shot.block_x, shot.block_y) == (at(raw, "blockCoordinates.x"), at(raw, "blockCoordinates.y"))
        assert (shot.outcome, shot.situation, shot.body_part) == (raw["shotType"], raw["situation"], raw["bodyPart"])
        assert shot.goal_type == raw.get("goalType", "")
        assert (shot.minute, shot.second, shot.xg, shot.xgot) == (
            raw["time"], raw["timeSeconds"], raw["xg"], raw["xgot"],
        )  # fmt: skip
    assert [shot.second for shot in shots] == sorted(shot.second or 0 for shot in shots)


def goal_sequences() -> list[list[dict[str, Any]]]:
    """The flat file of goals cut into matches: within one each goal has one less than the one before it."""
    sequences: list[list[dict[str, Any]]] = []
    expected = 0
    for goal in json.loads(read_recording("incidents/flat-goals-laliga-2023.json")):
        n_goals = goal["homeScore"] + goal["awayScore"]
        if expected == 0 or n_goals != expected:
            sequences.append([])
        sequences[-1].append(goal)
        expected = n_goals - 1
    return sequences


def test_recorded_goals_are_in_order_and_keep_the_rules() -> None:
    sequences = goal_sequences()
    assert (len(sequences), sum(map(len, sequences))) == (39, 118)
    n_own_goals = 0
    for raws in sequences:
        home, away = raws[0]["homeScore"], raws[0]["awayScore"]
        winner = 1 if home > away else 2 if home < away else 3
        halves = {f"{side}_goals_period{n}": None for side in ("home", "away") for n in (1, 2)}
        scores = {f"{side}_goals{kind}": goals for side, goals in (("home", home), ("away", away))
                  for kind in ("", "_current", "_display")}  # fmt: skip
        match = a_match(winner=winner, **scores, **halves)
        incidents = sofascore.parse_incidents(json.dumps({"incidents": raws}), match=match, read_at=READ_AT)
        assert invariants.check_match(match, incidents=incidents) == []
        for raw, incident in zip(reversed(raws), incidents, strict=True):
            assert (incident.incident_id, incident.detail) == (raw["id"], raw["incidentClass"])
            assert (incident.minute, incident.added_minute) == (raw["time"], raw.get("addedTime"))
            assert (incident.player_id, incident.second_player_id) == (raw["player"]["id"], at(raw, "assist1.id"))
            assert (incident.home_score, incident.away_score) == (raw["homeScore"], raw["awayScore"])
            n_own_goals += incident.detail == "ownGoal"
    assert n_own_goals > 0


def test_recorded_red_cards_keep_reason_and_player() -> None:
    raws = json.loads(read_recording("incidents/flat-red-cards-laliga-2023.json"))
    cards = sofascore.parse_incidents(json.dumps({"incidents": raws}), match=a_match(), read_at=READ_AT)
    for raw, card in zip(reversed(raws), cards, strict=True):
        assert (card.kind, card.detail, card.reason) == ("card", "red", raw["reason"])
        assert (card.player_name, card.rescinded, card.is_home) == (raw["playerName"], False, raw["isHome"])


def test_recorded_seasons_have_years_to_sort_by() -> None:
    body = read_recording("season/ut8-seasons.json")
    seasons = sofascore.parse_seasons(body, league_id=8, read_at=READ_AT)
    assert [(season.season_id, season.name) for season in seasons] == [
        (raw["id"], raw["name"]) for raw in json.loads(body)["seasons"]
    ]
    assert [season.starts_in for season in seasons] == [2026, 2025, 2024, 2023, 2022, 2021]
    assert seasons[0].year == "2026/27"


def test_the_suspect_match_is_refused_by_the_rules_it_breaks() -> None:
    page = sofascore.parse_event(read_recording("suspect/12436559-event.json"), read_at=READ_AT)
    incidents = sofascore.parse_incidents(
        read_recording("suspect/12436559-incidents.json"), match=page.match, read_at=READ_AT
    )
    assert len(incidents) == 15
    violations = invariants.check_match(page.match, detail=page.detail, incidents=incidents)
    assert {violation.rule for violation in violations if violation.refuses_match} == {"score_is_sum_of_halves"}
    assert {violation.rule for violation in violations if not violation.refuses_match} == {
        "period_marks_on_the_minute",
        "score_grows_by_one_goal",
    }
    assert "match 12436559 event breaks score_is_sum_of_halves" in str(violations[0])
    assert "current 1, display 0" in violations[0].seen


def test_no_recorded_response_has_an_unknown_field() -> None:
    answers = {
        "events": [path for path, *_ in LEAGUES.values()] + [VARIANTS],
        "event": ["event/14348664.json", "event/php-reserialised-ucl.json", "suspect/12436559-event.json"],
        "statistics": STATISTICS,
        "lineups": LINEUPS,
        "incidents": ["suspect/12436559-incidents.json"],
        "seasons": ["season/ut8-seasons.json"],
    }
    for answer, paths in answers.items():
        for path in paths:
            assert drift.unknown_fields(answer, read_recording(path)) == {}
