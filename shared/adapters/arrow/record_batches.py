"""Records as Arrow: one schema per kind, derived from the dataclass, and the bytes that travel in a batch event.

Bytes from the log are not trusted: `decode` bounds what they may expand to before it lets Arrow allocate, and checks
every offset before anyone reads. pyarrow is imported on first use, as its import alone would break the functions'
cold-start budget.
"""

from __future__ import annotations

import struct
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from shared.domain.football.records import KINDS, Record
from shared.errors import InvalidInput, TooLarge

if TYPE_CHECKING:
    import pyarrow as pa

MAX_BATCH_BYTES = 900_000
"""Largest encoded batch: below the 1 MiB that Kafka accepts by default, with room for headers."""

MAX_DECODED_BYTES = 128 * 1024 * 1024
"""Largest size that one batch may expand to. Real batches expand 4 to 12 times; zstd can do 20000 times."""

_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""Arrow lets a stream end without it; ours never do, so that a batch cut off between messages is noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a table that fits into one event."""

    n_rows: int
    arrow: bytes


def record_type(kind: str) -> type[Record]:
    """Return the dataclass of a kind, or raise `InvalidInput`."""
    try:
        return KINDS[kind]
    except KeyError:
        raise InvalidInput(f"kind of record {kind!r} is not known") from None


def schema(kind: str) -> pa.Schema:
    """Return the Arrow schema of a kind: the dataclass's fields in order; only Optional ones are nullable."""
    return _schema(kind)


def to_table(kind: str, records: Sequence[Record]) -> pa.Table:
    """Return records as one table; equal records always give equal bytes later.

    Raises
    ------
    InvalidInput : a record is of another kind, a required value is None, a value is out of its type's range,
        or a time has no zone.
    """
    import pyarrow as pa

    dataclass_ = record_type(kind)
    if other_kinds := {type(record).__name__ for record in records if type(record) is not dataclass_}:
        raise InvalidInput(f"{kind}: {', '.join(sorted(other_kinds))} among records of {dataclass_.__name__}")
    expected = _schema(kind)
    # All fields of a record at once: a column at a time would look each of them up by name.
    rows = list(map(attrgetter(*expected.names), records))
    values = map(list, zip(*rows, strict=True)) if rows else ([] for _ in expected)
    columns = [_column(kind, field, column) for field, column in zip(expected, values, strict=True)]
    return pa.table(columns, schema=expected)


