"""The answers of query-stats about the small league, and its cache, over fakes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.query_stats import catalogue, service
from functions.query_stats.edge import TableQuery
from functions.query_stats.ports import Deps
from functions.query_stats.response_cache import ResponseCache
from shared.errors import InvalidInput, NotFound, Unavailable
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.memory_cache import MemoryCache
from shared.testing.memory_stats import MemoryStats
from shared.testing.memory_warehouse import MemoryWarehouse
from shared.testing.small_league import (
    NORDHAFEN,
    OTHER_LEAGUE,
    SEASON_AFTER,
    SEASON_BEFORE,
    SUEDSTADT,
    WESTEND,
    meeting,
    season,
    store,
    store_all,
)
from tests.support.football.stats_requests import request_resource


class World:
    """The function over a warehouse and a cache in memory."""

    def __init__(self) -> None:
        self.warehouse = MemoryWarehouse()
        self.stats = MemoryStats(self.warehouse)
        self.cache = MemoryCache()
        self.deps = Deps(stats=self.stats, responses=ResponseCache(self.cache), probes={})

    def n_reads_of(self, send: Callable[[], object]) -> int:
        """Count the reads of the store for a request."""
        before = self.stats.n_reads
        send()
        return self.stats.n_reads - before


@pytest.fixture
def world() -> World:
    result = World()
    store_all(result.warehouse)
    return result


@pytest.fixture
def deps(world: World) -> Deps:
    return world.deps


def table(deps: Deps, *, as_of: str = "", venue: str = "", season: str = "") -> list[tuple[int, int, int, int]]:
    """Rank, team, matches and points."""
    answer = request_resource("table", deps, league="england", season=season, as_of=as_of, venue=venue)
    return [(row["rank"], row["team_id"], row["matches"], row["points"]) for row in answer["rows"]]


def matches(deps: Deps, **params: Any) -> Mapping[str, Any]:
    return request_resource("matches", deps, league="england", **params)


def ids(answer: Mapping[str, Any]) -> list[int]:
    return [item["match_id"] for item in answer["items"]]


def leaders(deps: Deps, metric: str, **changes: Any) -> list[tuple[int, int, float]]:
    """Rank, player and value."""
    answer = request_resource("leaders", deps, league="england", metric=metric, **changes)
    return [(row["rank"], row["player_id"], row["value"]) for row in answer["items"]]


def updated(league_id: int = LEAGUE) -> LeagueUpdated:
    return LeagueUpdated(
        league_id=league_id, season_id=SEASON, records="matches", n_rows=1, batch_id="b1",
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


# --- tables


def test_table_of_all_final_matches(deps: Deps) -> None:
    assert table(deps) == [(1, NORDHAFEN, 2, 4), (2, SUEDSTADT, 2, 3), (3, WESTEND, 2, 1)]


def test_table_at_one_venue(deps: Deps) -> None:
    assert table(deps, venue="home") == [(1, SUEDSTADT, 1, 3), (2, NORDHAFEN, 1, 3), (3, WESTEND, 1, 1)]
    assert table(deps, venue="away") == [(1, NORDHAFEN, 1, 1), (2, SUEDSTADT, 1, 0), (3, WESTEND, 1, 0)]


def test_table_of_a_day_counts_that_days_matches(deps: Deps) -> None:
    assert table(deps, as_of="2025-08-30") == [(1, NORDHAFEN, 2, 4), (2, WESTEND, 1, 1), (3, SUEDSTADT, 1, 0)]
    assert table(deps, as_of="2025-08-29") == [(1, NORDHAFEN, 1, 3), (2, WESTEND, 0, 0), (3, SUEDSTADT, 1, 0)]


def test_table_of_an_instant_counts_what_was_over_then(deps: Deps) -> None:
    running, over = "2025-08-30T15:49:00+00:00", "2025-08-30T17:51:00+02:00"
    assert [row[2] for row in table(deps, as_of=running)] == [1, 0, 1]
    assert table(deps, as_of=over) == table(deps, as_of="2025-08-30")


def test_a_table_of_one_half_counts_its_goals_alone(world: World) -> None:
    halves = {"home_goals_period1": 0, "away_goals_period1": 1, "version": 2}
    store(world.warehouse, "matches", [meeting(1, NORDHAFEN, SUEDSTADT, "2:1", 8, 16, round=1, **halves)], "halves")

    def rows(half: str) -> dict[int, tuple[int, int, int]]:
        result = request_resource("table", world.deps, league="england", half=half)["rows"]
        return {row["team_id"]: (row["matches"], row["points"], row["goals_for"]) for row in result}

    assert rows("1") == {SUEDSTADT: (1, 3, 1), NORDHAFEN: (1, 0, 0), WESTEND: (0, 0, 0)}
    assert rows("2") == {NORDHAFEN: (1, 3, 2), SUEDSTADT: (1, 0, 0), WESTEND: (0, 0, 0)}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-30"])
def test_table_of_the_ends_of_time_is_answered(deps: Deps, day: str) -> None:
    assert len(table(deps, as_of=day)) == 3


@pytest.mark.parametrize(
    "day",
    [
        "yesterday",
        "2025-13-01",
        "9999-12-31",
        "2025-08-30T14:00:00",
        "20250830xx",
        "20250830T140000Z",
        "2025-W35-6",
        "٢٠٢٥-٠٨-٣٠",
    ],
)
def test_a_moment_that_is_none_is_refused_by_name(day: str) -> None:
    with pytest.raises(ValidationError) as fault:
        TableQuery(as_of=day)  # type: ignore[arg-type]
    assert [each["loc"] for each in fault.value.errors()] == [("as_of",)]


def test_a_table_names_what_it_is_of(deps: Deps) -> None:
    answer = dict(request_resource("table", deps, league="england", as_of="2025-08-31"))
    del answer["rows"]
    assert answer == {
        "league": "england", "name": "Premier League", "season": "2025/26", "as_of": "2025-09-01T00:00:00Z",
        "venue": "all", "half": None, "rulings": [], "tie_break": ["gd", "gf", "h2h_points", "h2h_away_goals"],
        "rules_reviewed": True, "rules_source": "tie-breaking text that the site shows with its table (2026)",
        "cautions": [],
    }  # fmt: skip


# --- seasons


def test_without_a_label_the_newest_season_with_matches_is_meant(deps: Deps) -> None:
    assert request_resource("teams", deps, league="england")["season"] == "2025/26"


def test_a_league_with_nothing_but_an_empty_season_shows_that(world: World) -> None:
    store(world.warehouse, "seasons", [season(1, "2025/26", 35)], "germany")
    answer = request_resource("matches", world.deps, league="germany")
    assert answer == {"league": "germany", "season": "2025/26", "items": [], "next": None}


@pytest.mark.parametrize("label", ["2024/25", "2024-25", str(SEASON_BEFORE)])
def test_a_season_is_found_by_label_and_by_id(deps: Deps, label: str) -> None:
    assert table(deps, season=label) == [(1, SUEDSTADT, 1, 3), (2, NORDHAFEN, 1, 0)]


def test_an_empty_season_can_be_asked_for(deps: Deps) -> None:
    assert table(deps, season=str(SEASON_AFTER)) == []


@pytest.mark.parametrize("label", ["1888/89", "2025", "-1"])
def test_an_unknown_season_is_not_found(deps: Deps, label: str) -> None:
    with pytest.raises(NotFound, match="is not stored"):
        table(deps, season=label)


def test_seasons_tell_how_many_matches_are_stored(deps: Deps) -> None:
    answer = request_resource("seasons", deps, league="england")
    assert [(item["year"], item["matches"]) for item in answer["items"]] == [
        ("2026/27", 0), ("2025/26", 5), ("2024/25", 1),
    ]  # fmt: skip


# --- what is not there


def test_unknown_things_are_not_found(deps: Deps) -> None:
    requests: list[Callable[[], object]] = [
        lambda: request_resource("seasons", deps, league="atlantis"),
        lambda: request_resource("table", deps, league="atlantis"),
        lambda: request_resource("teams", deps, league="germany"),
        lambda: request_resource("match", deps, match_id=6),
        lambda: request_resource("match_shots", deps, match_id=6),
        lambda: request_resource("team", deps, team_id=6),
        lambda: request_resource("player", deps, player_id=6),
    ]
    for send in requests:
        with pytest.raises(NotFound):
            send()


def test_what_was_not_found_is_found_once_it_is_stored(world: World) -> None:
    with pytest.raises(NotFound):
        request_resource("match", world.deps, match_id=6)
    store(world.warehouse, "matches", [meeting(6, WESTEND, SUEDSTADT, "1:0", 9, 27, round=5)], "later")
    assert request_resource("match", world.deps, match_id=6)["score"] == {"home": 1, "away": 0}


# --- matches


def test_matches_come_by_kick_off_and_postponed_ones_are_marked(deps: Deps) -> None:
    items = matches(deps)["items"]
    assert [(item["match_id"], item["replaced"]) for item in items] == [
        (1, False), (2, True), (3, False), (4, False), (5, False),
    ]  # fmt: skip


def test_a_postponed_match_without_a_successor_is_not_replaced(world: World) -> None:
    alone = meeting(7, WESTEND, SUEDSTADT, "", 9, 28, round=5, status_code=60, status_type="postponed")
    store(world.warehouse, "matches", [alone], "alone")
    assert matches(world.deps)["items"][-1]["replaced"] is False


def test_pages_join_to_the_whole_without_gaps_or_doubles(world: World) -> None:
    at_once = [meeting(1000 - n, NORDHAFEN, SUEDSTADT, "", 10, 4, round=10 + n) for n in range(9)]
    store(world.warehouse, "matches", at_once, "at-once")
    whole = ids(matches(world.deps))
    assert len(whole) == len(set(whole)) == 14
    for limit in range(1, 15):
        seen: list[int] = []
        cursor = ""
        while True:
            page = matches(world.deps, cursor=cursor, limit=limit)
            assert len(page["items"]) <= limit
            seen += ids(page)
            if page["next"] is None:
                break
            cursor = page["next"]
        assert seen == whole


def test_matches_are_narrowed_by_round_team_and_state(deps: Deps) -> None:
    assert ids(matches(deps, round=2)) == [2, 4]
    assert ids(matches(deps, team=NORDHAFEN)) == [1, 3, 5]
    assert ids(matches(deps, state="finished", team=WESTEND)) == [3, 4]
    assert ids(matches(deps, round=99)) == []


def test_one_match_brings_its_details_and_names_its_parts(deps: Deps) -> None:
    answer = request_resource("match", deps, match_id=1)
    assert answer["detail"]["venue"] == "Hafenstadion"
    assert answer["parts"] == ["statistics", "lineups", "keepers", "incidents", "shots", "odds"]
    assert answer["starts_at"] == "2025-08-16T14:00:00Z"
    assert request_resource("match", deps, match_id=3)["detail"] is None


# --- leaders


def test_players_with_equal_values_share_a_rank_and_the_next_is_left_out(deps: Deps) -> None:
    assert leaders(deps, "keyPass") == [(1, 2, 3.0), (2, 4, 2.0), (2, 1, 2.0), (4, 5, 1.0)]


def test_leaders_per_90_minutes_with_a_least_number_of_minutes(deps: Deps) -> None:
    assert leaders(deps, "goals", per_90=True) == [(1, 4, 6.0), (2, 1, 2.0), (3, 2, 1.2)]
    assert leaders(deps, "goals", per_90=True, min_minutes=31) == [(1, 1, 2.0), (2, 2, 1.2)]


def test_leaders_by_rating(deps: Deps) -> None:
    assert leaders(deps, "rating") == [(1, 2, 8.2), (2, 1, 8.0), (3, 5, 6.0)]


def test_a_rating_per_90_minutes_is_refused(deps: Deps) -> None:
    with pytest.raises(InvalidInput) as fault:
        leaders(deps, "rating", per_90=True)
    assert "per_90" in fault.value.errors


def test_a_player_without_a_rated_match_is_answered_as_json(deps: Deps) -> None:
    answer = request_resource("player", deps, player_id=3)
    assert answer["seasons"][0]["mean_rating"] is None
    json.dumps(answer, allow_nan=False)


# --- the cache


def every_request(deps: Deps) -> list[Callable[[], object]]:
    return [
        lambda: request_resource("leagues", deps),
        lambda: request_resource("seasons", deps, league="england"),
        lambda: table(deps),
        lambda: matches(deps),
        lambda: request_resource("teams", deps, league="england"),
        lambda: leaders(deps, "goals"),
        lambda: request_resource("match", deps, match_id=1),
        lambda: request_resource("match_lineups", deps, match_id=1),
        lambda: request_resource("team", deps, team_id=NORDHAFEN),
        lambda: request_resource("player", deps, player_id=1),
    ]


def test_a_second_answer_comes_from_the_cache_and_is_the_same(world: World) -> None:
    for send in every_request(world.deps):
        first = send()
        reads = world.stats.n_reads
        assert send() == first
        assert world.stats.n_reads == reads


def test_an_update_of_the_league_makes_every_answer_about_it_stale(world: World) -> None:
    for send in every_request(world.deps):
        send()
        service.invalidate(updated(), world.deps)
        assert world.n_reads_of(send) > 0


def test_an_update_of_another_league_leaves_answers_alone(world: World) -> None:
    for send in every_request(world.deps)[1:8]:
        send()
        service.invalidate(updated(OTHER_LEAGUE), world.deps)
        assert world.n_reads_of(send) == 0


def test_an_update_of_any_league_makes_teams_and_players_stale(world: World) -> None:
    for send in every_request(world.deps)[8:]:
        send()
        service.invalidate(updated(OTHER_LEAGUE), world.deps)
        assert world.n_reads_of(send) > 0


def test_an_update_is_seen_in_the_next_answer(world: World) -> None:
    assert request_resource("match", world.deps, match_id=5)["status"]["type"] == "notstarted"
    assert table(world.deps)[0] == (1, NORDHAFEN, 2, 4)
    newer = meeting(5, SUEDSTADT, NORDHAFEN, "5:0", 9, 20, round=4, version=2)
    store(world.warehouse, "matches", [newer], "newer")
    service.invalidate(updated(), world.deps)
    assert request_resource("match", world.deps, match_id=5)["score"] == {"home": 5, "away": 0}
    assert table(world.deps)[0] == (1, SUEDSTADT, 3, 6)


@pytest.mark.parametrize(
    "send",
    [
        lambda deps: request_resource("match", deps, match_id=5)["score"],
        lambda deps: matches(deps, round=4)["items"][0]["score"],
    ],
    ids=["match", "matches"],
)
def test_an_answer_computed_while_the_league_changes_is_not_served_later(
    world: World, monkeypatch: pytest.MonkeyPatch, send: Callable[[Deps], dict[str, Any]]
) -> None:
    n_goals = 0

    def changed_after(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(name: str, parameters: Mapping[str, Any]) -> Any:
            nonlocal n_goals
            result = read(name, parameters)
            if name not in ("match", "season_matches"):
                return result
            n_goals += 1
            newer = meeting(5, SUEDSTADT, NORDHAFEN, f"{n_goals}:0", 9, 20, round=4, version=1 + n_goals)
            store(world.warehouse, "matches", [newer], f"goals-{n_goals}")
            service.invalidate(updated(), world.deps)
            return result

        return reading

    monkeypatch.setattr(world.stats, "rows", changed_after(world.stats.rows))
    send(world.deps)
    monkeypatch.undo()
    assert send(world.deps) == {"home": n_goals, "away": 0}


def test_without_the_cache_every_request_is_answered(world: World) -> None:
    cached = [send() for send in every_request(world.deps)]
    world.cache.gone = True
    assert [send() for send in every_request(world.deps)] == cached


def test_an_update_that_cannot_be_forgotten_is_delivered_again(world: World) -> None:
    world.cache.gone = True
    with pytest.raises(Unavailable):
        service.invalidate(updated(), world.deps)


def test_a_second_delivery_changes_no_answer(world: World) -> None:
    before = table(world.deps)
    for _ in range(2):
        service.invalidate(updated(), world.deps)
    assert table(world.deps) == before


_TEXTS = st.text(st.sampled_from('ab:,"[]\\ -2025/6{}'), max_size=6)
_NUMBERS = st.integers(1, 3)
_TIMES = st.datetimes(timezones=st.just(UTC))
_LEAGUES = st.sampled_from(["england", "spain"])
_PARAMETERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "leagues": {},
    "seasons": {"league": _LEAGUES},
    "teams": {"league": _LEAGUES, "season": _TEXTS},
    "table": {
        "league": _LEAGUES,
        "season": _TEXTS,
        "as_of": st.none() | _TIMES,
        "venue": st.sampled_from(["", "home", "away"]),
        "half": st.sampled_from(["", "1", "2"]),
    },
    "matches": {
        "league": _LEAGUES,
        "season": _TEXTS,
        "round": st.none() | _NUMBERS,
        "team": st.none() | _NUMBERS,
        "state": _TEXTS,
        "cursor": _TEXTS,
        "limit": _NUMBERS,
    },
    "leaders": {
        "league": _LEAGUES,
        "season": _TEXTS,
        "metric": _TEXTS,
        "per_90": st.booleans(),
        "min_minutes": _NUMBERS,
        "limit": _NUMBERS,
    },
    "match": {"match_id": _NUMBERS},
    **{f"match_{part}": {"match_id": _NUMBERS} for part in ("statistics", "lineups", "incidents", "shots")},
    "team": {"team_id": _NUMBERS},
    "player": {"player_id": _NUMBERS},
}
"""The parameters of every resource."""

_Request = tuple[str, dict[str, Any]]
_REQUESTS: st.SearchStrategy[_Request] = st.one_of(
    [st.tuples(st.just(name), st.fixed_dictionaries(params)) for name, params in _PARAMETERS.items()]
)


class RecordingCache(MemoryCache):
    """A cache that stores nothing and records the keys of lookups; every generation is 1."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up: list[str] = []

    def get(self, key: str) -> None:
        self.looked_up.append(key)

    def generation(self, name: str) -> int:
        return 1


def key_of(request: _Request) -> str:
    """Return the cache key of a request."""
    world = World()
    store(world.warehouse, "matches", [meeting(n, NORDHAFEN, SUEDSTADT, "", 9, 20, round=n) for n in (1, 2, 3)], "all")
    recording = RecordingCache()
    name, params = request
    with suppress(NotFound, InvalidInput):
        service.get_response(catalogue.BY_NAME[name], params, replace(world.deps, responses=ResponseCache(recording)))
    return next(key for key in recording.looked_up if f'"{name}"' in key)


@given(one=_REQUESTS, other=_REQUESTS)
def test_two_requests_never_share_a_key(one: _Request, other: _Request) -> None:
    assert (key_of(one) == key_of(other)) is (one == other)


def test_texts_that_look_like_more_parameters_make_no_equal_keys() -> None:
    plain = {"league": "england", "per_90": False, "min_minutes": 1, "limit": 1}
    one = key_of(("leaders", {**plain, "season": "a", "metric": "b:c"}))
    assert one != key_of(("leaders", {**plain, "season": "a:b", "metric": "c"}))


def test_a_text_no_encoding_has_is_looked_up_all_the_same() -> None:
    assert key_of(("teams", {"league": "england", "season": "\ud800"})).isascii()
