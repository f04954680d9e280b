"""Every route of query-stats counts the same matches: no repeated event, no play-off, no second source.

A season of four clubs: each pair met once, one event is stored twice, two clubs met again in a play-off, a ruling took
points, and a second source has every match under ids of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from functions.query_stats.ports import Deps
from functions.query_stats.response_cache import ResponseCache
from functions.query_stats.store import ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.catalogue import competition_rules
from shared.domain.football.records import Match, MatchDetail
from shared.testing.batches import match as make_match
from shared.testing.memory_cache import MemoryCache
from shared.testing.small_league import RECORDS, appearance, incident, season, statistic, store, team
from tests.support.engines.olap import Olap, migrated
from tests.support.football.stats_requests import request_resource

RULINGS = [ruling for ruling in competition_rules.of_season("england", 2023).rulings if ruling.points]
EVERTON = RULINGS[0].team_id
ADJUSTMENT = sum(ruling.points for ruling in RULINGS if ruling.team_id == EVERTON)
TEAMS = {EVERTON: "Everton", 9001: "Nordhafen", 9002: "Suedstadt", 9003: "Westend"}
SEASON, SEASON_OF_ARCHIVE = 52186, 900_000_001
FIRST_DAY = datetime(2023, 8, 12, 14, tzinfo=UTC)
MANAGER, PLAYER = 70, 500
UNKNOWN_LEAGUE = 999_999

Get = Callable[..., Mapping[str, Any]]


def played(match_id: int, home: int, away: int, score: tuple[int, int], round: int | None, **changes: Any) -> Match:
    fields: dict[str, Any] = {
        "season_id": SEASON, "round": round, "home_id": home, "away_id": away, "home_name": TEAMS[home],
        "away_name": TEAMS[away], "home_goals": score[0], "away_goals": score[1], "home_goals_display": score[0],
        "away_goals_display": score[1], "starts_at": FIRST_DAY + timedelta(days=match_id % 100),
    }  # fmt: skip
    return make_match(match_id, **fields | changes)


LEAGUE_MATCHES = [
    played(n, home, away, (n % 3, n % 2), round=n) for n, (home, away) in enumerate(combinations(TEAMS, 2), start=1)
]
REPEATED = replace(LEAGUE_MATCHES[2], match_id=103)
PLAY_OFF = played(50, EVERTON, 9001, (2, 0), None, round_name="Final", status_code=110)
SECOND_SOURCE = [
    replace(match, match_id=match.match_id + 1000, season_id=SEASON_OF_ARCHIVE, source="openfootball")
    for match in (*LEAGUE_MATCHES, PLAY_OFF)
]


@pytest.fixture(scope="module")
def deps(olap: Olap) -> Iterator[Deps]:
    warehouse = ClickHouse(migrated(olap))
    archive = replace(season(SEASON_OF_ARCHIVE, "2023/24"), source="openfootball")
    store(warehouse, "leagues", RECORDS["leagues"], "leagues")
    store(warehouse, "seasons", [season(SEASON, "2023/24"), archive], "seasons")
    store(warehouse, "teams", [replace(team(42), team_id=each, name=name) for each, name in TEAMS.items()], "teams")
    store(warehouse, "matches", [*LEAGUE_MATCHES, REPEATED, PLAY_OFF], "matches")
    store(warehouse, "matches", SECOND_SOURCE, "second-source")
    shots = [replace(statistic(each.match_id, "ALL", "shotsOnGoal", 5.0, 3.0), season_id=SEASON) for each in stored()]
    store(warehouse, "team_statistics", shots, "statistics")
    details = [managed(match) for match in (*stored(), *SECOND_SOURCE) if match.home_id == EVERTON]
    store(warehouse, "match_details", details, "details")
    current = [REPEATED if match is LEAGUE_MATCHES[2] else match for match in LEAGUE_MATCHES]
    of_everton = [match for match in (*current, PLAY_OFF) if EVERTON in (match.home_id, match.away_id)]
    one_goal = {"season_id": SEASON, "statistics": {"goals": 1.0}}
    squads = [appearance(match.match_id, PLAYER, EVERTON, 90, **one_goal) for match in of_everton]
    store(warehouse, "appearances", squads, "appearances")
    cards = [incident(each.match_id, 0, season_id=SEASON, kind="card", detail="yellow") for each in of_everton]
    store(warehouse, "incidents", cards, "incidents")
    store(warehouse, "seasons", [season(77, "2023/24", UNKNOWN_LEAGUE)], "unknown-season")
    unknown = replace(LEAGUE_MATCHES[0], match_id=7001, league_id=UNKNOWN_LEAGUE, season_id=77, home_id=1, away_id=2)
    unknown = replace(unknown, starts_at=FIRST_DAY + timedelta(days=300))
    store(warehouse, "matches", [unknown], "unknown-match")
    yield Deps(stats=ClickHouseStats(warehouse), responses=ResponseCache(MemoryCache()), probes={})
    warehouse.close()


def stored() -> list[Match]:
    return [*LEAGUE_MATCHES, REPEATED, PLAY_OFF]


def managed(match: Match) -> MatchDetail:
    """Everton's home matches have one manager."""
    (detail,) = (row for row in RECORDS["match_details"] if isinstance(row, MatchDetail))
    return replace(
        detail, match_id=match.match_id, season_id=match.season_id, home_manager_id=MANAGER, home_manager="A. First",
        away_manager_id=None, away_manager="",
    )  # fmt: skip


