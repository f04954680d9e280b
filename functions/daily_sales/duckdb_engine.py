"""The embedded engine: DuckDB over the files of the lake, within a bound of memory and with scratch files beside it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from functions.daily_sales.iceberg import NAMESPACE, LakeTables
from functions.daily_sales.ports import DAILY, WHOLE, Portion
from shared import lazy
from shared.adapters.lake.storage import STAGE, WAREHOUSE, LakeStorage
from shared.adapters.named_queries import queries
from shared.domain.lake.records import LakeFile

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
else:
    duckdb = lazy.Module("duckdb", warm=False)

SQL = Path(__file__).parent / "sql"
MEMORY = "1GB"
_DATA = f"{WAREHOUSE}/{NAMESPACE}/purchases/data"


@contextmanager
def open_engine(storage: LakeStorage, tables: LakeTables, *, memory: str = MEMORY) -> Iterator[DuckDbEngine]:
    """Open an engine whose scratch files end with it."""
    with TemporaryDirectory(prefix="daily-sales-") as scratch:
        connection = duckdb.connect()
        try:
            connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
            connection.execute(f"SET memory_limit = '{memory}'; SET temp_directory = '{scratch}/spill'")
            yield DuckDbEngine(connection, storage, tables, Path(scratch))
        finally:
            connection.close()


class DuckDbEngine:
    """One run's engine; used by one thread."""

    name = "duckdb"

    def __init__(self, connection: Any, storage: LakeStorage, tables: LakeTables, scratch: Path) -> None:
        self._duck, self._storage, self._tables, self._scratch = connection, storage, tables, scratch
        self._daily: dict[str, list[pa.Table]] = {name: [] for name in DAILY}

    def rebuild(self, run_id: str, days: Sequence[date], portions: Sequence[Portion]) -> int:
        """Replace the purchases of these days by what is staged, in one commit; return how many there are."""
        n_purchases, uris = 0, list[str]()
        for _, files in portions:
            if files:
                n_purchases += self._rebuild_portion(files, uris)
        self._tables.replace_days(days, uris, run_id)
        return n_purchases

    def daily(self, days: Sequence[date]) -> Mapping[str, pa.Table | None]:
        """Return the aggregates of the days that were rebuilt; they were computed with each portion."""
        import pyarrow

        return {name: pyarrow.concat_tables(parts) if parts else None for name, parts in self._daily.items()}

    def whole(self) -> Mapping[str, pa.Table | None]:
        """Compute the aggregates of all purchases."""
        paths = [self._storage.path_of_uri(uri) for uri in self._tables.data_files("purchases")]
        if not paths:
            return dict.fromkeys(WHOLE)
        self._view("purchases", paths)
        texts = queries(SQL / "whole.sql")
        return {name: self._duck.sql(texts[name]).to_arrow_table() for name in WHOLE}

    def replace_table(self, run_id: str, dataset: str, file: LakeFile) -> None:
        """Replace products or customers by a copy of theirs."""
        rows = self._storage.dataset([self._storage.path(f"{STAGE}/{file.name}")]).to_table(
            columns=self._tables.columns(dataset)
        )
        self._tables.replace_all(dataset, rows, run_id)

    def late(self, portions: Sequence[Portion], ids: pa.Table) -> Iterator[pa.Table]:
        """Yield the last version of staged purchases, of those whose `purchase_id` is in a table."""
        self._duck.register("late", ids)
        for _, files in portions:
            if files:
                self._view_staged(files)
                yield self._duck.sql(queries(SQL / "purchases.sql")["live"]).to_arrow_table()

    def _rebuild_portion(self, files: Sequence[LakeFile], uris: list[str]) -> int:
        self._view_staged(files)
        target = self._scratch / uuid.uuid4().hex
        latest = queries(SQL / "purchases.sql")["latest"]
        self._duck.execute(
            f"COPY ({latest}) TO '{target}' "
            "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day), WRITE_PARTITION_COLUMNS true)"
        )
        written = sorted(target.rglob("*.parquet"))
        if not written:
            return 0
        # Aggregates are computed from what was just written, so that they are of the same rows as the table.
        self._view("purchases", [str(path) for path in written], local=True)
        texts = queries(SQL / "daily.sql")
        for name in DAILY:
            self._daily[name].append(self._duck.sql(texts[name]).to_arrow_table())
        (n_rows,) = self._duck.execute("SELECT count(*) FROM purchases").fetchone()
        self._duck.execute("DROP VIEW purchases")
        for path in written:
            day = path.parent.name
            name = f"{_DATA}/{day}/{uuid.uuid4()}.parquet"
            self._storage.move_in(path, name)
            uris.append(self._storage.uri(name))
        return int(n_rows)

    def _view_staged(self, files: Sequence[LakeFile]) -> None:
        self._view("staged", [self._storage.path(f"{STAGE}/{file.name}") for file in files])

    def _view(self, name: str, paths: Sequence[str], *, local: bool = False) -> None:
        """Name files as a relation; a folder's are read by DuckDB itself, a bucket's through pyarrow."""
        if self._storage.is_local or local:
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            self._duck.execute(
                f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
            )
        else:
            self._duck.execute(f"DROP VIEW IF EXISTS {name}")
            self._duck.register(name, self._storage.dataset(paths))
