"""Files of the lake as Parquet: raw rows as they came, staged ones with types, quarantined ones with their reason."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared import lazy
from shared.domain.lake.staging import QuarantinedRow, RawRow

if TYPE_CHECKING:
    import pyarrow as pa
else:
    pa = lazy.Module("pyarrow")


def raw_schema() -> pa.Schema:
    """Schema of a raw file."""
    return pa.schema([("id", pa.string()), ("type", pa.string()), ("payload", pa.string())])


def quarantine_schema() -> pa.Schema:
    """Schema of a quarantine file."""
    return pa.schema([(name, pa.string()) for name in ("id", "type", "reason", "payload")])


def stage_schema(dataset: str) -> pa.Schema:
    """Schema of a staged file of a dataset."""
    moment = pa.timestamp("us", tz="UTC")
    texts = {
        "purchases": [
            *("purchase_id", "customer_id", "seller_id", "product_id", "product_name", "category", "currency"),
            *("extra", "event_id"),
        ],
        "products": ["id", "seller_id", "name", "category", "currency", "extra", "event_id"],
        "customers": ["id", "extra", "event_id"],
    }
    numbers = {
        "purchases": ["version", "quantity", "unit_price", "discount", "total"],
        "products": ["price"],
        "customers": [],
    }
    moments = ["purchased_at", "cancelled_at"] if dataset == "purchases" else ["created_at", "deleted_at"]
    return pa.schema(
        [
            *((name, pa.string()) for name in texts[dataset]),
            *((name, pa.int64()) for name in numbers[dataset]),
            *((name, moment) for name in moments),
            ("cancelled", pa.bool_()),
        ]
    )


def encode_raw(rows: Sequence[RawRow]) -> bytes:
    """Encode rows as they came; equal rows give equal bytes."""
    return _encode(
        pa.table(
            [[row.id for row in rows], [row.type for row in rows], [row.payload for row in rows]], schema=raw_schema()
        )
    )


def decode_raw(content: bytes) -> list[RawRow]:
    """Read a raw file back."""
    from pyarrow import parquet

    return [RawRow(**row) for row in parquet.read_table(io.BytesIO(content)).to_pylist()]


def encode_stage(dataset: str, rows: Sequence[dict[str, Any]]) -> bytes:
    """Encode rows that keep the rules."""
    return _encode(pa.Table.from_pylist(list(rows), schema=stage_schema(dataset)))


def encode_quarantine(rows: Sequence[QuarantinedRow]) -> bytes:
    """Encode rows that break a rule."""
    names = ("id", "type", "reason", "payload")
    return _encode(pa.table([[getattr(row, name) for row in rows] for name in names], schema=quarantine_schema()))


def _encode(table: pa.Table) -> bytes:
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(table, target, compression="zstd")
    return target.getvalue()
