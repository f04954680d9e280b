"""collect-archives against a site that keeps archives: what it asks, what is stored, and everything that goes wrong."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.collect_archives import service, wiring
from functions.collect_archives.ports import Deps
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.sources.delivery import AsEvents
from shared.adapters.sources.stored_matches import ClickHouseMatches
from shared.domain.accounts.audit import Actor
from shared.domain.archives import open_data
from shared.errors import InvalidInput, NotFound
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.events.football import BatchScraped
from shared.ports.log import NewEntry
from shared.settings.loading import load_settings
from shared.testing.clock import HandClock
from tests.support.reference import reference
from tests.support.servers.archive_site import ArchiveSite

NOW = datetime(2025, 3, 12, 12, tzinfo=UTC)
HEADING = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,B365H,B365D,B365A"
SEASON = f"""{HEADING}
E0,16/08/2024,20:00,Man United,Fulham,1,0,H,1.6,4.2,5.25
E0,17/08/2024,12:30,Ipswich,Liverpool,0,2,A,8.5,5.5,1.33
E0,08/03/2025,15:00,Liverpool,Southampton,3,1,H,1.1,11,23
"""
FIXTURES = """Div,Date,Time,HomeTeam,AwayTeam,B365H,B365D,B365A
E0,15/03/2025,15:00,Man City,Brighton,1.6,4.3,5
E0,16/03/2025,13:30,Arsenal,Chelsea,1.73,3.9,4.5
E1,15/03/2025,15:00,Leeds,Burnley,2,3,4
"""
PATH = "mmz4281/2425/E0.csv"
OPERATOR = Actor(kind="operator", id="7b0e1c62-6a0e-4b6e-8f53-0a6f9a1d0001")
OPEN = json.dumps({"name": "Premier League", "matches": [
    {"round": "Matchday 1", "date": "2024-08-16", "team1": "Manchester United FC", "team2": "Fulham FC",
     "score": {"ft": [1, 0]}},
]}).encode()  # fmt: skip


class IngestingLog:
    """A log whose entries are in the tables as soon as they are appended, as ingest-batch puts them there."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse
        self.n_entries = 0

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """There is nothing to make."""

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Store each batch."""
        for entry in entries:
            event = cloudevents.from_record(entry.headers, entry.value)
            batch = BatchScraped.from_event(event)
            from shared.adapters.arrow import record_batches

            table = record_batches.decode(batch.records, batch.arrow)
            self._warehouse.insert(batch.records, table, token=event.id)
            self.n_entries += 1


@dataclass
class World:
    """The function over real stores and a site."""

    site: ArchiveSite
    deps: Deps
    warehouse: ClickHouse
    clock: HandClock
    log: IngestingLog

    def run(self, **budget: float) -> service.Run:
        return service.collect(self.deps, **budget)

    def pass_time(self, **span: float) -> None:
        self.clock.move(**span)

    def files(self) -> dict[str, dict[str, Any]]:
        """By the end of the address."""
        rows = self.deps.files.list_files("", ("", ""), 100)
        return {row["address"].removeprefix(self.site.url + "/"): row for row in rows}

    def matches(self, source: str = "footballdata") -> list[tuple[str, str, str]]:
        """Both names and the status of each stored match."""
        rows = self.warehouse.query(
            "SELECT home_name, away_name, status_type FROM listed_matches WHERE source = {s:String} "
            "ORDER BY starts_at, home_name",
            {"s": source},
        )
        return [tuple(row.values()) for row in rows]  # type: ignore[misc]


@pytest.fixture
def site() -> Iterator[ArchiveSite]:
    with ArchiveSite(files={PATH: SEASON.encode(), "fixtures.csv": FIXTURES.encode()}) as running:
        yield running


def build(site: ArchiveSite, database_url: str, clickhouse_url: str, folder: Path, **settings: str) -> World:
    """The function with one season of one league of football-data.co.uk, unless the settings say otherwise."""
    environment = {
        "DATABASE_URL": database_url, "CLICKHOUSE_URL": clickhouse_url, "EVENT_LOG_URL": "redis://127.0.0.1:1/0",
        "OBJECT_STORE_URL": folder.as_uri(), "TOKEN_KEYS": f"k1:{'one' * 12}", "LEAGUES": "england",
        "ARCHIVES": "footballdata", "ARCHIVE_SEASONS": "1", "ARCHIVE_REQUESTS_PER_SECOND": "0",
        **{f"ARCHIVE_{name}_URL": site.url for name in ("FOOTBALLDATA", "OPENFOOTBALL", "DATAHUB")}, **settings,
    }  # fmt: skip
    clock, warehouse = HandClock(NOW), ClickHouse(clickhouse_url)
    log = IngestingLog(warehouse)
    deps = wiring.build(load_settings(wiring.Settings, environment, need=wiring.NEED))
    stored = ClickHouseMatches(warehouse)
    delivery = lambda: AsEvents(log, clock, stored)  # noqa: E731
    return World(site, replace(deps, clock=clock, delivery=delivery), warehouse, clock, log)


@pytest.fixture
def world(site: ArchiveSite, emptied_database_url: str, clickhouse_url: str, tmp_path: Path) -> World:
    return build(site, emptied_database_url, clickhouse_url, tmp_path)


def test_a_season_and_its_fixtures_are_stored_with_their_source(world: World) -> None:
    run = world.run()
    assert (run.n_read, run.n_new, run.faults) == (2, 2, {})
    assert world.matches() == [
        ("Manchester United", "Fulham", "finished"),
        ("Ipswich Town", "Liverpool", "finished"),
        ("Liverpool", "Southampton FC", "finished"),
        ("Manchester City", "Brighton & Hove Albion", "notstarted"),
        ("Arsenal", "Chelsea", "notstarted"),
    ]
    prices = world.warehouse.query("SELECT count() AS n, uniq(match_id) AS m FROM current_odds")
    assert prices == [{"n": 15, "m": 5}]
    assert {asked.user_agent for asked in world.site.requests} == {"Touchline (football analytics; reads public files)"}
    files = world.files()
    assert {path: (row["state"], row["n_matches"]) for path, row in files.items()} == {
        PATH: ("fresh", 3), "fixtures.csv": ("fresh", 2),
    }  # fmt: skip


def test_a_second_run_asks_nothing_until_it_is_due_and_then_conditionally(world: World) -> None:
    world.run()
    n_entries = world.log.n_entries
    assert world.run().n_read == 0
    world.pass_time(hours=6, minutes=1)
    run = world.run()
    assert (run.n_read, run.n_new) == (2, 0)
    assert sorted(world.site.paths(304)) == ["fixtures.csv", PATH]
    assert world.log.n_entries == n_entries


def test_results_replace_fixtures_and_fixtures_outlive_results(world: World) -> None:
    """A file of results says nothing of matches to come; a fixture that was played is the same match."""
    world.run()
    world.site.files[PATH] = (SEASON + "E0,15/03/2025,15:00,Man City,Brighton,2,2,D,1.6,4.3,5\n").encode()
    world.pass_time(days=4)
    world.run()
    assert world.matches()[-2:] == [
        ("Manchester City", "Brighton & Hove Albion", "finished"),
        ("Arsenal", "Chelsea", "notstarted"),
    ]
    assert len(world.matches()) == 5


def test_a_match_that_an_edition_has_no_more_is_withdrawn_and_told(world: World) -> None:
    world.run()
    world.site.files[PATH] = SEASON.replace("E0,17/08/2024,12:30,Ipswich,Liverpool,0,2,A,8.5,5.5,1.33\n", "").encode()
    world.pass_time(hours=7)
    world.run()
    assert ("Ipswich Town", "Liverpool", "finished") not in world.matches()
    assert [finding["reason"] for finding in world.files()[PATH]["findings"]] == ["gone"]


def test_oddities_are_kept_with_their_rows(world: World) -> None:
    world.site.files[PATH] = (SEASON + "E0,09/03/2025,15:00,Everton,Nobody Athletic,#,0,,2,3,4\n").encode()
    world.run()
    row = world.files()[PATH]
    reasons = {finding["reason"]: finding for finding in row["findings"]}
    assert row["n_findings"] == len(row["findings"])
    assert {"stray_token", "no_result", "unknown_team"} <= reasons.keys()
    assert (reasons["stray_token"]["rows"], reasons["stray_token"]["done"]) == ([5], "emptied")


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ("half", "failing", "does not answer"),
        ("503", "failing", "does not answer"),
        ("500", "failing", "in trouble"),
        ("page", "refused", "answers with a page"),
        ("404", "missing", "answers 404"),
    ],
)
def test_a_file_that_fails_is_tried_again_and_keeps_no_other_up(
    world: World, fault: str, state: str, words: str
) -> None:
    world.site.faults[PATH] = [fault]
    run = world.run()
    row = world.files()[PATH]
    assert (row["state"], words in row["fault"]) == (state, True)
    assert (world.files()["fixtures.csv"]["state"], run.n_new) == ("fresh", 1)
    world.run()
    assert world.site.requests[-1].path != PATH or len(world.site.requests) == 2
    world.pass_time(days=1, minutes=1)
    world.run()
    assert (world.files()[PATH]["state"], world.files()[PATH]["n_failures"]) == ("fresh", 0)
    assert len(world.matches()) == 5


def test_growing_waits_after_failures(world: World) -> None:
    world.site.faults[PATH] = ["503", "503", "503"]
    waits = []
    for _ in range(3):
        world.run()
        row = world.files()[PATH]
        waits.append((row["due_at"] - world.clock.now()).total_seconds() / 60)
        world.clock.move((row["due_at"] - world.clock.now()).total_seconds())
    assert waits == [15, 30, 60]
    world.run()
    assert world.files()[PATH]["state"] == "fresh"


def test_a_file_that_moved_is_followed(world: World) -> None:
    world.site.files["new/place.csv"] = world.site.files[PATH]
    world.site.faults[PATH] = ["moved:new/place.csv"]
    world.run()
    assert world.files()[PATH]["state"] == "fresh"
    assert world.site.paths(301) == [PATH]


def test_garbage_is_refused_and_no_row_is_stored(world: World) -> None:
    world.site.files[PATH] = b"\x00\x01\x02 no table at all"
    world.run()
    row = world.files()[PATH]
    assert (row["state"], row["n_failures"]) == ("refused", 1)
    assert [status for *_, status in world.matches()] == ["notstarted"] * 2


def test_a_first_429_is_a_pause_and_a_second_blocks_until_a_person_decides(world: World) -> None:
    world.site.faults["*"] = ["429", "429"]
    run = world.run()
    assert "pause" in run.faults["footballdata"]
    assert len(world.site.requests) == 1
    guard = world.deps.guard("footballdata")
    opened = guard.read()
    assert (opened.health, opened.limited) == ("degraded", True)
    assert "open until" in world.run().faults["footballdata"]
    assert len(world.site.requests) == 1
    _end_the_pause(world)
    world.run()
    assert world.deps.guard("footballdata").read().health == "blocked"
    assert "429 again" in world.run().faults["footballdata"]
    assert len(world.site.requests) == 2
    service.resume("footballdata", OPERATOR, "asked their operator", world.deps)
    assert world.run().n_new == 2


def _end_the_pause(world: World) -> None:
    """The pause that a 429 asked for is over: the guard goes by the database's clock."""
    from functions.collect_archives.store import PostgresArchiveFiles

    assert isinstance(world.deps.files, PostgresArchiveFiles)
    with world.deps.files._database.connection() as connection:
        connection.execute("UPDATE source_state SET opened_until = now() - interval '1 second'")