def to_records(kind: str, table: pa.Table) -> list[Record]:
    """Return the records of a table that has the kind's schema."""
    dataclass_ = record_type(kind)
    _check_schema(kind, table.schema)
    columns = [_values(column) for column in table.columns]
    names = table.column_names
    return [dataclass_(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def encode(table: pa.Table) -> bytes:
    """Encode as an Arrow IPC stream, zstd, one record batch; equal tables give equal bytes however they are chunked."""
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    buffer = pa.BufferOutputStream()
    # Metadata is not part of a batch's identity (pandas and readers of files add some). `take` copies: the writer pads
    # a slice's buffers with whatever lies behind it, so that the bytes would depend on the neighbours.
    plain = table.replace_schema_metadata(None).combine_chunks().take(pa.array(range(table.num_rows), pa.int64()))
    with pa.ipc.new_stream(buffer, plain.schema, options=options) as writer:
        writer.write_table(plain)
    return bytes(buffer.getvalue())


def decode(kind: str, encoded: bytes, *, max_decoded_bytes: int = MAX_DECODED_BYTES) -> pa.Table:
    """Decode a batch into a table, fully checked.

    A batch of an older release may lie in the log: columns that have defaults in the record, and come last, may be
    missing and are filled in. A newer release's columns are refused, as dropping them would lose what they say.

    Raises
    ------
    InvalidInput : not an Arrow stream, cut off, of another schema, with nulls where none may be, or with
        offsets that point outside.
    TooLarge : it would expand beyond `max_decoded_bytes`.
    """
    import pyarrow as pa

    expected = schema(kind)
    if not encoded.endswith(_END_OF_STREAM):
        raise InvalidInput(f"{kind}: the batch is cut off or not an Arrow stream")
    try:
        messages = _messages(encoded)
        first = next(messages, None)
        if first is None or first.type != "schema":
            raise InvalidInput(f"{kind}: the batch does not begin with a schema")
        actual = pa.ipc.read_schema(first)
        _check_schema(kind, actual, allow_older=True)
        batches = list(_batches(kind, messages, actual, max_decoded_bytes))
        table = _add_missing_columns(pa.Table.from_batches(batches, schema=actual), expected)
    except (pa.ArrowException, OSError, UnicodeDecodeError, struct.error, OverflowError, MemoryError) as exc:
        raise InvalidInput(f"{kind}: the batch is not a readable Arrow stream: {_first_line(exc)}") from exc
    _refuse_nulls(kind, table)
    return table


def split(kind: str, records: Sequence[Record], max_bytes: int = MAX_BATCH_BYTES) -> list[bytes]:
    """Encode records, in order, as batches of at most `max_bytes` each; no records give no batches.

    Raises
    ------
    InvalidInput : as `to_table`.
    TooLarge : one record alone exceeds `max_bytes`.
    """
    return [part.arrow for part in split_table(to_table(kind, records), max_bytes)]


def split_table(table: pa.Table, max_bytes: int = MAX_BATCH_BYTES) -> list[Part]:
    """Encode a table as `split` does; each batch comes with its number of rows, as a batch event states it."""
    if table.num_rows == 0:
        return []
    encoded = encode(table)
    if len(encoded) <= max_bytes:
        return [Part(n_rows=table.num_rows, arrow=encoded)]
    if table.num_rows == 1:
        raise TooLarge(f"one record takes {len(encoded)} bytes of the {max_bytes} that a batch may have")
    # A tenth more pieces than the average asks for, as pieces differ; one still too large is split again.
    n_pieces = min(table.num_rows, len(encoded) * 11 // (max_bytes * 10) + 1)
    step = -(-table.num_rows // max(2, n_pieces))
    pieces = (table.slice(start, step) for start in range(0, table.num_rows, step))
    return [part for piece in pieces for part in split_table(piece, max_bytes)]


# --- from dataclass to schema


@cache
def _schema(kind: str) -> pa.Schema:
    import pyarrow as pa

    dataclass_ = record_type(kind)
    hints = get_type_hints(dataclass_)
    return pa.schema([_field(field.name, hints[field.name]) for field in fields(dataclass_)])


def _field(name: str, hint: Any) -> pa.Field:
    import pyarrow as pa

    nullable = get_origin(hint) in (typing.Union, types.UnionType)
    if nullable:
        (hint,) = (option for option in get_args(hint) if option is not type(None))
    return pa.field(name, _arrow_type(name, hint), nullable=nullable)


def _arrow_type(name: str, hint: Any) -> pa.DataType:
    import pyarrow as pa

    if hint is int:
        # Ids and versions are the source's and may grow; goals, minutes and positions never reach two billion.
        return pa.int64() if name == "version" or name.endswith("_id") else pa.int32()
    simple = {
        str: pa.string(),
        bool: pa.bool_(),
        float: pa.float64(),
        date: pa.date32(),
        datetime: pa.timestamp("ms", "UTC"),
        tuple[str, ...]: pa.list_(pa.field("item", pa.string(), nullable=False)),
        dict[str, float]: pa.map_(pa.string(), pa.field("value", pa.float64(), nullable=False)),
    }
    return simple[hint]


# --- values


def _column(kind: str, field: pa.Field, values: list[Any]) -> pa.Array:
    """Return one column, with the checks and the order that Arrow would silently leave out."""
    import pyarrow as pa

    if not field.nullable and None in values:
        raise InvalidInput(f"{kind}.{field.name}: None where a value is required")
    if pa.types.is_timestamp(field.type):
        values = [_milliseconds(kind, field.name, value) for value in values]
    elif pa.types.is_map(field.type):
        values = [sorted(value.items()) for value in values]
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as exc:
        raise InvalidInput(f"{kind}.{field.name}: {_first_line(exc)}") from exc


def _milliseconds(kind: str, name: str, time: datetime | None) -> datetime | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise InvalidInput(f"{kind}.{name}: {time} has no zone")
    time = time.astimezone(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return Python values as the dataclasses hold them."""
    import pyarrow as pa

    values: list[Any] = column.to_pylist()
    if pa.types.is_map(column.type):
        return [dict(value) for value in values]
    if pa.types.is_list(column.type):
        return [tuple(value) for value in values]
    if pa.types.is_timestamp(column.type):
        # Arrow hands out a zone of its own choice; records say UTC in one way.
        return [value and value.astimezone(UTC) for value in values]
    return values


# --- untrusted bytes


def _messages(encoded: bytes) -> Iterator[Any]:
    import pyarrow as pa

    reader = pa.ipc.MessageReader.open_stream(pa.BufferReader(encoded))
    while True:
        try:
            yield reader.read_next_message()
        except StopIteration:
            return


def _batches(kind: str, messages: Iterator[Any], expected: pa.Schema, max_bytes: int) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for message in messages:
        if message.type != "record batch":
            raise InvalidInput(f"{kind}: a {message.type} message where a record batch belongs")
        max_bytes -= _declared_size(message.metadata.to_pybytes(), message.body)
        if max_bytes < 0:
            raise TooLarge(f"{kind}: the batch would expand beyond what one batch may")
        batch = pa.ipc.read_record_batch(message, expected)
        batch.validate(full=True)
        yield batch


def _declared_size(metadata: bytes, body: Any) -> int:
    """Return the size that a record batch's buffers declare, read from the message's flatbuffer before Arrow allocates.

    Arrow's columnar format: each compressed buffer begins with its uncompressed length (int64, -1: stored as is).
    Field numbers are those of Message.fbs: Message.header is 2; RecordBatch.buffers is 2, .compression is 3.
    """
    message = struct.unpack_from("<I", metadata, 0)[0]
    batch = _follow(metadata, message, 2)
    buffers = batch and _follow(metadata, batch, 2)
    if not buffers:
        return 0
    if not _follow(metadata, batch, 3):
        return int(body.size)
    view = memoryview(body)
    size = 0
    for index in range(struct.unpack_from("<I", metadata, buffers)[0]):
        offset, length = struct.unpack_from("<qq", metadata, buffers + 4 + index * 16)
        if length == 0:
            continue
        if offset < 0 or length < 8 or offset + length > len(view):
            raise InvalidInput("a buffer of the batch lies outside its body")
        declared = struct.unpack_from("<q", view, offset)[0]
        if declared < -1:
            raise InvalidInput("a buffer of the batch declares a negative length")
        size += length if declared == -1 else declared
    return size


def _follow(metadata: bytes, table: int, field: int) -> int:
    """Return the position that a flatbuffer table's field points at; 0 when the field is absent."""
    vtable = table - struct.unpack_from("<i", metadata, table)[0]
    slot = 4 + 2 * field
    if vtable < 0 or slot >= struct.unpack_from("<H", metadata, vtable)[0]:
        return 0
    at: int = struct.unpack_from("<H", metadata, vtable + slot)[0]
    return table + at + int(struct.unpack_from("<I", metadata, table + at)[0]) if at else 0


def _check_schema(kind: str, actual: pa.Schema, *, allow_older: bool = False) -> None:
    import pyarrow as pa

    expected = schema(kind)
    if actual.equals(expected):
        return
    if allow_older and _n_required(kind) <= len(actual) and actual.equals(pa.schema(list(expected)[: len(actual)])):
        return
    raise InvalidInput(f"{kind}: the batch has another schema: {_describe_differences(expected, actual)}")


def _n_required(kind: str) -> int:
    """Count the columns without a default; those with one come last."""
    return sum(field.default is MISSING and field.default_factory is MISSING for field in fields(record_type(kind)))


def _add_missing_columns(table: pa.Table, expected: pa.Schema) -> pa.Table:
    """Add the missing last columns with their types' empty values, which are the records' defaults."""
    import pyarrow as pa

    for field in list(expected)[table.num_columns :]:
        empty = {pa.string(): "", pa.bool_(): False}.get(field.type, 0)
        scalar = pa.scalar(None if field.nullable else empty, field.type)
        table = table.append_column(field, pa.repeat(scalar, table.num_rows))
    return table


def _describe_differences(expected: pa.Schema, actual: pa.Schema) -> str:
    """Describe the first few columns that differ."""
    sides = (expected, actual)
    here, there = ({f.name: f"{f.type}{'' if f.nullable else ' not null'}" for f in side} for side in sides)
    faults = [
        f"{name} is {there.get(name, 'missing')}, not {type_}"
        for name, type_ in here.items()
        if there.get(name) != type_
    ]
    faults += [f"{name} is unknown" for name in there if name not in here]
    return "; ".join(faults[:5]) or "the columns' order differs"


def _refuse_nulls(kind: str, table: pa.Table) -> None:
    """Arrow does not hold a stream to its own nullable flags; we do, inside lists and maps too."""
    import pyarrow as pa

    for field, column in zip(table.schema, table.columns, strict=True):
        if field.nullable:
            continue
        n_nulls = column.null_count
        for chunk in column.chunks:
            if pa.types.is_map(field.type):
                n_nulls += chunk.keys.null_count + chunk.items.null_count
            elif pa.types.is_list(field.type):
                n_nulls += chunk.values.null_count
        if n_nulls:
            raise InvalidInput(f"{kind}.{field.name}: null where a value is required")


def _first_line(exc: BaseException) -> str:
    return (str(exc).splitlines() or [type(exc).__name__])[0][:200]
