"""Check the rows of a batch before they reach a table, whole columns at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from shared.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.events.football import BatchScraped

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2299, 12, 31)
"""The range of ClickHouse's Date32 and DateTime64; it silently stores another day for a date outside."""


def check(batch: BatchScraped, table: pa.Table) -> None:
    """Compare the rows with what the event says of them, and check every value.

    Raises
    ------
    InvalidInput : the number of rows differs, rows belong to another league or season, or a value is impossible; the
        error names every fault by column.
    """
    faults: dict[str, str] = {}
    if table.num_rows != batch.n_rows:
        faults["rows"] = f"the batch has {table.num_rows} rows, the event says {batch.n_rows}"
    for name, expected in (("league_id", batch.league_id), ("season_id", batch.season_id)):
        if name in table.column_names and (n_others := _count_others(table[name], expected)):
            faults[name] = f"{n_others} rows are not of {expected}"
    for field, column in zip(table.schema, table.columns, strict=True):
        if field.name not in faults and (fault := _find_fault(field, column)):
            faults[field.name] = fault
    if faults:
        detail = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise InvalidInput(f"batch of {batch.records}: {detail}", errors=faults)


def _count_others(column: Any, expected: int) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.not_equal(column, expected)).as_py() or 0)


def _find_fault(field: Any, column: Any) -> str:
    """Describe what is wrong with the values of a column; empty if nothing is."""
    import pyarrow as pa

    if field.name == "version" or (field.name.endswith("_id") and pa.types.is_integer(field.type)):
        return _find_not_positive(column)
    if pa.types.is_temporal(field.type):
        return _find_date_out_of_range(field, column)
    if pa.types.is_map(field.type):
        return _find_not_finite([chunk.items for chunk in column.chunks])
    if pa.types.is_floating(field.type):
        return _find_not_finite(column.chunks)
    return ""


def _find_not_positive(column: Any) -> str:
    import pyarrow.compute as pc

    lowest = pc.min(column).as_py()
    return "" if lowest is None or lowest > 0 else f"{lowest} is not positive"


def _find_date_out_of_range(field: Any, column: Any) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    first, last = _FIRST_DAY, _LAST_DAY
    if pa.types.is_timestamp(field.type):
        first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, last))
    # Compared inside Arrow: a timestamp can lie in the year 292 million, which Python's datetime cannot hold.
    in_range = pc.and_(
        pc.greater_equal(column, pa.scalar(first, field.type)), pc.less_equal(column, pa.scalar(last, field.type))
    )
    return "" if pc.all(in_range).as_py() is not False else "a date before 1900 or after 2299"


def _find_not_finite(chunks: list[Any]) -> str:
    import pyarrow.compute as pc

    is_finite = all(pc.all(pc.is_finite(chunk)).as_py() is not False for chunk in chunks)
    return "" if is_finite else "a number that is not finite"
