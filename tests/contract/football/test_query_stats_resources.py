"""Every resource of query-stats over the small league in ClickHouse: answers worked out by hand, and their models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import UnionType
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from functions.query_stats import catalogue
from functions.query_stats.models.provenance import Provenance
from functions.query_stats.ports import Deps
from functions.query_stats.resource import Resource, StoredTable
from functions.query_stats.resources.stored_tables import STORED_TABLES
from functions.query_stats.response_cache import ResponseCache
from functions.query_stats.stats_request import StatsRequest
from functions.query_stats.store import ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.match_status import is_settled
from shared.domain.football.records import Manager, MatchDetail, Odds, Record, Shot, Standing
from shared.errors import NotFound
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.memory_cache import MemoryCache
from shared.testing.small_league import (
    NORDHAFEN,
    RECORDS,
    SEASON_BEFORE,
    SUEDSTADT,
    WESTEND,
    appearance,
    incident,
    meeting,
    statistic,
    store,
    store_all,
)
from shared.web.tabular_schema import collection, columns
from tests.support.engines.olap import Olap, migrated
from tests.support.football.stats_requests import request_resource

KEEPER, FIRST, SECOND = 9, 70, 71
"""A goalkeeper, and two managers: the first of Nordhafen, the second of Suedstadt, then of Nordhafen."""
DEFAULTS = {
    "league": "england", "match_id": 1, "team_id": NORDHAFEN, "other_id": SUEDSTADT, "player_id": 1,
    "manager_id": FIRST, "date": "2025-08-16",
}  # fmt: skip
"""Parts of paths, and required parameters."""


def detail(match_id: int, home: int | None, away: int | None, **changes: Any) -> MatchDetail:
    (record,) = (row for row in RECORDS["match_details"] if isinstance(row, MatchDetail))
    names = {None: "", FIRST: "A. First", SECOND: "B. Second"}
    managers = {
        "home_manager_id": home,
        "home_manager": names[home],
        "away_manager_id": away,
        "away_manager": names[away],
    }
    return replace(record, match_id=match_id, **{"version": 2, **managers, **changes})


def shot(match_id: int, ordinal: int, *, is_home: bool, xg: float, **changes: Any) -> Shot:
    (record,) = (row for row in RECORDS["shots"] if isinstance(row, Shot))
    return replace(record, match_id=match_id, ordinal=ordinal, is_home=is_home, xg=xg, version=2, **changes)


def standing(team_id: int, points: int, kind: str = "total") -> Standing:
    return Standing(
        source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, tournament_id=1, kind=kind,
        team_id=team_id, team_name="", position=1, matches=2, wins=1, draws=1, losses=0, goals_for=2,
        goals_against=1, points=points,
    )  # fmt: skip


MORE_RECORDS: dict[str, list[Record]] = {
    "match_details": [
        detail(1, FIRST, SECOND), detail(3, None, FIRST), detail(101, SECOND, None, season_id=SEASON_BEFORE),
    ],
    "incidents": [
        incident(1, 0, minute=10, version=2), incident(1, 1, minute=60, is_home=False, version=2),
        incident(1, 2, minute=90, added_minute=3, version=2),
        incident(1, 3, kind="card", detail="yellow", minute=80, version=2),
        incident(1, 4, kind="card", detail="red", minute=85, is_home=False, version=2),
        incident(1, 5, kind="card", detail="yellow", minute=88, rescinded=True, version=2),
        incident(4, 0, minute=20),
    ],
    "shots": [
        shot(1, 0, is_home=True, xg=0.4), shot(1, 1, is_home=True, xg=0.76, situation="penalty"),
        shot(1, 2, is_home=False, xg=0.1, player_id=2, outcome="save"),
    ],
    "appearances": [
        appearance(1, 1, NORDHAFEN, 90, rating=8.0, statistics={"goals": 2.0, "keyPass": 2.0}, version=2),
        appearance(1, 2, SUEDSTADT, 60, rating=7.0, is_home=False, statistics={"goals": 1.0}, version=2),
        appearance(1, KEEPER, NORDHAFEN, 90, position="G", statistics={"saves": 4.0}, version=2),
    ],
    "team_statistics": [statistic(3, "ALL", "shotsOnGoal", 1.0, 2.0)],
    "standings": [standing(NORDHAFEN, 4), standing(SUEDSTADT, 3), standing(NORDHAFEN, 3, kind="home")],
    "odds": [
        Odds(source="footballdata", version=1, league_id=LEAGUE, season_id=SEASON, match_id=1, bookmaker="pinnacle",
             market="result", line="", outcome="home", is_closing=True, decimal=1.8),
    ],
    "managers": [Manager(source="sofascore", version=1, manager_id=FIRST, name="Anna First", short_name="A. First",
                         country="Norway", born_on=None)],
}  # fmt: skip


@pytest.fixture(scope="module")
def deps(olap: Olap) -> Iterator[Deps]:
    """The small league and more records, behind an empty cache."""
    warehouse = ClickHouse(migrated(olap))
    store_all(warehouse)
    for kind, rows in MORE_RECORDS.items():
        store(warehouse, kind, rows, f"more-{kind}")
    yield Deps(stats=ClickHouseStats(warehouse), responses=ResponseCache(MemoryCache()), probes={})
    warehouse.close()


@pytest.fixture
def get(deps: Deps) -> Callable[..., Mapping[str, Any]]:
    """Requests a resource; the parts of its path have defaults."""

    def get_resource(name: str, **params: Any) -> Mapping[str, Any]:
        path = catalogue.BY_NAME[name].path
        parts = {key: value for key, value in DEFAULTS.items() if f"<{key}>" in path or f":{key}>" in path}
        date = {"date": DEFAULTS["date"]} if name == "day" else {}
        return request_resource(name, deps, **{**parts, **date, **params})

    return get_resource


def rows(answer: Mapping[str, Any], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of an answer's rows."""
    return [tuple(row[name] for name in names) for row in answer["items"]]


