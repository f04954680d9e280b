"""Parts of a Parquet file come whole, with the rows they had."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.adapters.sources import parquet
from shared.errors import InvalidInput


def written(letters: str, *, row_group_size: int) -> pq.ParquetFile:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"letter": list(letters)}), buffer, row_group_size=row_group_size)
    return parquet.opened(buffer.getvalue(), "x")


def parts(letters: str, row_group_size: int) -> dict[str, list[int]]:
    file = written(letters, row_group_size=row_group_size)
    return {str(key[0]): table[parquet.ROW].to_pylist() for key, table in parquet.parts(file, ["letter"])}


@pytest.mark.parametrize("row_group_size", [1, 2, 3, 100])
def test_a_part_may_go_on_in_the_next_row_group(row_group_size: int) -> None:
    assert parts("AABBBC", row_group_size) == {"A": [1, 2], "B": [3, 4, 5], "C": [6]}


def test_parts_may_be_mixed_within_a_row_group() -> None:
    assert parts("ABAB", 100) == {"A": [1, 3], "B": [2, 4]}


def test_a_part_that_lies_apart_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not sorted"):
        parts("ABBA", 1)


def test_what_is_no_such_file_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no readable Parquet"):
        parquet.opened(b"PAR1 and nothing else", "x")
