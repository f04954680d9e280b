"""What must hold for a batch's rows before they may reach a table; whole columns at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from shared.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.events.football import BatchScraped

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2299, 12, 31)
"""What ClickHouse's Date32 and DateTime64 can hold; beyond it they would silently store another day."""


def check(batch: BatchScraped, table: pa.Table) -> None:
    """`InvalidInput` naming every fault: other rows than stated, of another league or season, impossible values."""
    faults: dict[str, str] = {}
    if table.num_rows != batch.n_rows:
        faults["rows"] = f"{table.num_rows}, not {batch.n_rows} as the event says"
    for name, wanted in (("league_id", batch.league_id), ("season_id", batch.season_id)):
        if name in table.column_names and (n_other := _n_other(table[name], wanted)):
            faults[name] = f"{n_other} rows are not of {wanted}"
    for field, column in zip(table.schema, table.columns, strict=True):
        if field.name not in faults and (fault := _impossible(field, column)):
            faults[field.name] = fault
    if faults:
        told = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise InvalidInput(f"batch of {batch.records}: {told}", errors=faults)


def _n_other(column: Any, wanted: int) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.not_equal(column, wanted)).as_py() or 0)


def _impossible(field: Any, column: Any) -> str:
    """What is wrong with a column's values, or nothing."""
    import pyarrow as pa

    if field.name == "version" or (field.name.endswith("_id") and pa.types.is_integer(field.type)):
        lowest = _bounds(column)[0]
        return "" if lowest is None or lowest > 0 else f"{lowest} is not positive"
    if pa.types.is_temporal(field.type):
        return _beyond(field, column)
    if pa.types.is_map(field.type):
        return _not_finite([chunk.items for chunk in column.chunks])
    if pa.types.is_floating(field.type):
        return _not_finite(column.chunks)
    return ""


def _bounds(column: Any) -> tuple[Any, Any]:
    import pyarrow.compute as pc

    found = pc.min_max(column).as_py()
    return found["min"], found["max"]


def _beyond(field: Any, column: Any) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    first, last = _FIRST_DAY, _LAST_DAY
    if pa.types.is_timestamp(field.type):
        first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, last))
    # Compared inside Arrow: Python has no such thing as the year 292 million.
    within = pc.and_(
        pc.greater_equal(column, pa.scalar(first, field.type)), pc.less_equal(column, pa.scalar(last, field.type))
    )
    return "" if pc.all(within).as_py() is not False else "a date before 1900 or after 2299"


def _not_finite(chunks: list[Any]) -> str:
    import pyarrow.compute as pc

    finite = all(pc.all(pc.is_finite(chunk)).as_py() is not False for chunk in chunks)
    return "" if finite else "a value that is no finite number"