def test_a_refusal_blocks_at_once(world: World) -> None:
    world.site.faults["*"] = ["403"]
    assert "refuses us with 403" in world.run().faults["footballdata"]
    assert world.deps.guard("footballdata").read().blocked_reason == "the source answers 403"
    world.run()
    assert len(world.site.requests) == 1


def test_several_archives_and_leagues(
    site: ArchiveSite, emptied_database_url: str, clickhouse_url: str, tmp_path: Path
) -> None:
    site.files["2024-25/en.1.json"] = OPEN
    world = build(site, emptied_database_url, clickhouse_url, tmp_path, ARCHIVES="openfootball,footballdata,datahub")
    run = world.run()
    assert world.matches("openfootball") == [("Manchester United", "Fulham", "finished")]
    assert world.files()["premier-league/season-2425.csv"]["state"] == "missing"
    assert run.n_new == 3
    rows = {row["source"]: row for row in service.status(world.deps)["items"]}
    assert {name: (row["n_files"], row["n_fresh"], row["n_missing"]) for name, row in rows.items()} == {
        "footballdata": (2, 2, 0), "openfootball": (1, 1, 0), "datahub": (1, 0, 1),
    }  # fmt: skip
    assert rows["datahub"]["licence"] == "ODC-PDDL-1.0"
    with pytest.raises(NotFound):
        service.resume("understat", OPERATOR, "", world.deps)


