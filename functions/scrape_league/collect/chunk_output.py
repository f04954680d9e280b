"""The output of a chunk: records to publish, and the result to commit afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.scrape_league.jobs.units import ChunkResult
from shared.domain.football.records import Record


@dataclass(slots=True)
class ChunkOutput:
    """Records by season and kind, and the result of the chunk."""

    result: ChunkResult = field(default_factory=ChunkResult)
    records: dict[tuple[int, str], list[Record]] = field(default_factory=dict)

    def add(self, season_id: int, records: Iterable[Record]) -> int:
        """Add records of any kind; return how many."""
        n = 0
        for record in records:
            self.records.setdefault((season_id, record.TABLE), []).append(record)
            n += 1
        return n
