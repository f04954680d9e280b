"""Decisions and hours as Arrow streams, as ClickHouse takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.place_bids.core import planned_share
from functions.place_bids.ports import MarketHour, Tick
from shared import lazy
from shared.domain.ads.campaigns import REASONS

if TYPE_CHECKING:
    import pyarrow as pa
else:
    pa = lazy.Module("pyarrow")

DECISIONS, HOURS = "ads_decisions", "ads_hours"
_TYPES: Mapping[str, str] = {
    "version": "int64", "store_id": "string", "campaign_id": "string", "reason": "string", "bid": "int64",
    "previous_bid": "int64", "pacing_bid": "float64", "ceiling": "float64", "spent": "int64", "allowance": "int64",
    "planned": "int64", "clicks": "int64", "position": "float64", "impressions": "int64", "spend": "int64",
    "orders": "int64", "revenue": "int64", "position_sum": "int64",
}  # fmt: skip


def encode_decisions(store_id: str, tick: Tick) -> bytes:
    """Every decision of a tick, with its reason."""
    decided, campaigns, n = tick.decided, tick.campaigns, len(tick.campaigns)
    assert decided is not None
    return _encode(
        {
            "version": [_micros(tick.now)] * n,
            "store_id": [store_id] * n,
            "campaign_id": [each.row.campaign_id for each in campaigns],
            "at": pa.array([tick.now] * n, pa.timestamp("ms", "UTC")),
            "day": pa.array([each.day.date for each in campaigns], pa.date32()),
            "bid": decided.bid.tolist(),
            "previous_bid": [each.market.bid for each in campaigns],
            "reason": [REASONS[value] for value in decided.reason.tolist()],
            "pacing_bid": decided.pacing_bid.tolist(),
            "ceiling": decided.ceiling.tolist(),
            "spent": [each.market.spend - each.spent_before for each in campaigns],
            "allowance": [each.day_allowance for each in campaigns],
            "planned": [int(planned_share(each, tick) * each.day_allowance) for each in campaigns],
            "clicks": [each.market.clicks for each in campaigns],
            "position": [_position(each.market.position_sum, each.market.impressions) for each in campaigns],
        }
    )


def encode_hours(store_id: str, hours: Sequence[MarketHour], at: datetime) -> bytes:
    """What the market reported of hours."""
    names = ("impressions", "clicks", "spend", "orders", "revenue", "position_sum")
    return _encode(
        {
            "version": [_micros(at)] * len(hours),
            "store_id": [store_id] * len(hours),
            "campaign_id": [each.reference for each in hours],
            "hour": pa.array([each.hour for each in hours], pa.timestamp("s", "UTC")),
            **{name: [getattr(each, name) for each in hours] for name in names},
        }
    )


def columns_of(encoded: bytes) -> list[str]:
    """The names of the columns of a stream."""
    with pa.ipc.open_stream(encoded) as reader:
        return list(reader.schema.names)


def concatenate(encoded: Sequence[bytes]) -> bytes:
    """One stream of the rows of several that have the same columns."""
    tables = [pa.ipc.open_stream(each).read_all() for each in encoded]
    return _write(pa.concat_tables(tables))


def _encode(columns: Mapping[str, Any]) -> bytes:
    arrays = {
        name: values if isinstance(values, pa.Array) else pa.array(values, pa.type_for_alias(_TYPES[name]))
        for name, values in columns.items()
    }
    return _write(pa.table(arrays))


def _write(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _position(position_sum: int, impressions: int) -> float:
    return position_sum / impressions / 100 if impressions else 0.0
