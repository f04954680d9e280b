"""ClickHouse and the fake that unit tests use answer the querys of query-stats alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from typing import Any

import pytest

from functions.query_stats.ports import Rows, StatsStore
from functions.query_stats.store import ClickHouseStats
from functions.query_stats.stored_match import StoredMatch
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import Match
from shared.errors import InvalidInput
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.memory_stats import MemoryStats
from shared.testing.memory_warehouse import MemoryWarehouse
from shared.testing.small_league import (
    NORDHAFEN,
    OTHER_LEAGUE,
    RECORDS,
    SEASON_AFTER,
    SEASON_BEFORE,
    SUEDSTADT,
    Warehouse,
    appearance,
    incident,
    meeting,
    store,
    store_all,
)


@dataclass(frozen=True, slots=True)
class Side:
    """Where records go in and answers come out."""

    warehouse: Warehouse
    stats: StatsStore


@pytest.fixture(params=["memory", "clickhouse"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Each side in turn, with the small league stored."""
    if request.param == "memory":
        memory = MemoryWarehouse()
        store_all(memory)
        yield Side(memory, MemoryStats(memory))
        return
    real = ClickHouse(request.getfixturevalue("clickhouse_url"))
    store_all(real)
    yield Side(real, ClickHouseStats(real))
    real.close()


@pytest.fixture
def stats(side: Side) -> StatsStore:
    return side.stats


OF_SEASON = {"league_id": LEAGUE, "season_id": SEASON}
QUERY_BY_PART = {"statistics": "team_statistics", "lineups": "appearances", "incidents": "incidents", "shots": "shots"}
"""By the part of a match that each answers."""


PROVENANCE = {"source", "version", "fetched_at"}


