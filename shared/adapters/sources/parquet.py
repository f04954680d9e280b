"""Parquet files as sheets, so that readers need not know what an archive was stored as."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MAGIC = b"PAR1"

ROW = "row in the file"
"""Column that `parts` adds: counted from 1."""


def opened(content: bytes, document: str) -> pq.ParquetFile:
    """The file; `InvalidInput` when it is none, or damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as exc:
        raise InvalidInput(f"{document}: no readable Parquet file: {exc}") from exc


def parts(
    file: pq.ParquetFile, by: list[str], *, columns: list[str] | None = None
) -> Iterator[tuple[tuple[object, ...], pa.Table]]:
    """The rows of each combination of some columns, with their `ROW`; a row group is in memory at a time.

    A combination that goes on in the next row group waits for it. Of the `columns` those in `by` must be some.

    Raises
    ------
    InvalidInput : rows of one combination lie apart by more than a row group: half of a season is not a season.
    """
    import pyarrow as pa

    waiting: dict[tuple[object, ...], list[pa.Table]] = {}
    ended: set[tuple[object, ...]] = set()
    first = 1
    for number in range(file.num_row_groups):
        group = file.read_row_group(number, columns)
        groups = _split(group.append_column(ROW, pa.array(range(first, first + group.num_rows))), by)
        first += group.num_rows
        if apart := ended & groups.keys():
            raise InvalidInput(f"the file is not sorted by {', '.join(by)}: {min(map(str, apart))} comes twice")
        for key in [key for key in waiting if key not in groups]:
            ended.add(key)
            yield key, pa.concat_tables(waiting.pop(key))
        for key, rows in groups.items():
            waiting.setdefault(key, []).append(rows)
    for key, tables in waiting.items():
        yield key, pa.concat_tables(tables)


def is_number(value: object) -> bool:
    """Whether a cell holds a number that is neither missing nor infinite nor NaN."""
    return isinstance(value, int | float) and math.isfinite(value)


def _split(table: pa.Table, by: list[str]) -> dict[tuple[object, ...], pa.Table]:
    import numpy as np
    import pyarrow as pa

    numbered = table.select(by).append_column("at", pa.array(np.arange(table.num_rows)))
    grouped = numbered.group_by(by, use_threads=False).aggregate([("at", "list")])
    keys = zip(*(grouped[name].to_pylist() for name in by), strict=True)
    return {key: table.take(rows.values) for key, rows in zip(keys, grouped["at_list"], strict=True)}