def test_addresses_that_the_settings_name_no_more_are_forgotten(
    world: World, site: ArchiveSite, emptied_database_url: str, clickhouse_url: str, tmp_path: Path
) -> None:
    world.run()
    other = build(site, emptied_database_url, clickhouse_url, tmp_path, LEAGUES="spain")
    other.run()
    assert sorted(other.files()) == ["fixtures.csv", "mmz4281/2425/SP1.csv"]


def test_without_archives_nothing_is_asked(
    site: ArchiveSite, emptied_database_url: str, clickhouse_url: str, tmp_path: Path
) -> None:
    world = build(site, emptied_database_url, clickhouse_url, tmp_path, ARCHIVES="")
    assert world.run().n_read == 0
    assert not site.requests
    assert [row["enabled"] for row in service.status(world.deps)["items"]] == [False] * 3


def test_a_source_is_read_by_one_process_at_a_time(world: World) -> None:
    world.deps.files.sync(list(open_data.list_files(world.deps.bases, world.deps.leagues, now=NOW, n_seasons=1)))
    now = world.clock.now()
    assert world.deps.files.claim("footballdata", owner="other", now=now, lease_s=300) is not None
    assert world.run().n_read == 0
    world.pass_time(seconds=301)
    assert world.run().n_read == 2