def bare(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what every row tells of itself."""
    assert row.keys() >= PROVENANCE
    return {name: value for name, value in row.items() if name not in PROVENANCE}


def rows(stats: StatsStore, query: str, **parameters: Any) -> Rows:
    """The answer to a query, which takes of the parameters what it needs."""
    return stats.rows(query, {name: parameters[name] for name in stats.parameters_of(query)})


def part_of(stats: StatsStore, match: StoredMatch, part: str) -> Rows:
    """What a match has many of."""
    return rows(stats, QUERY_BY_PART[part], **match._asdict())


def detail_of(stats: StatsStore, match: StoredMatch) -> dict[str, Any] | None:
    """What only the match's own page tells."""
    return next(iter(rows(stats, "match_detail", **match._asdict())), None)


def team_of(stats: StatsStore, team_id: int) -> dict[str, Any] | None:
    """A team with its seasons."""
    result = rows(stats, "team", team_id=team_id)
    return {**result[0], "seasons": rows(stats, "team_seasons", team_id=team_id)} if result else None


def player_of(stats: StatsStore, player_id: int) -> dict[str, Any] | None:
    """A player with his seasons."""
    result = rows(stats, "player", player_id=player_id)
    return {**result[0], "seasons": rows(stats, "player_seasons", player_id=player_id)} if result else None


def match_of(stats: StatsStore, match_id: int) -> StoredMatch | None:
    """A match, if it is there."""
    return next(map(StoredMatch.from_row, rows(stats, "match", match_id=match_id)), None)


def season_of(stats: StatsStore, league_id: int, season_id: int) -> list[StoredMatch]:
    """The matches of a season."""
    return stats.named_tuples("season_matches", {"league_id": league_id, "season_id": season_id}, StoredMatch)


def seen(match: Match | StoredMatch | None) -> dict[str, Any]:
    """What a record and a stored match have in common."""
    assert match is not None
    return {name: getattr(match, name) for name in StoredMatch._fields if name != "fetched_at"}


def first_match(stats: StatsStore) -> StoredMatch:
    result = match_of(stats, 1)
    assert result is not None
    return result


def board(stats: StatsStore, metric: str, **changes: Any) -> list[tuple[int, float]]:
    """Player and value of a leaderboard."""
    requested = {"per_90": False, "min_minutes": 0, "limit": 20, "uncounted": [], **changes}
    result = rows(stats, "leaders", **OF_SEASON, metric=metric, **requested)
    return [(row["player_id"], round(row["value"], 6)) for row in result]


def test_leagues_come_by_name(stats: StatsStore) -> None:
    assert [row["name"] for row in rows(stats, "leagues")] == ["LaLiga", "Premier League", "Uncharted"]
    assert bare(rows(stats, "leagues")[1]) == {"league_id": LEAGUE, "name": "Premier League", "country": "England"}


def test_seasons_come_newest_first_with_their_matches(stats: StatsStore) -> None:
    assert [(row["season_id"], row["matches"]) for row in rows(stats, "seasons", league_id=LEAGUE)] == [
        (SEASON_AFTER, 0), (SEASON, 5), (SEASON_BEFORE, 1),
    ]  # fmt: skip
    assert set(rows(stats, "seasons", league_id=LEAGUE)[0]) == {
        "season_id", "year", "name", "starts_in", "matches", *PROVENANCE,
    }  # fmt: skip
    assert rows(stats, "seasons", league_id=35) == []


@pytest.mark.parametrize(
    ("asked", "season_id"),
    [
        ("", SEASON), ("2025/26", SEASON), (str(SEASON), SEASON), ("2024/25", SEASON_BEFORE), ("2026/27", SEASON_AFTER),
        ("1888/89", None), ("2025", None),
    ],
)  # fmt: skip
def test_a_season_is_named_by_label_or_id_or_is_the_newest_with_matches(
    stats: StatsStore, asked: str, season_id: int | None
) -> None:
    result = rows(stats, "season", league_id=LEAGUE, season=asked)
    assert [row["season_id"] for row in result] == ([season_id] if season_id else [])
    for row in result:
        assert set(row) == {"season_id", "year", "starts_in", "league_name"}
        assert row["league_name"] == "Premier League"


def test_a_season_of_a_league_without_any_is_none(stats: StatsStore) -> None:
    assert rows(stats, "season", league_id=35, season="") == []


def test_matches_of_a_season_come_by_kick_off_as_they_were_stored(stats: StatsStore) -> None:
    expected = [seen(row) for row in RECORDS["matches"][:5] if isinstance(row, Match)]
    assert [seen(match) for match in season_of(stats, LEAGUE, SEASON)] == expected
    assert season_of(stats, LEAGUE, OTHER_LEAGUE) == []


def test_a_match_is_its_newest_version(side: Side) -> None:
    newer = meeting(5, SUEDSTADT, NORDHAFEN, "1:1", 9, 20, round=4, version=2)
    store(side.warehouse, "matches", [newer], "newer")
    assert seen(match_of(side.stats, 5)) == seen(newer)
    assert match_of(side.stats, 6) is None


def test_detail_is_there_or_not(stats: StatsStore) -> None:
    detail = detail_of(stats, first_match(stats))
    assert detail is not None
    assert (detail["venue"], detail["attendance"]) == ("Hafenstadion", None)
    other = match_of(stats, 3)
    assert other is not None
    assert detail_of(stats, other) is None


def test_statistics_come_by_period_and_key(stats: StatsStore) -> None:
    rows = part_of(stats, first_match(stats), "statistics")
    assert [(row["period"], row["key"], row["home_value"], row["away_value"]) for row in rows] == [
        ("1ST", "shotsOnGoal", 2.0, 3.0), ("ALL", "ballPossession", 61.0, None), ("ALL", "shotsOnGoal", 5.0, 3.0),
    ]  # fmt: skip
    assert rows[0]["groups"] == ["Attack", "Overview"]


def test_squads_come_home_first_then_starters_from_the_goal_forward(side: Side) -> None:
    squad = [
        appearance(3, 31, 44, 90, position="M", shirt_number=8),
        appearance(3, 32, 44, 90, position="G", shirt_number=None),
        appearance(3, 33, 44, 90, position="", shirt_number=2),
        appearance(3, 34, 44, 90, position="M", shirt_number=6),
        appearance(3, 35, 44, 10, position="G", starter=False),
        appearance(3, 36, 42, 90, position="G", is_home=False),
        appearance(3, 37, 44, 90, position="M", shirt_number=None),
    ]
    store(side.warehouse, "appearances", squad, "squad")
    third = match_of(side.stats, 3)
    assert third is not None
    assert [row["player_id"] for row in part_of(side.stats, third, "lineups")] == [33, 32, 34, 31, 37, 5, 35, 36]


@pytest.mark.parametrize("part", QUERY_BY_PART)
def test_rows_of_a_part_have_the_same_columns_on_both_sides(stats: StatsStore, part: str) -> None:
    columns = {
        "statistics": {"period", "key", "name", "groups", "home_value", "away_value", "home_total", "away_total",
                       "home_text", "away_text"},
        "lineups": {"player_id", "player_name", "team_id", "is_home", "position", "shirt_number", "starter",
                    "captain", "minutes", "rating", "statistics"},
        "incidents": {"ordinal", "kind", "detail", "minute", "added_minute", "is_home", "player_id", "player_name",
                      "second_player_id", "second_player_name", "home_score", "away_score", "rescinded",
                      "incident_id", "reason", "length_minutes", "confirmed", "manager_id"},
        "shots": {"ordinal", "shot_id", "player_id", "player_name", "is_home", "outcome", "situation", "body_part",
                  "goal_type", "minute", "added_minute", "second", "x", "y", "z", "goal_mouth_location",
                  "goal_mouth_y", "goal_mouth_z", "xg", "xgot", "block_x", "block_y", "block_z"},
    }  # fmt: skip
    assert {name for row in part_of(stats, first_match(stats), part) for name in row} == columns[part] | PROVENANCE
    fifth = match_of(stats, 5)
    assert fifth is not None
    assert part_of(stats, fifth, part) == []


def test_incidents_are_those_of_the_newest_reading(side: Side) -> None:
    store(side.warehouse, "incidents", [incident(1, 0, version=2), incident(1, 1, version=2)], "newer")
    rows = part_of(side.stats, first_match(side.stats), "incidents")
    assert [row["ordinal"] for row in rows] == [0, 1]


def test_teams_of_a_season_come_by_name(stats: StatsStore) -> None:
    assert [row["name"] for row in rows(stats, "teams", league_id=LEAGUE, season_id=SEASON)] == [
        "Nordhafen",
        "Suedstadt",
        "Westend",
    ]
    assert [row["name"] for row in rows(stats, "teams", league_id=LEAGUE, season_id=SEASON_BEFORE)] == [
        "Nordhafen",
        "Suedstadt",
    ]
    assert rows(stats, "teams", league_id=LEAGUE, season_id=SEASON_AFTER) == []


def test_a_team_tells_its_seasons_newest_first(stats: StatsStore) -> None:
    result = team_of(stats, SUEDSTADT)
    assert result is not None
    assert {**bare(result), "seasons": [bare(season) for season in result["seasons"]]} == {
        "team_id": 43, "name": "Suedstadt", "short_name": "Sued", "code": "SUE", "country": "England",
        "seasons": [
            {"league_id": LEAGUE, "season_id": SEASON, "matches": 4, "finished": 2},
            {"league_id": LEAGUE, "season_id": SEASON_BEFORE, "matches": 1, "finished": 1},
        ],
    }  # fmt: skip
    assert team_of(stats, 9999) is None


def test_a_player_tells_what_he_did_by_season_and_team(stats: StatsStore) -> None:
    result = player_of(stats, 1)
    assert result is not None
    assert result["born_on"].isoformat() == "1999-02-28"
    assert [bare(season) for season in result["seasons"]] == [
        {"league_id": LEAGUE, "season_id": SEASON, "team_id": NORDHAFEN, "appearances": 1, "starts": 1,
         "total_minutes": 90, "mean_rating": 8.0, "totals": {"goals": 2.0, "keyPass": 2.0}},
        {"league_id": LEAGUE, "season_id": SEASON_BEFORE, "team_id": SUEDSTADT, "appearances": 1, "starts": 1,
         "total_minutes": 30, "mean_rating": None, "totals": {"keyPass": 1.0}},
    ]  # fmt: skip
    assert player_of(stats, 9999) is None


def test_a_mean_rating_is_weighted_by_minutes(stats: StatsStore) -> None:
    result = player_of(stats, 2)
    assert result is not None
    assert result["seasons"][0]["mean_rating"] == 8.2  # (7 * 60 + 9 * 90) / 150


def test_who_never_played_has_no_rating_and_no_minutes(stats: StatsStore) -> None:
    result = player_of(stats, 3)
    assert result is not None
    (season,) = result["seasons"]
    assert (season["appearances"], season["starts"], season["total_minutes"]) == (0, 0, None)
    assert season["mean_rating"] is None
    assert season["totals"] == {}


def test_a_rating_of_no_minutes_is_none_and_not_nan(side: Side) -> None:
    rows = [appearance(3, 1, 42, 0, rating=7.0, season_id=SEASON_AFTER), appearance(3, 5, 44, None, rating=6.0)]
    store(side.warehouse, "appearances", rows, "zero")
    result = player_of(side.stats, 1)
    assert result is not None
    assert result["seasons"][0]["mean_rating"] is None
    assert not any(isnan(value) for _, value in board(side.stats, "rating"))


def test_leaders_by_total_put_who_needed_fewer_minutes_first(stats: StatsStore) -> None:
    assert board(stats, "goals") == [(4, 2.0), (1, 2.0), (2, 2.0)]
    assert board(stats, "keyPass") == [(2, 3.0), (4, 2.0), (1, 2.0), (5, 1.0)]
    assert board(stats, "keyPass", limit=2) == [(2, 3.0), (4, 2.0)]


def test_leaders_leave_out_matches_that_do_not_count(stats: StatsStore) -> None:
    everything = [row["match_id"] for row in rows(stats, "season_matches", **OF_SEASON)]
    assert board(stats, "goals")
    assert board(stats, "goals", uncounted=everything) == []


def test_leaders_per_90_minutes(stats: StatsStore) -> None:
    assert board(stats, "goals", per_90=True) == [(4, 6.0), (1, 2.0), (2, 1.2)]
    assert board(stats, "goals", per_90=True, min_minutes=90) == [(1, 2.0), (2, 1.2)]


def test_leaders_by_rating(stats: StatsStore) -> None:
    assert board(stats, "rating") == [(2, 8.2), (1, 8.0), (5, 6.0)]
    assert board(stats, "rating", min_minutes=100) == [(2, 8.2)]


def test_a_leader_tells_appearances_minutes_and_club(stats: StatsStore) -> None:
    (_, first, _) = rows(
        stats, "leaders", **OF_SEASON, metric="goals", per_90=False, min_minutes=0, limit=20, uncounted=[]
    )
    assert bare(first) == {
        "player_id": 1, "player": "Player 1", "team_id": NORDHAFEN, "position": "F", "appearances": 1,
        "total_minutes": 90, "total": 2.0, "value": 2.0, "percentile": 75.0,
    }  # fmt: skip


def test_an_unknown_statistic_has_no_leaders(stats: StatsStore) -> None:
    assert board(stats, "noSuchThing") == []


@pytest.mark.parametrize("match_id", [2**63, 2**64 + 1, 10**40])
def test_an_id_beyond_the_column_never_means_another_match(clickhouse_url: str, match_id: int) -> None:
    real = ClickHouse(clickhouse_url)
    store_all(real)
    with pytest.raises(InvalidInput, match="match_id does not fit 64 bits"):
        match_of(ClickHouseStats(real), match_id)
    real.close()