@pytest.fixture
def get(deps: Deps) -> Get:
    return lambda name, **params: request_resource(name, deps, **params)


@pytest.fixture
def table(get: Get) -> dict[int, dict[str, Any]]:
    """The rows of the league table by team; every other route is compared with them."""
    return {row["team_id"]: row for row in get("table", league="england")["rows"]}


def sums(row: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in ("matches", "wins", "draws", "losses", "goals_for", "goals_against"))


def test_the_table_counts_each_league_match_once(table: dict[int, dict[str, Any]]) -> None:
    assert {row["matches"] for row in table.values()} == {3}
    results = 3 * table[EVERTON]["wins"] + table[EVERTON]["draws"]
    assert (table[EVERTON]["points"], table[EVERTON]["adjustment"]) == (results + ADJUSTMENT, ADJUSTMENT)


def test_team_stats_of_the_league_equal_the_table(get: Get, table: dict[int, dict[str, Any]]) -> None:
    rows = {row["team_id"]: row for row in get("league_team_stats", league="england")["items"]}
    assert {team_id: (sums(row), row["points"], row["adjustment"]) for team_id, row in rows.items()} == {
        team_id: (sums(row), row["points"], row["adjustment"]) for team_id, row in table.items()
    }
    assert sum(row["totals"]["shotsOnGoal"] for row in rows.values()) == (5 + 3) * len(LEAGUE_MATCHES)


@pytest.mark.parametrize("team_id", TEAMS)
def test_routes_of_a_team_equal_its_row_of_the_table(get: Get, table: dict[int, dict[str, Any]], team_id: int) -> None:
    row = table[team_id]
    (stats,) = get("team_stats", team_id=team_id)["items"]
    assert (stats["season"], sums(stats), stats["points"]) == (SEASON, sums(row), row["points"])
    (standing,) = get("team_standings", team_id=team_id)["items"]
    assert (sums(standing), standing["rank"], standing["points"]) == (sums(row), row["rank"], row["points"])
    for label in ("2023/24", "2023-24", str(SEASON)):
        (labelled,) = get("team_stats", team_id=team_id, season=label)["items"]
        assert sums(labelled) == sums(row)
    splits = [part for part in get("team_splits", team_id=team_id)["items"] if part["split"] == "venue"]
    assert tuple(map(sum, zip(*(sums(part) for part in splits), strict=True))) == sums(row)
    assert [each["season_id"] for each in get("team", team_id=team_id)["seasons"]] == [SEASON]