def test_ticks_that_are_none_are_refused(world: World) -> None:
    tick = Event(id="1", source="/x", type="t", time=NOW, data=b'{"task": "other"}')
    with pytest.raises(InvalidInput):
        service.tick(tick, world.deps)
    service.tick(replace(tick, data=b'{"task": "collect"}'), world.deps)
    assert len(world.matches()) == 5


def real_file(path: str) -> bytes | None:
    """A file of football-data.co.uk from the reference folder, by the path that the site has for it."""
    parts = path.split("/")
    if len(parts) != 3:
        return None
    name = parts[2].removesuffix(".csv")
    file = reference("football/odds") / name / f"{name}_{parts[1]}.csv.gz"
    return gzip.decompress(file.read_bytes()) if file.exists() else None


def test_real_files_of_ten_seasons(emptied_database_url: str, clickhouse_url: str, tmp_path: Path) -> None:
    reference("football/odds")
    with ExitStack() as ends:
        site = ends.enter_context(ArchiveSite(load=real_file))
        world = build(
            site, emptied_database_url, clickhouse_url, tmp_path, ARCHIVE_SEASONS="3", LEAGUES="england,turkey"
        )
        while world.run(budget_s=60).n_read:
            pass
        files: Mapping[str, Any] = world.files()
        assert {path: row["n_matches"] for path, row in files.items() if row["state"] == "fresh"} == {
            "mmz4281/2425/E0.csv": 380, "mmz4281/2324/E0.csv": 380, "mmz4281/2223/E0.csv": 380,
            "mmz4281/2425/T1.csv": 342, "mmz4281/2324/T1.csv": 380, "mmz4281/2223/T1.csv": 342,
        }  # fmt: skip
