"""Reads rows that are sent in bulk, as CSV, JSON lines or Parquet, and validates each alone.

All three forms have the same fields as the JSON body of a single request, and the same strictness: an amount with a
point is refused in each of them, and so is a time without a zone.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from shared.domain.shop.bulk import Row, RowFault
from shared.errors import InvalidInput
from shared.web.tabular_schema import CSV, PARQUET

JSON_LINES = "application/x-ndjson"
ROWS_AT_MOST = 50_000
_PARQUET_BYTES_AT_MOST = 64 * 1024 * 1024
"""Uncompressed: a small file may hold very much."""
_LINE_AT_MOST = 20_000
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
Fields = Mapping[str, Any]
Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")


def read_rows(model: type[Model], convert: Callable[[Model], T]) -> tuple[list[Row[T]], list[RowFault]]:
    """Return the rows of the request's body that are valid, and the faults of the others.

    Parameters
    ----------
    model : of a row.
    convert : makes our value of it; what it refuses with `InvalidInput` is a fault of the row.

    Raises
    ------
    UnsupportedMediaType : the body is in none of the three forms.
    InvalidInput : it is not what its media type says, or has no rows or more than `ROWS_AT_MOST`.
    """
    reader = _READERS.get(request.mimetype)
    if reader is None:
        raise UnsupportedMediaType(f"send rows as {', '.join(_READERS)}")
    rows, faults, n_rows = [], [], 0
    for n_rows, read in enumerate(reader(request.get_data(), model), start=1):
        if n_rows > ROWS_AT_MOST:
            raise InvalidInput(f"there are more than {ROWS_AT_MOST} rows; send several requests")
        try:
            rows.append(Row(n_rows, convert(_validate(model, read))))
        except InvalidInput as exc:
            faults.append(RowFault(row=n_rows, errors=exc.errors))
    if not n_rows:
        raise InvalidInput("there are no rows")
    return rows, faults


def _validate(model: type[Model], read: Fields | InvalidInput) -> Model:
    if isinstance(read, InvalidInput):
        raise read
    try:
        return model.model_validate(read)
    except ValidationError as exc:
        faults = exc.errors(include_url=False, include_context=False, include_input=False)
        errors = {".".join(str(part) for part in fault["loc"])[:100] or "row": fault["msg"] for fault in faults[:10]}
        raise InvalidInput("the row does not fit", errors=errors) from None


def _read_csv(raw: bytes, model: type[BaseModel]) -> Iterator[Fields | InvalidInput]:
    """Yield the rows of a CSV with a header; an empty cell is a field that is left out."""
    whole = {name for name, field in model.model_fields.items() if _is_integer(field.annotation)}
    reader = csv.reader(io.StringIO(_decode(raw), newline=""), strict=True)
    try:
        header = next(reader, [])
        if len(set(header)) < len(header):
            raise InvalidInput("the header names a column twice")
        for cells in reader:
            if cells:
                yield _from_cells(header, cells, whole)
    except csv.Error as exc:
        raise InvalidInput(f"the body is not CSV: line {reader.line_num}") from exc


def _from_cells(header: list[str], cells: list[str], whole: set[str]) -> Fields | InvalidInput:
    if len(cells) != len(header):
        return InvalidInput("the row", errors={"row": f"has {len(cells)} cells, the header {len(header)}"})
    return {
        name: int(cell) if name in whole and len(cell) < 20 and _WHOLE_NUMBER.fullmatch(cell) else cell
        for name, cell in zip(header, cells, strict=True)
        if cell
    }


def _read_json_lines(raw: bytes, model: type[BaseModel]) -> Iterator[Fields | InvalidInput]:
    for line in _decode(raw).splitlines():
        if line.strip():
            yield _from_line(line)


def _from_line(line: str) -> Fields | InvalidInput:
    if len(line) > _LINE_AT_MOST:
        return InvalidInput("the line", errors={"row": f"is longer than {_LINE_AT_MOST} characters"})
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return InvalidInput("the line", errors={"row": "is not JSON"})
    if not isinstance(fields, dict):
        return InvalidInput("the line", errors={"row": "is not an object"})
    return fields


def _read_parquet(raw: bytes, model: type[BaseModel]) -> Iterator[Fields | InvalidInput]:
    """Yield the rows of a Parquet file; null is a field that is left out."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(raw))
        _check_extent(file.metadata)
        for batch in file.iter_batches(batch_size=5_000):
            yield from _without_nulls(batch.to_pylist())
    except (pa.ArrowException, OSError, OverflowError, ValueError) as exc:
        raise InvalidInput("the body is not a Parquet file that can be read") from exc


def _check_extent(metadata: Any) -> None:
    if metadata.num_rows > ROWS_AT_MOST:
        raise InvalidInput(f"there are more than {ROWS_AT_MOST} rows; send several requests")
    n_bytes = sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))
    if n_bytes > _PARQUET_BYTES_AT_MOST:
        raise InvalidInput(f"the file holds more than {_PARQUET_BYTES_AT_MOST} bytes; send several requests")


def _without_nulls(rows: Iterable[Fields]) -> Iterator[Fields]:
    for row in rows:
        yield {name: value for name, value in row.items() if value is not None}


def _is_integer(annotation: Any) -> bool:
    """Whether a field takes integers, as in ``int`` or ``Annotated[int, …] | None``."""
    return annotation is int or any(_is_integer(each) for each in get_args(annotation))


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidInput("the body is not UTF-8") from exc


_READERS: Mapping[str, Callable[[bytes, type[BaseModel]], Iterator[Fields | InvalidInput]]] = {
    CSV: _read_csv,
    JSON_LINES: _read_json_lines,
    PARQUET: _read_parquet,
}
