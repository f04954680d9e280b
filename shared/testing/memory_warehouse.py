"""A warehouse in memory that keeps what the tables of ClickHouse keep: newest version by key, tokens once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.adapters.arrow import record_batches
from shared.domain.football.records import KINDS, Record
from shared.errors import Unavailable

PARTS_OF_A_MATCH = ("team_statistics", "appearances", "incidents", "shots", "odds")
"""Kinds of which a match has many, replaced as a whole."""


class MemoryWarehouse:
    """The warehouse of ingest-batch in memory; `silent` makes it unavailable."""

    def __init__(self) -> None:
        self.silent = False
        self.inserted: list[tuple[str, str]] = []
        """Table and token of each insert that stored something."""
        self._rows: dict[str, dict[tuple[Any, ...], Record]] = {kind: {} for kind in KINDS}

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None:
        """Store the rows of an Arrow stream; the same token again stores nothing."""
        if self.silent:
            raise Unavailable("ClickHouse does not answer")
        if (table, token) in self.inserted:
            return
        decoded = record_batches.decode(table, encoded)
        assert decoded.column_names == list(columns)
        self.inserted.append((table, token))
        for record in record_batches.to_records(table, decoded):
            key = tuple(getattr(record, name) for name in record.KEY)
            stored = self._rows[table].get(key)
            if stored is None or stored.version <= record.version:
                self._rows[table][key] = record

    def current(self, table: str) -> list[Record]:
        """Return the rows of the view ``current_<table>``, by key."""
        rows = [self._rows[table][key] for key in sorted(self._rows[table])]
        if table not in PARTS_OF_A_MATCH:
            return rows
        newest: dict[int, int] = {}
        for row in rows:
            match_id = row.match_id  # type: ignore[attr-defined]
            newest[match_id] = max(newest.get(match_id, 0), row.version)
        return [row for row in rows if row.version == newest[row.match_id]]  # type: ignore[attr-defined]
