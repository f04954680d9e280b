"""load-lake through its real edge: what comes is kept as it came, staged by rules, and told where it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from functions.load_lake import service
from shared.adapters.lake import parquet
from shared.domain.lake import staging
from shared.domain.lake.staging import RawRow
from shared.events import cloudevents
from shared.events.envelope import Event
from tests.support.engines.postgres import run
from tests.support.lake.lake import Lake, lake
from tests.support.lake.purchases import event, purchase

__all__ = ["lake"]
DAY = date(2026, 3, 1)


def rows_of(lake: Lake, kind: str) -> list[dict[str, Any]]:
    """All rows of raw, staged or quarantined files of purchases, in order."""
    from pyarrow import parquet as files

    paths = [path for path in (lake.folder / "lake" / kind / "purchases").rglob("*") if path.is_file()]
    rows = [row for path in sorted(paths) for row in files.read_table(path).to_pylist()]
    return sorted(rows, key=lambda row: str(row.get("event_id") or row.get("id")))


def deliver(app: Flask, what: Event, path: str) -> int:
    headers, body = cloudevents.to_http(what)
    return int(app.test_client().post(path, headers=headers, data=body).status_code)


def test_a_delivery_is_accepted_and_lies_in_a_file_after_a_tick(
    lake: Lake, load_function: Callable[..., Flask]
) -> None:
    app = load_function("load_lake", **lake.environment)
    assert deliver(app, event(purchase(purchase_id="a")), "/events/purchase") == 202
    tick = Event(
        id="1", source="/clock", type="dev.knative.sources.ping", time=datetime.now(UTC), data=b'{"task": "load"}'
    )
    assert deliver(app, tick, "/events/tick") == 202
    assert [row["purchase_id"] for row in rows_of(lake, "stage")] == ["a"]


def test_what_is_no_purchase_is_refused_at_once(lake: Lake, load_function: Callable[..., Flask]) -> None:
    other = Event(id="1", source="/x", type="io.touchline.money.transaction.posted.v1", time=datetime.now(UTC))
    assert deliver(load_function("load_lake", **lake.environment), other, "/events/purchase") == 400


def test_a_second_delivery_is_in_no_second_file(lake: Lake) -> None:
    made = event(purchase())
    lake.load([made])
    lake.load([made])
    assert len(rows_of(lake, "raw")) == 1


def test_a_file_is_loaded_once(lake: Lake) -> None:
    rows = [RawRow(id="1", type=event(purchase()).type, payload=json.dumps(purchase(purchase_id="a")))]
    assert [service.load_rows(rows, lake.loading) for _ in range(2)] == [1, 0]


def test_rows_lie_by_the_utc_day_of_their_purchase(lake: Lake) -> None:
    lake.load([event(purchase(purchased_at="2026-03-02T00:30:00+02:00")), event(purchase())])
    assert [path.name for path in (lake.folder / "lake/stage/purchases").iterdir()] == ["2026-03-01"]


# --- schema drift: nothing is lost, nothing is silently null


def drift(lake: Lake) -> list[tuple[str, str, int]]:
    return run(lake.database, "SELECT field, kind, n_rows FROM lake_drift ORDER BY field, kind")


def test_an_added_field_is_kept_and_told(lake: Lake) -> None:
    lake.load([event(purchase(coupon="SPRING"))])
    (row,) = rows_of(lake, "stage")
    assert (json.loads(row["extra"]), drift(lake)) == ({"coupon": "SPRING"}, [("coupon", "added", 1)])


def test_a_renamed_field_quarantines_the_row_with_both_names_told(lake: Lake) -> None:
    payload = purchase(purchase_id="a")
    payload["qty"] = payload.pop("quantity")
    lake.load([event(payload)])
    (row,) = rows_of(lake, "quarantine")
    assert row["reason"] == "missing: quantity"
    assert json.loads(row["payload"]) == payload
    assert drift(lake) == [("qty", "added", 1), ("quantity", "missing", 1)]
    assert rows_of(lake, "stage") == []


def test_a_retyped_field_quarantines_the_row(lake: Lake) -> None:
    lake.load([event(purchase(quantity="2", total=900))])
    (row,) = rows_of(lake, "quarantine")
    assert (row["reason"], drift(lake)) == ("retyped: quantity", [("quantity", "retyped", 1)])


def test_c3_12_a_null_natural_key_is_quarantined_and_not_counted_again_on_every_run(lake: Lake) -> None:
    payload = purchase()
    payload["purchase_id"] = None
    made = event(purchase())
    nameless = Event(id="n-1", source=made.source, type=made.type, time=made.time, data=json.dumps(payload).encode())
    lake.load([nameless, made])
    lake.build([DAY])
    lake.build([DAY])
    assert [row["reason"] for row in rows_of(lake, "quarantine")] == ["null: purchase_id"]
    assert [row["n_purchases"] for row in lake.warehouse.query("SELECT n_purchases FROM sales_by_day")] == [1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quantity": 0, "total": 0}, "quantity-not-positive"),
        ({"unit_price": -1, "quantity": 1, "total": -1}, "price-negative"),
        ({"total": 901}, "total-differs"),
        ({"currency": "euro"}, "currency-unknown"),
        ({"purchased_at": "1999-12-31T23:59:59Z"}, "moment-out-of-range"),
        ({"purchased_at": "2026-03-01T12:00:00"}, "invalid: purchased_at"),
        ({"version": 0}, "version-not-positive"),
    ],
)
def test_a_broken_rule_is_named(lake: Lake, changes: dict[str, Any], reason: str) -> None:
    lake.load([event(purchase(**changes))])
    assert [row["reason"] for row in rows_of(lake, "quarantine")] == [reason]


def test_what_was_quarantined_is_staged_once_the_producer_is_understood(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load([event(purchase(currency="euro"))])
    monkeypatch.setattr(staging, "_CURRENCY", re.compile("euro"))
    assert service.restage(DAY, lake.loading) == 1
    assert (len(rows_of(lake, "stage")), rows_of(lake, "quarantine")) == (1, [])


def test_equal_rows_are_equal_bytes() -> None:
    rows = [RawRow(id="1", type="t", payload="{}")]
    assert parquet.encode_raw(rows) == parquet.encode_raw(rows)
    assert parquet.decode_raw(parquet.encode_raw(rows)) == rows