# --- what holds of all


@pytest.mark.parametrize("resource", catalogue.RESOURCES, ids=lambda resource: resource.name)
def test_an_answer_has_what_its_model_says_and_no_more(get: Callable[..., Any], resource: Resource) -> None:
    content = get(resource.name)
    model = resource.model()
    assert issubclass(model, BaseModel)
    assert fits(content, model)
    listed = content.get("items", content.get("rows"))
    assert listed is None or listed or resource.name in ("corrections", "quality"), "the test compares no row"


def fits(content: Any, model: type[BaseModel]) -> bool:
    """Whether an answer has the fields of a model and of the models within it, and every row its provenance."""
    model.model_validate(content)
    assert set(content) == {
        name for name, field in model.model_fields.items() if field.is_required() or name in content
    }
    for name, field in model.model_fields.items():
        inner = next((each for each in (field.annotation, *get_args(field.annotation)) if _is_model(each)), None)
        if inner is None or content[name] is None:
            continue
        is_list = get_origin(field.annotation) is list
        assert not is_list or name not in ("items", "rows") or issubclass(inner, Provenance), f"{name} tells no source"
        assert all(fits(each, inner) for each in (content[name] if is_list else [content[name]]))
    return True


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and not isinstance(kind, UnionType) and issubclass(kind, BaseModel)


