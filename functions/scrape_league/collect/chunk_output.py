"""What a chunk of units produced: records to publish, and the result to commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.scrape_league.jobs.units import ChunkResult
from shared.domain.football.records import Record


@dataclass(slots=True)
class ChunkOutput:
    """Records to append, by season, and how the units ended."""

    result: ChunkResult = field(default_factory=ChunkResult)
    records: dict[tuple[int, str], list[Record]] = field(default_factory=dict)

    def add(self, season_id: int, records: Iterable[Record]) -> int:
        """Keep records of any kind; how many there were."""
        n = 0
        for n, record in enumerate(records, start=1):  # noqa: B007 - the count is wanted
            self.records.setdefault((season_id, record.TABLE), []).append(record)
        return n
