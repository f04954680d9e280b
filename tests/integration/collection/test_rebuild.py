"""Raw responses on real engines: tables rebuilt without a request, and quarantine entries released from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.ingest_batch import service as ingest_batch
from functions.scrape_league import rebuild
from functions.scrape_league.collect.publish import TopicCreatingLog, encode_records
from functions.scrape_league.quarantine import service as quarantine
from functions.scrape_league.quarantine.model import QuarantineEntry
from functions.scrape_league.quarantine.store import PostgresQuarantine
from functions.scrape_league.raw import expiry
from functions.scrape_league.raw.expiry_store import PostgresExpiryStore
from functions.scrape_league.raw.index import PostgresIndex
from functions.scrape_league.raw.model import RebuildScope
from functions.scrape_league.rebuild import RebuildReport
from functions.scrape_league.source.endpoints import SLICE_PATHS, Slice
from shared.adapters.arrow import record_batches
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.memory.event_log import MemoryLog
from shared.adapters.postgres.database import Postgres
from shared.domain import sofascore
from shared.domain.accounts.audit import Actor
from shared.domain.football.records import KINDS
from shared.domain.sofascore import json_reader
from shared.errors import Conflict, Unavailable
from shared.events.cloudevents import from_record
from shared.events.football import BatchScraped
from shared.ports.collection import PageRequest, PageResponse
from shared.testing.clock import HandClock
from shared.testing.memory_sink import MemorySink
from tests.support.collection.collector import InProcessWorker
from tests.support.collection.doubles import NOW, RUSSIA, MemorySite
from tests.support.engines.olap import Olap, migrated
from tests.support.engines.postgres import run

ROUNDS = '{"currentRound": {"round": 2}, "rounds": [{"round": 1}, {"round": 2}]}'
COLLECTED = (
    "appearances",
    "incidents",
    "match_details",
    "managers",
    "matches",
    "shots",
    "standings",
    "team_statistics",
)
OPERATOR = Actor(kind="operator", id="01990000-0000-7000-8000-00000000000a")


class Tables:
    """The tables of one ClickHouse database, and the ingest of batches into them."""

    def __init__(self, url: str) -> None:
        self.clickhouse = ClickHouse(url)
        self._deps = ingest_batch.Deps(
            decode=record_batches.decode, warehouse=self.clickhouse, sink=MemorySink(), clock=HandClock(NOW)
        )

    def ingest(self, log: MemoryLog) -> None:
        """Ingest every batch of a log."""
        for entry in log.replay(BatchScraped.TOPIC):
            ingest_batch.ingest(from_record(entry.headers, entry.value), self._deps)

    def rows(self) -> dict[str, list[str]]:
        """Return the current rows by kind, without the time at which they were stored."""
        return {
            kind: sorted(map(repr, self.clickhouse.query(f"SELECT * EXCEPT (fetched_at) FROM current_{kind}")))
            for kind in KINDS
        }


class World:
    """A collector of two rounds, and what can be done with their raw responses."""

    def __init__(self, database: Postgres, olap: Olap) -> None:
        self.database, self.olap = database, olap
        self.site = MemorySite()
        self.worker = InProcessWorker(database, site=self.site)
        self.season_id = self._season_id()
        base = f"/api/v1/unique-tournament/{RUSSIA}/season/{self.season_id}"
        self.site.instead[f"{base}/rounds"] = PageResponse(status=200, text=ROUNDS)
        (page,) = self.site.fetch_many([PageRequest(path=f"{base}/events/round/1")])
        self.match_ids = [event["id"] for event in json.loads(page.text)["events"]]

    def create_tables(self) -> Tables:
        """Return empty tables."""
        return Tables(migrated(self.olap))

    def rebuild(self, run: str, scope: RebuildScope | None = None) -> tuple[MemoryLog, RebuildReport]:
        """Rebuild without a request to the source; return what was published, and the report."""
        self.site.requests.clear()
        log, index = MemoryLog(), PostgresIndex(self.database)
        deps = rebuild.Deps(
            groups=index,
            expiry=PostgresExpiryStore(self.database),
            quarantine=PostgresQuarantine(self.database),
            archive=self.worker.deps.archive,
            log=TopicCreatingLog(log),
            encode=encode_records,
            clock=HandClock(NOW),
        )
        log.ensure_topic(BatchScraped.TOPIC, partitions=1)
        report = rebuild.rebuild(scope or RebuildScope(), run, deps, progress=lambda group, report: None)
        assert not self.site.requests
        return log, report

    def release(self, entry_id: int) -> dict[str, Any]:
        """Release an entry, and let a worker store it."""
        store = PostgresQuarantine(self.database)
        released = quarantine.release(entry_id, OPERATOR, "looked it up", store, HandClock(NOW), lambda *_: None)
        assert self.worker.finish(released["job"]).state == "done"
        return released

    def list_held(self) -> list[QuarantineEntry]:
        """Return the entries that are held now."""
        return PostgresQuarantine(self.database).list_entries(state="held", league_id=RUSSIA, after=0, limit=9)

    def path(self, part: Slice, match: int = 0) -> str:
        """Return the path of a slice of a match."""
        return SLICE_PATHS[part].format(id=self.match_ids[match])

    def falsify_incidents(self, path: str) -> None:
        """Let the incidents of a match end too early."""
        shown = json.loads(self.site.fetch_many([PageRequest(path=path)])[0].text)
        for incident in shown["incidents"]:
            if incident.get("text") == "FT":
                incident["time"] = 85
        self.site.instead[path] = PageResponse(status=200, text=json.dumps(shown))

    def _season_id(self) -> int:
        (page,) = self.site.fetch_many([PageRequest(path=f"/api/v1/unique-tournament/{RUSSIA}/seasons")])
        return int(json.loads(page.text)["seasons"][1]["id"])


@pytest.fixture
def world(emptied_database_url: str, olap: Olap) -> Iterator[World]:
    database = Postgres(emptied_database_url)
    yield World(database, olap)
    database.close()


def test_dropped_tables_are_rebuilt_without_a_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # One slice arrives only at the second attempt, and one is quarantined: a rebuild goes through the same.
    world.site.instead[world.path(Slice.LINEUPS)] = _fails_once(world.site, world.path(Slice.LINEUPS))
    world.falsify_incidents(world.path(Slice.INCIDENTS, 1))
    assert world.worker.collect().state == "done"
    first = world.create_tables()
    first.ingest(world.worker.memory)
    collected = first.rows()
    assert all(collected[kind] for kind in COLLECTED)

    rebuilt = world.create_tables()
    log, report = world.rebuild("one")
    rebuilt.ingest(log)
    assert rebuilt.rows() == collected
    assert len(report.quarantined) == 1
    assert "period_marks_on_the_minute" in report.quarantined[0]

    # Ingested into tables that hold everything already, it makes no duplicates; a repeated run makes the same batches.
    first.ingest(log)
    assert first.rows() == collected
    assert _ids(world.rebuild("one")[0]) == _ids(log) != _ids(world.rebuild("two")[0])

    # The rows of a changed parser replace all rows of the parser before.
    real = sofascore.parse_incidents
    monkeypatch.setattr(sofascore, "parse_incidents", lambda *args, **named: real(*args, **named)[:-1])
    monkeypatch.setattr(json_reader, "REVISION", json_reader.REVISION + 1)
    for name in ("goals_equal_score", "period_marks_on_the_minute"):
        monkeypatch.setattr(f"shared.domain.sofascore.invariants.{name}", lambda *_: ())
    rebuilt.ingest(world.rebuild("three", RebuildScope(league_id=RUSSIA, season_id=world.season_id))[0])
    n_before, n_now = len(collected["incidents"]), len(rebuilt.rows()["incidents"])
    n_waived = len(_incidents(rebuilt, world.match_ids[1]))
    assert n_now == n_before - (len(world.match_ids) * 2 - 1) + n_waived
    assert len(rebuilt.rows()["matches"]) == len(collected["matches"])


def test_a_rebuild_can_be_limited_to_a_league_a_season_or_a_time(world: World) -> None:
    world.worker.collect()
    assert world.rebuild("one", RebuildScope(league_id=17))[1].n_responses == 0
    other = world.rebuild("two", RebuildScope(league_id=RUSSIA, season_id=world.season_id + 1))[1]
    assert (other.n_responses, other.n_rows) == (1, 0)
    # A later response is checked against earlier ones: this page differs from the page of the same version.
    run(world.database, "UPDATE raw_answers SET fetched_at = fetched_at - interval '1 day'")
    page = world.path(Slice.DETAIL)
    shown = json.loads(world.site.fetch_many([PageRequest(path=page)])[0].text)
    shown["event"]["homeRedCards"] = 5
    world.worker.deps.archive.store(
        [PageRequest(path=page)],
        [PageResponse(status=200, text=json.dumps(shown))],
        league_id=RUSSIA,
        season_id=world.season_id,
        fetch_id="later",
    )
    later = world.rebuild("three", RebuildScope(since=NOW))[1]
    assert (later.n_responses, later.n_rows) == (1, 0)
    assert "same_version_is_identical" in later.quarantined[0]
    assert rebuild.season_id(RUSSIA, "previous", world.worker.deps.archive) == world.season_id
    assert rebuild.season_id(RUSSIA, "1950/51", world.worker.deps.archive) is None
    assert rebuild.season_id(17, "current", world.worker.deps.archive) is None


def test_a_quarantine_entry_is_released_by_an_operator_or_resolved_by_a_better_response(world: World) -> None:
    incidents, page = world.path(Slice.INCIDENTS), world.path(Slice.DETAIL, 1)
    world.falsify_incidents(incidents)
    shown = json.loads(world.site.fetch_many([PageRequest(path=page)])[0].text)
    shown["event"]["homeScore"]["display"] += 1
    world.site.instead[page] = PageResponse(status=200, text=json.dumps(shown))
    world.worker.collect()
    part, whole = sorted(world.list_held(), key=lambda entry: entry.part != "incidents")
    assert (part.ref, part.part, part.violations[0]["rule"]) == (
        str(world.match_ids[0]),
        "incidents",
        "period_marks_on_the_minute",
    )
    assert (whole.ref, whole.part) == (str(world.match_ids[1]), "detail")
    archive = world.worker.deps.archive
    evidence = {path: response.text for path, response in archive.load_by_path(part.evidence).items()}
    assert evidence[incidents] == world.site.fetch_many([PageRequest(path=incidents)])[0].text

    tables = world.create_tables()
    tables.ingest(world.worker.memory)
    assert _incidents(tables, world.match_ids[0]) == []
    world.site.requests.clear()
    released = world.release(part.id)
    assert (released["state"], released["decided_by"], released["note"]) == ("released", OPERATOR.id, "looked it up")
    assert not world.site.requests
    tables.ingest(world.worker.memory)
    assert _incidents(tables, world.match_ids[0])
    with pytest.raises(Conflict):
        world.release(part.id)
    # The waiver holds for this version of the match: neither reading it again nor a rebuild quarantines it.
    assert _outcome(world, world.match_ids[0], "incidents") == "present"
    world.worker.collect(refresh=True)
    assert [entry.id for entry in world.list_held()] == [whole.id]
    assert [fault for fault in world.rebuild("one")[1].quarantined if str(world.match_ids[0]) in fault] == []

    del world.site.instead[page]
    world.worker.collect(refresh=True)
    assert world.list_held() == []
    assert PostgresQuarantine(world.database).get_entry(whole.id).state == "resolved"


def test_old_raw_responses_expire_except_those_that_are_still_needed(world: World) -> None:
    world.falsify_incidents(world.path(Slice.INCIDENTS))
    world.worker.collect()
    (entry,) = world.list_held()
    objects, store = world.worker.objects, PostgresExpiryStore(world.database)
    n_objects, n_responses = len(objects.kept), _count_responses(world)

    def expire(keep_days: int) -> int:
        return expiry.expire_responses(keep_days, store, objects, HandClock(NOW + timedelta(days=30)))

    assert (expire(0), expire(31), len(objects.kept)) == (0, 0, n_objects)
    # The object store is down: forgotten objects are deleted later, and nothing names them meanwhile.
    objects.gone = True
    with pytest.raises(Unavailable):
        expire(29)
    objects.gone = False
    n_left = _count_responses(world)
    assert 0 < n_left < n_responses
    assert expire(29) == n_objects - len(objects.kept) > 0

    # The evidence of the entry, and all of its match, are still there; a rebuild reports that the rest has expired.
    archive = world.worker.deps.archive
    assert len(archive.load_by_path(entry.evidence)) == len(entry.evidence)
    _, report = world.rebuild("one")
    assert report.n_responses == n_left
    assert sum(one.n_responses for one in report.expired) == n_responses - n_left
    assert {(one.league_id, one.fetched_until) for one in report.expired} == {(RUSSIA, NOW)}
    assert world.rebuild("two", RebuildScope(league_id=17))[1].expired == []

    world.release(entry.id)
    expire(29)
    assert (objects.kept, _count_responses(world)) == ({}, 0)
    assert sum(one.n_responses for one in store.list_expired(RebuildScope(season_id=world.season_id))) == n_responses


def _count_responses(world: World) -> int:
    ((n,),) = run(world.database, "SELECT count(*) FROM raw_answers")
    return int(n)


def _fails_once(site: MemorySite, path: str) -> Any:
    (response,) = site.fetch_many([PageRequest(path=path)])
    left = [PageResponse(status=500, text="oops")]
    return lambda request: left.pop() if left else response


def _ids(log: MemoryLog) -> list[bytes]:
    return sorted(dict(entry.headers)["ce_id"] for entry in log.replay(BatchScraped.TOPIC))


def _incidents(tables: Tables, match_id: int) -> list[dict[str, Any]]:
    return tables.clickhouse.query("SELECT * FROM current_incidents WHERE match_id = {id:Int64}", {"id": match_id})


def _outcome(world: World, match_id: int, part: str) -> str:
    ((outcome,),) = run(
        world.database, "SELECT outcome FROM match_slices WHERE match_id = %s AND slice = %s", match_id, part
    )
    return str(outcome)