@pytest.mark.parametrize(
    ("name", "params"),
    [("team", {"team_id": 6}), ("player", {"player_id": 6}), ("manager", {"manager_id": 6}), ("match", {"match_id": 6}),
     ("next_match", {"team_id": WESTEND}), ("league", {"league": "germany"}), ("table", {"league": "4711"})],
)  # fmt: skip
def test_what_is_not_stored_is_not_found(get: Callable[..., Any], name: str, params: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        get(name, **params)


_BELOW = [
    (resource.name, part)
    for resource in catalogue.RESOURCES
    for part in ("team_id", "other_id", "player_id", "manager_id")
    if f"<int:{part}>" in resource.path
]


@pytest.mark.parametrize(("name", "part"), _BELOW, ids=lambda value: value)
@pytest.mark.parametrize("unknown_id", [0, 4_711_000])
def test_every_path_below_an_unknown_id_is_not_found(
    get: Callable[..., Any], name: str, part: str, unknown_id: int
) -> None:
    with pytest.raises(NotFound, match=f"{unknown_id} is not stored"):
        get(name, **{part: unknown_id})


@pytest.mark.parametrize("label", ["2024/25", "2024-25", "2024/2025", "2024-2025", "2024\\25", str(SEASON_BEFORE)])
def test_a_season_may_be_written_in_every_usual_way(get: Callable[..., Any], label: str) -> None:
    assert get("rounds", season=label)["season"] == "2024/25"
    assert rows(get("team_stats", season=label), "season", "matches") == [(SEASON_BEFORE, 1)]


# --- leagues


def test_a_league_has_the_newest_season_with_matches(get: Callable[..., Any]) -> None:
    answer = get("league")
    assert (answer["league"], answer["name"], answer["season"]) == ("england", "Premier League", "2025/26")


def test_a_league_outside_the_catalogue_is_asked_for_by_its_id(get: Callable[..., Any]) -> None:
    assert get("seasons", league="17")["items"] == get("seasons")["items"]


def test_rounds_tell_how_far_they_are(get: Callable[..., Any]) -> None:
    assert rows(get("rounds"), "round", "matches", "finished") == [(1, 1, 1), (2, 2, 1), (3, 1, 1), (4, 1, 0)]


def test_matches_of_a_day_come_from_all_leagues_in_pages(get: Callable[..., Any]) -> None:
    assert rows(get("day"), "match_id") == [(1,)]
    assert get("day", date="2025-08-17")["items"][0]["league_id"] == 8
    assert get("day", date="2025-08-18")["items"] == []


# --- tables


def test_a_table_of_one_half_counts_its_goals(get: Callable[..., Any]) -> None:
    assert {row["matches"] for row in get("table", half="1")["rows"]} == {0}  # no half-time score is stored


def test_the_course_of_a_season_has_a_row_for_each_team_and_round(get: Callable[..., Any]) -> None:
    assert rows(get("table_graph"), "round", "rank", "team_id", "matches", "points") == [
        (1, 1, NORDHAFEN, 1, 3), (1, 2, WESTEND, 0, 0), (1, 3, SUEDSTADT, 1, 0),
        (2, 1, SUEDSTADT, 2, 3), (2, 2, NORDHAFEN, 1, 3), (2, 3, WESTEND, 1, 0),
        (3, 1, NORDHAFEN, 2, 4), (3, 2, SUEDSTADT, 2, 3), (3, 3, WESTEND, 2, 1),
    ]  # fmt: skip


def test_form_is_of_the_last_results(get: Callable[..., Any]) -> None:
    assert rows(get("league_form"), "team_id", "form", "points") == [
        (NORDHAFEN, "WD", 4), (SUEDSTADT, "LW", 3), (WESTEND, "DL", 1),
    ]  # fmt: skip
    assert rows(get("league_form", n=1, venue="home"), "team_id", "form") == [
        (SUEDSTADT, "W"), (NORDHAFEN, "W"), (WESTEND, "D"),
    ]  # fmt: skip


def test_streaks_of_a_league_and_of_a_team(get: Callable[..., Any]) -> None:
    unbeaten = [row for row in get("league_streaks")["items"] if row["kind"] == "unbeaten"]
    assert [(row["team_id"], row["length"], row["goes_on"]) for row in unbeaten] == [
        (NORDHAFEN, 2, True), (SUEDSTADT, 1, True), (WESTEND, 1, False),
    ]  # fmt: skip
    own = {row["kind"]: row["length"] for row in get("team_streaks")["items"] if row["goes_on"]}
    assert own == {"draws": 1, "unbeaten": 2, "winless": 1, "clean_sheets": 1, "without_goal": 1}


def test_game_state_counts_matches_whose_goals_add_up(get: Callable[..., Any]) -> None:
    answer = get("game_state")
    assert answer["left_out"] == 1  # of match 4 one goal of three is known
    (home, away, _) = answer["items"]
    assert (home["team_id"], home["minutes_ahead"], home["minutes_level"], home["matches"]) == (NORDHAFEN, 50, 130, 2)
    assert (away["minutes_behind"], away["points_from_behind"]) == (50, 0)
    assert (home["scored"]["1-15"], home["scored"]["76-90"], home["conceded"]["46-60"]) == (1, 1, 1)


def test_expected_goals_are_summed_over_matches_with_shots(get: Callable[..., Any]) -> None:
    assert rows(get("expected_goals"), "rank", "team_id", "matches", "xg_for", "xg_against", "npxg_for") == [
        (1, NORDHAFEN, 1, 1.16, 0.1, 0.4), (2, SUEDSTADT, 1, 0.1, 1.16, 0.1),
    ]  # fmt: skip


def test_cards_that_were_taken_back_do_not_count(get: Callable[..., Any]) -> None:
    assert rows(get("discipline"), "team_id", "matches", "yellow_cards", "red_cards") == [
        (NORDHAFEN, 1, 1, 0), (SUEDSTADT, 2, 0, 1), (WESTEND, 1, 0, 0),
    ]  # fmt: skip
    assert rows(get("referees"), "referee_id", "matches", "yellow_cards", "red_cards") == [(7, 1, 1, 1)]


def test_statistics_of_a_season_are_summed_by_team_and_player(get: Callable[..., Any]) -> None:
    first, *_ = get("league_team_stats")["items"]
    assert (first["team_id"], first["points"], first["totals"], first["means"]) == (
        NORDHAFEN, 4, {"ballPossession": 61.0, "shotsOnGoal": 7.0}, {"ballPossession": 61.0, "shotsOnGoal": 3.5},
    )  # fmt: skip
    answer = get("league_player_stats", team=NORDHAFEN)
    assert rows(answer, "player_id", "total_minutes", "mean_rating") == [(1, 90, 8.0), (KEEPER, 90, None)]
    assert answer["items"][0]["per_90"] == {"goals": 2.0, "keyPass": 2.0}
    assert rows(get("league_player_stats", limit=1, offset=1, position="F"), "player_id") == [(1,)]


# --- teams


def test_a_team_plays_next_what_has_not_begun(get: Callable[..., Any]) -> None:
    assert get("next_match")["match_id"] == 5


def test_pages_of_a_teams_matches_join_to_the_whole(get: Callable[..., Any]) -> None:
    first = get("team_matches", limit=3)
    second = get("team_matches", limit=3, cursor=first["next"])
    assert rows(first, "match_id") + rows(second, "match_id") == [(101,), (1,), (3,), (5,)]
    assert second["next"] is None
    assert rows(get("team_matches", state="notstarted"), "match_id") == [(5,)]


def test_a_teams_sums_are_by_season_or_between_dates(get: Callable[..., Any]) -> None:
    assert rows(get("team_stats"), "season", "matches", "points") == [(SEASON, 2, 4), (SEASON_BEFORE, 1, 0)]
    between = get("team_stats", date_from="2025-05-10", date_to="2025-08-16")
    assert rows(between, "season", "matches", "points", "goals_for") == [(None, 2, 3, 2)]


def test_a_teams_standing_is_its_row_of_the_table(get: Callable[..., Any]) -> None:
    assert rows(get("team_standings"), "league_id", "season_id", "rank", "points") == [(LEAGUE, SEASON, 1, 4)]
    assert rows(get("team_standings", season="2024/25"), "rank") == [(2,)]


def test_a_teams_players_and_managers(get: Callable[..., Any]) -> None:
    assert rows(get("team_squad"), "player_id", "squads") == [(KEEPER, 1), (1, 1)]
    assert rows(get("team_player_stats"), "player_id", "total_minutes") == [(1, 90), (KEEPER, 90)]
    assert rows(get("team_managers"), "manager_id", "matches", "wins") == [(FIRST, 2, 1), (SECOND, 1, 0)]
    assert rows(get("team_shots"), "match_id", "opponent_id", "xg") == [(1, SUEDSTADT, 0.4), (1, SUEDSTADT, 0.76)]


def test_a_teams_season_is_split(get: Callable[..., Any]) -> None:
    parts = {(row["split"], row["part"]): row["points"] for row in get("team_splits")["items"]}
    assert parts == {
        ("venue", "home"): 3, ("venue", "away"): 1, ("opponent", "top"): 0, ("opponent", "middle"): 3,
        ("opponent", "bottom"): 1, ("month", "2025-08"): 4,
    }  # fmt: skip


def test_two_teams_met_before(get: Callable[..., Any]) -> None:
    answer = get("head_to_head")
    assert rows(answer, "match_id") == [(101,), (1,)]
    assert (answer["record"]["wins"], answer["record"]["losses"], answer["at_home"]["matches"]) == (1, 1, 2)
    turned = get("head_to_head", team_id=SUEDSTADT, other_id=NORDHAFEN)
    assert (turned["record"]["form"], turned["away"]["matches"]) == ("WL", 2)


# --- players


def test_a_players_sums_are_by_season_or_between_dates(get: Callable[..., Any]) -> None:
    assert rows(get("player_stats"), "season", "appearances", "total_minutes") == [
        (SEASON, 1, 90), (SEASON_BEFORE, 1, 30),
    ]  # fmt: skip
    (between,) = get("player_stats", date_from="2025-01-01", date_to="2025-12-31")["items"]
    assert (between["season"], between["total_minutes"], between["totals"]) == (
        None,
        120,
        {"goals": 2.0, "keyPass": 3.0},
    )
    assert between["per_90"] == {"goals": 1.5, "keyPass": 2.25}


def test_a_players_matches_clubs_and_shots(get: Callable[..., Any]) -> None:
    assert rows(get("player_matches"), "match_id", "team_id", "minutes") == [(101, SUEDSTADT, 30), (1, NORDHAFEN, 90)]
    assert rows(get("player_teams"), "team_id", "name") == [(NORDHAFEN, "Nordhafen"), (SUEDSTADT, "Suedstadt")]
    assert rows(get("player_shots"), "match_id", "ordinal") == [(1, 0), (1, 1)]


def test_a_keeper_is_told_apart(get: Callable[..., Any]) -> None:
    assert rows(get("match_keepers"), "player_id", "saves", "conceded") == [(KEEPER, 4.0, None)]


# --- managers


def test_a_manager_without_a_profile_is_named_by_his_newest_match(get: Callable[..., Any]) -> None:
    assert (get("manager")["name"], get("manager")["has_profile"]) == ("Anna First", True)
    second = get("manager", manager_id=SECOND)
    assert (second["name"], second["has_profile"]) == ("B. Second", False)


def test_a_managers_results_by_team_and_by_season(get: Callable[..., Any]) -> None:
    assert rows(get("manager_matches"), "match_id", "team_id") == [(1, NORDHAFEN), (3, NORDHAFEN)]
    assert rows(get("manager_teams"), "team_id", "matches", "points") == [(NORDHAFEN, 2, 4)]
    second = get("manager_stats", manager_id=SECOND, by="season")
    assert rows(second, "season_id", "matches", "losses") == [(SEASON, 1, 1), (SEASON_BEFORE, 1, 1)]
    by_team = get("manager_stats", manager_id=SECOND, by="team")
    assert rows(by_team, "team_id", "team_name") == [(SUEDSTADT, "Suedstadt"), (NORDHAFEN, "Nordhafen")]


def test_the_sources_tables_are_of_all_matches_or_of_one_venue(get: Callable[..., Any]) -> None:
    assert rows(get("standings"), "kind", "team_id", "points") == [("total", NORDHAFEN, 4), ("total", SUEDSTADT, 3)]
    assert rows(get("standings", venue="home"), "kind", "team_id", "points") == [("home", NORDHAFEN, 3)]
    assert rows(get("standings", venue="away"), "team_id") == []


# --- quality


def test_completeness_counts_what_is_stored_of_finished_matches(get: Callable[..., Any]) -> None:
    (season, before) = get("completeness")["items"]
    assert [season[name] for name in ("matches", "finished", "with_detail", "with_incidents", "with_odds")] == [
        5,
        3,
        2,
        2,
        1,
    ]
    assert (before["year"], before["matches"], before["with_lineups"]) == ("2024/25", 1, 1)


def test_quality_names_broken_rules_and_their_matches(get: Callable[..., Any]) -> None:
    answer = get("quality")
    assert {row["rule"]: row["match_ids"] for row in answer["items"]} == {
        "eleven players start on each side": [1, 3, 4], "goals add up to the score": [4],
    }  # fmt: skip
    by_kind = {kind: [row for row in answer["standings"] if row["kind"] == kind] for kind in ("total", "home")}
    differences = [(row["team_id"], row["field"], row["source"], row["ours"]) for row in by_kind["total"]]
    assert differences == [
        (SUEDSTADT, "draws", 1, 0), (SUEDSTADT, "losses", 0, 1), (SUEDSTADT, "goals_for", 2, 4),
        (SUEDSTADT, "goals_against", 1, 2), (SUEDSTADT, "position", 1, 2), (WESTEND, "matches", None, 2),
    ]  # fmt: skip
    assert [(row["team_id"], row["field"]) for row in by_kind["home"]] == [
        (NORDHAFEN, "matches"), (NORDHAFEN, "draws"), (SUEDSTADT, "matches"), (WESTEND, "matches"),
    ]  # fmt: skip


def test_corrections_are_changes_after_the_end(get: Callable[..., Any], deps: Deps) -> None:
    assert get("corrections")["items"] == []


# --- what the views begin with


def test_results_are_of_the_statuses_that_settle_a_match(clickhouse_url: str) -> None:
    codes = [0, 6, 7, 20, 31, 41, 42, 50, 60, 70, 80, 90, 91, 92, 93, 100, 110, 120, 999]
    played = [meeting(1000 + code, NORDHAFEN, SUEDSTADT, "1:0", 8, 16, round=1, status_code=code) for code in codes]
    warehouse = ClickHouse(clickhouse_url)
    store(
        warehouse, "matches", [*played, meeting(999, NORDHAFEN, SUEDSTADT, "", 8, 16, round=1, status_code=100)], "all"
    )
    result = {row["match_id"] - 1000 for row in warehouse.query("SELECT match_id FROM results")}
    warehouse.close()
    assert result == {code for code in codes if is_settled(code)}


def test_what_lists_rows_is_a_table_at_its_address() -> None:
    """A collection whose address another table has is none itself."""
    stored = {table.path for table in STORED_TABLES}
    for resource in catalogue.RESOURCES:
        assert resource.is_table == (collection(resource.model()) is not None and resource.path not in stored)
    paths = [table.path for table in catalogue.TABLES]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("table", STORED_TABLES, ids=lambda table: table.name)
def test_a_stored_table_has_the_columns_of_its_model(deps: Deps, table: StoredTable) -> None:
    given = {"league": "england", "season": "", **table.query()().model_dump()}
    request = StatsRequest(given, deps.stats)
    names = [column.name for column in columns(table.row())]
    for part in table.parts(request):
        assert sorted(request.arrow(table.sql, **part).column_names) == sorted(names)
