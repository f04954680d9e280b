"""Write a table to a file, a chunk in memory at a time; equal rows give equal bytes.

A chunk is either rows as in JSON (times as text, objects inside) or an Arrow table whose columns are those of the row's
model. Every format has the same columns and the same values.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from shared import rfc3339
from shared.errors import InvalidInput
from shared.web import json_text, tabular
from shared.web.printable import printable
from shared.web.tabular_schema import Column, Row, columns

if TYPE_CHECKING:
    import pyarrow as pa

Chunk: TypeAlias = "Sequence[Row] | pa.Table"
Add = Callable[[Chunk], None]
XLSX_ROWS = 1_048_575
"""Rows of a sheet below its header."""
_EXACT = 2**53
"""A sheet's numbers are doubles: larger ids are written as text."""


def write(extension: str, path: Path, model: type, chunks: Iterable[Chunk]) -> None:
    """Write chunks of rows as a file.

    Parameters
    ----------
    extension : of `shared.web.tables.formats.MEDIA_TYPES`.
    model : the model of a row.

    Raises
    ------
    InvalidInput : the format holds fewer rows.
    """
    selected = columns(model)
    with _WRITERS[extension](path, selected) as add:
        for chunk in chunks:
            add(chunk)


@contextmanager
def _parquet(path: Path, selected: Sequence[Column]) -> Iterator[Add]:
    from pyarrow import parquet

    schema = tabular.arrow_schema(selected)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        yield lambda chunk: writer.write_table(_to_arrow(chunk, selected))


@contextmanager
def _arrow(path: Path, selected: Sequence[Column]) -> Iterator[Add]:
    import pyarrow as pa

    schema = tabular.arrow_schema(selected)
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(path), "wb") as target, pa.ipc.new_file(target, schema, options=options) as writer:
        yield lambda chunk: writer.write_table(_to_arrow(chunk, selected))


@contextmanager
def _csv(path: Path, selected: Sequence[Column]) -> Iterator[Add]:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as target:
        writer = csv.writer(target)
        writer.writerow([column.name for column in selected])

        def add(chunk: Chunk) -> None:
            is_json = isinstance(chunk, Sequence)
            writer.writerows(tabular.csv_cells(selected, chunk) if is_json else _cells(chunk, selected, _csv_cell))

        yield add


@contextmanager
def _json_lines(path: Path, selected: Sequence[Column]) -> Iterator[Add]:
    template = _json_template(selected)
    with path.open("wb") as target:

        def add(chunk: Chunk) -> None:
            if isinstance(chunk, Sequence):
                target.writelines(json_text.encode(row) + b"\n" for row in chunk)
                return
            lines = (template % row for row in _cells(chunk, selected, _json_cell))
            target.writelines(line.encode(errors="backslashreplace") for line in lines)

        yield add


@contextmanager
def _xlsx(path: Path, selected: Sequence[Column]) -> Iterator[Add]:
    import xlsxwriter

    options = {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": datetime(2000, 1, 1)})  # equal rows, equal bytes
    sheet = book.add_worksheet("table")
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(selected):
        sheet.write_string(0, place, column.name)
    n_rows = 0

    def add(chunk: Chunk) -> None:
        nonlocal n_rows
        for row in _cells(chunk, selected, _sheet_cell):
            n_rows += 1
            if n_rows > XLSX_ROWS:
                raise InvalidInput(f"a sheet holds {XLSX_ROWS:,} rows; narrow the query, or ask for .parquet or .csv")
            for place, value in enumerate(row):
                _write_cell(sheet, n_rows, place, value)

    try:
        yield add
    finally:
        book.close()


_WRITERS: Mapping[str, Callable[[Path, Sequence[Column]], AbstractContextManager[Add]]] = {
    "parquet": _parquet,
    "arrow": _arrow,
    "csv": _csv,
    "jsonl": _json_lines,
    "xlsx": _xlsx,
}


def _to_arrow(chunk: Chunk, selected: Sequence[Column]) -> pa.Table:
    if isinstance(chunk, Sequence):
        return tabular.to_table(selected, chunk)
    schema = tabular.arrow_schema(selected)
    return chunk.select(schema.names).cast(schema)


def _cells(chunk: Chunk, selected: Sequence[Column], to_cell: Callable[[Any], Any]) -> Iterator[tuple[Any, ...]]:
    """Yield each row's cells; the values of an Arrow chunk are converted once for all rows that share one."""
    table = _to_arrow(chunk, selected)
    return zip(*(_column_cells(column, to_cell) for column in table.columns), strict=True)


def _column_cells(column: pa.ChunkedArray, to_cell: Callable[[Any], Any]) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_nested(column.type):
        return [to_cell(_plain(value, column.type)) for value in column.to_pylist()]
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = [to_cell(value) for value in encoded.dictionary.to_pylist()]
    nothing = to_cell(None)
    return [nothing if place is None else values[place] for place in encoded.indices.to_pylist()]


def _plain(value: Any, kind: pa.DataType) -> Any:
    import pyarrow as pa

    return dict(value) if value is not None and pa.types.is_map(kind) else value


def _csv_cell(value: Any) -> Any:
    return rfc3339.encode_json_default(value) if isinstance(value, date) else tabular.to_cell(value)


def _json_cell(value: Any) -> str:
    return json_text.encode(value).decode()


def _sheet_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return str(value)
    return printable(value)[:32_767] if isinstance(value, str) else value


def _write_cell(sheet: Any, row: int, place: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, place, value)  # never a formula, whatever a name begins with
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value)
    elif value is not None:
        sheet.write_number(row, place, value)


def _json_template(selected: Sequence[Column]) -> str:
    """Return the line of a row with ``%s`` for each column's JSON, objects inside as their models have them."""
    tree: dict[str, Any] = {}
    for column in selected:
        node = tree
        for name in column.path[:-1]:
            node = node.setdefault(name, {})
        node[column.path[-1]] = None
    return _template_of(tree) + "\n"


def _template_of(tree: Mapping[str, Any]) -> str:
    members = (f"{json.dumps(name)}:{'%s' if inner is None else _template_of(inner)}" for name, inner in tree.items())
    return "{" + ",".join(members) + "}"
