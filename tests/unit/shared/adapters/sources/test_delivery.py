"""Both ways into the tables bring the same rows, once, and tell of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.ingest_batch.service import Deps, ingest
from shared.adapters import sources as all_sources
from shared.adapters.arrow import record_batches
from shared.adapters.memory.event_log import MemoryLog
from shared.adapters.sources import documents, loading
from shared.adapters.sources.delivery import AsEvents, InBulk, Nowhere
from shared.domain.football.records import KINDS
from shared.errors import InvalidInput, NotFound, Unavailable
from shared.events.cloudevents import from_record
from shared.events.football import BatchScraped, LeagueUpdated
from shared.testing.clock import HandClock
from shared.testing.memory_matches import MemoryMatches
from shared.testing.memory_sink import MemorySink
from shared.testing.memory_warehouse import MemoryWarehouse

CSV = """Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,HS,AS,B365H,B365D,B365A
E0,17/08/2024,Arsenal,Wolves,2,0,18,9,1.18,7.5,15
E0,17/08/2024,Everton,Brighton,0,3,9,10,3.2,3.4,2.3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two seasons and something else."""
    (tmp_path / "E0_2425.csv").write_text(CSV)
    (tmp_path / "E0_2324.csv").write_text(CSV.replace("2024", "2023"))
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    return tmp_path


def load(folder: Path, delivery: AsEvents | InBulk | Nowhere) -> loading.Loaded:
    return loading.load(all_sources.source("footballdata"), documents.local(folder), delivery)


class AsEventsBench:
    """The log, and ingest-batch reading it."""

    def __init__(self) -> None:
        self.log, self.warehouse, self.sink, self.clock = MemoryLog(), MemoryWarehouse(), MemorySink(), HandClock()
        self.stored = MemoryMatches()
        self.delivery = AsEvents(self.log, self.clock, self.stored)

    def ingest(self) -> None:
        """Everything on the log, from its beginning."""
        deps = Deps(decode=record_batches.decode, warehouse=self.warehouse, sink=self.sink, clock=self.clock)
        for entry in self.log.replay(BatchScraped.TOPIC):
            ingest(from_record(entry.headers, entry.value), deps)


class InBulkBench:
    """The insert alone."""

    def __init__(self, bulk_rows: int = 5) -> None:
        self.warehouse, self.told = MemoryWarehouse(), list[LeagueUpdated]()
        self.delivery = InBulk(self.warehouse, self.told.append, HandClock(), MemoryMatches(), bulk_rows=bulk_rows)


def test_both_ways_store_the_same_rows(folder: Path) -> None:
    events, bulk = AsEventsBench(), InBulkBench()
    loaded = load(folder, events.delivery)
    events.ingest()
    assert load(folder, bulk.delivery).n_rows == loaded.n_rows
    for kind in KINDS:
        assert events.warehouse.current(kind) == bulk.warehouse.current(kind)
    assert dict(loaded.n_rows) == {
        "leagues": 2, "seasons": 2, "teams": 8, "matches": 4, "team_statistics": 4, "odds": 12,
    }  # fmt: skip
    assert (loaded.n_documents, loaded.n_seasons) == (3, 2)
    assert list(loaded.refused) == [str(folder / "notes.csv")]


def test_the_same_edition_twice_changes_nothing(folder: Path) -> None:
    bench = AsEventsBench()
    for _ in range(2):
        load(folder, AsEvents(bench.log, bench.clock, bench.stored))
        bench.clock.move(60)
    bench.ingest()
    tokens = [token for _, token in bench.warehouse.inserted]
    assert len(tokens) == len(set(tokens)) == 12
    assert len(bench.warehouse.current("odds")) == 12


def test_in_bulk_a_league_is_told_of_once_by_its_newest_season(folder: Path) -> None:
    bench = InBulkBench(bulk_rows=1000)
    load(folder, bench.delivery)
    (news,) = bench.told
    (_, newest) = sorted(bench.warehouse.current("seasons"), key=lambda season: season.starts_in)  # type: ignore[attr-defined]
    assert (news.league_id, news.season_id, news.records) == (17, newest.season_id, "matches")  # type: ignore[attr-defined]
    assert len(bench.warehouse.inserted) == 6, "one insert of a kind"


def test_an_edition_counts_as_loaded_only_when_all_is_durable(folder: Path) -> None:
    bench = InBulkBench()
    bench.warehouse.silent = True
    marked: list[str] = []
    result = [
        type(document)(
            name=document.name, version=document.version, content=document.content, on_loaded=lambda: marked.append("x")
        )
        for document in documents.local(folder / "E0_2425.csv")
    ]
    source = all_sources.source("footballdata")
    with pytest.raises(Unavailable):
        loading.load(source, result, bench.delivery)
    assert not marked
    loading.load(source, result, InBulkBench().delivery)
    assert marked == ["x"]


def test_nothing_is_stored_by_a_rehearsal(folder: Path) -> None:
    assert load(folder, Nowhere()).n_rows["odds"] == 12


def test_places_that_hold_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        list(documents.local(tmp_path / "nowhere"))
    with pytest.raises(NotFound):
        list(documents.local(tmp_path))
    with pytest.raises(NotFound):
        all_sources.source("nobody")
    with pytest.raises(InvalidInput):
        documents.at("https://example.org/E0.csv")