def test_a_team_is_sent_a_season_of_an_archive_by_its_id(get: Get, table: dict[int, dict[str, Any]]) -> None:
    (stats,) = get("team_stats", team_id=EVERTON, season=str(SEASON_OF_ARCHIVE))["items"]
    assert (stats["season"], sums(stats)) == (SEASON_OF_ARCHIVE, sums(table[EVERTON]))
    matches = get("team_matches", team_id=EVERTON, season=str(SEASON_OF_ARCHIVE))["items"]
    assert {match["season_id"] for match in matches} == {SEASON_OF_ARCHIVE}


def test_form_and_history_of_the_table_end_with_the_table(get: Get, table: dict[int, dict[str, Any]]) -> None:
    form = {row["team_id"]: sums(row) for row in get("league_form", league="england", n=50)["items"]}
    assert form == {team_id: sums(row) for team_id, row in table.items()}
    history = get("table_graph", league="england")["items"]
    last = [row for row in history if row["round"] == history[-1]["round"]]
    names = ("rank", "matches", "points", "goal_difference", "goals_for")
    assert {row["team_id"]: [row[name] for name in names] for row in last} == {
        team_id: [row[name] for name in names] for team_id, row in table.items()
    }


def test_lists_of_matches_have_each_match_of_one_source(get: Get) -> None:
    matches = get("team_matches", team_id=EVERTON)["items"]
    assert {match["season_id"] for match in matches} == {SEASON}
    day = (FIRST_DAY + timedelta(days=1)).date().isoformat()
    assert [match["match_id"] for match in get("day", date=day)["items"]] == [1]


def test_meetings_and_managers_have_each_fixture_once_and_play_offs_too(get: Get) -> None:
    meetings = get("head_to_head", team_id=EVERTON, other_id=9001)
    assert [row["match_id"] for row in meetings["items"]] == [1, 50]
    assert meetings["record"]["matches"] == 2
    home = [match for match in LEAGUE_MATCHES if match.home_id == EVERTON]
    assert len(get("manager_matches", manager_id=MANAGER)["items"]) == len(home) + 1
    assert [row["matches"] for row in get("manager_stats", manager_id=MANAGER, by="season")["items"]] == [len(home) + 1]
    assert [row["matches"] for row in get("team_managers", team_id=EVERTON)["items"]] == [len(home) + 1]


def test_sums_of_players_and_referees_have_the_matches_of_the_table(get: Get, table: dict[int, dict[str, Any]]) -> None:
    n_matches = table[EVERTON]["matches"]
    (row,) = get("league_player_stats", league="england")["items"]
    assert (row["appearances"], row["totals"]["goals"]) == (n_matches, n_matches)
    (leader,) = get("leaders", league="england", metric="goals")["items"]
    assert (leader["appearances"], leader["total"]) == (n_matches, n_matches)
    (season_row,) = get("player_stats", player_id=PLAYER)["items"]
    assert (season_row["appearances"], season_row["totals"]["goals"]) == (n_matches, n_matches)
    (referee,) = get("referees", league="england")["items"]
    at_home = sum(match.home_id == EVERTON for match in LEAGUE_MATCHES)
    assert (referee["matches"], referee["yellow_cards"]) == (at_home, at_home)


def test_a_table_says_whether_its_rules_were_reviewed(get: Get) -> None:
    answer = get("table", league="england")
    assert (answer["rules_reviewed"], answer["cautions"]) == (True, [])
    (standing,) = get("team_standings", team_id=EVERTON)["items"]
    assert standing["rules_reviewed"] is True
    unknown = get("table", league=str(UNKNOWN_LEAGUE))
    assert unknown["rules_reviewed"] is False
    assert unknown["cautions"] == [
        "the rules of this league are not known: a win counts 3 points, and goals decide between level teams"
    ]
