"""CORE keeps what every released version promised: today's OpenAPI document only adds to theirs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.advertising.compatibility import find_breaks, part_below
from tests.support.functions.catalogue import ENV
from tests.support.reference import ROOT

RELEASED = sorted((ROOT / "tests" / "data" / "core_openapi").glob("*.json"))
PREFIX = "/core/v1/"
PAYMENT = f"{PREFIX}payments"


@pytest.fixture
def today(load_function: Callable[..., Flask]) -> dict[str, Any]:
    document = load_function("stores", **ENV).test_client().get("/openapi.json").json
    assert document is not None
    return dict(document)


def test_there_is_a_released_version() -> None:
    assert RELEASED


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_today_only_adds_to_what_was_released(path: Any, today: dict[str, Any]) -> None:
    assert find_breaks(json.loads(path.read_text()), today) == []


def test_the_latest_released_version_is_complete(today: dict[str, Any]) -> None:
    """Of a path that is released with the next version its file is still missing; of others the newest file has all."""
    assert set(json.loads(RELEASED[-1].read_text())["paths"]) <= set(part_below(today, PREFIX)["paths"])


def _drop_path(document: dict[str, Any]) -> None:
    del document["paths"][f"{PAYMENT}/{{payment_id}}/release"]


def _drop_field(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["stores.PaymentShown"]["properties"]["captured"]


def _make_optional(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["stores.PaymentShown"]["required"].remove("captured")


def _change_type(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["stores.LedgerLine"]["properties"]["amount"]["type"] = "string"


def _need_field(document: dict[str, Any]) -> None:
    order = document["components"]["schemas"]["stores.PaymentOrder"]
    order["properties"]["campaign"] = {"type": "string"}
    order["required"].append("campaign")


def _narrow_field(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["stores.PaymentOrder"]["properties"]["purpose"]["maxLength"] = 10


def _drop_status(document: dict[str, Any]) -> None:
    del document["paths"][PAYMENT]["post"]["responses"]["201"]


def _need_parameter(document: dict[str, Any]) -> None:
    parameter = {"name": "market", "in": "query", "required": True, "schema": {"type": "string"}}
    document["paths"][f"{PREFIX}stores/{{store_id}}/ledger"]["get"]["parameters"].append(parameter)


def _other_credentials(document: dict[str, Any]) -> None:
    document["paths"][PAYMENT]["post"]["security"] = []


@pytest.mark.parametrize(
    "change",
    [
        _drop_path,
        _drop_field,
        _make_optional,
        _change_type,
        _need_field,
        _narrow_field,
        _drop_status,
        _need_parameter,
        _other_credentials,
    ],
    ids=lambda change: change.__name__,
)
def test_whatever_would_break_a_client_is_found(
    change: Callable[[dict[str, Any]], None], today: dict[str, Any]
) -> None:
    released, changed = part_below(today, PREFIX), copy.deepcopy(today)
    assert find_breaks(released, changed) == []
    change(changed)
    assert find_breaks(released, changed) != []


def test_what_is_added_breaks_nobody(today: dict[str, Any]) -> None:
    released, changed = part_below(today, PREFIX), copy.deepcopy(today)
    changed["components"]["schemas"]["stores.PaymentShown"]["properties"]["added"] = {"type": "string"}
    changed["components"]["schemas"]["stores.PaymentOrder"]["properties"]["added"] = {"type": "string"}
    changed["paths"][f"{PREFIX}added"] = {"get": {"responses": {}}}
    assert find_breaks(released, changed) == []
