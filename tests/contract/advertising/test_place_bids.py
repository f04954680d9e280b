"""The edge of place-bids: what the clock asks for."""

from __future__ import annotations

import json
import uuid

import pytest

from functions.place_bids import service
from shared.events.envelope import Event
from tests.support.advertising.bidding import SEALING_KEYS
from tests.support.advertising.stores import NOW
from tests.support.money.functions import Shop, shop, whole_shop

__all__ = ["shop", "whole_shop"]


@pytest.fixture(autouse=True)
def sealing(shop: Shop) -> None:
    shop.environment["SEALING_KEYS"] = ",".join(f"{kid}:{text}" for kid, text in SEALING_KEYS)


def tick(shop: Shop, data: bytes) -> int:
    event = Event(id=uuid.uuid4().hex, source="/ping", type="dev.knative.sources.ping", time=NOW, data=data, subject="")
    return int(shop.deliver(event, "tick", "place_bids").status_code)


def test_without_a_market_a_sweep_does_nothing(whole_shop: Shop) -> None:
    assert tick(whole_shop, json.dumps({"task": "sweep"}).encode()) == 202
    assert tick(whole_shop, json.dumps({"task": "rotate"}).encode()) == 202


@pytest.mark.parametrize("data", [b"{}", b"[]", b"no json", b'{"task": "dance"}', b'{"task": ["sweep"]}'])
def test_what_is_no_task_is_refused_and_not_retried(whole_shop: Shop, data: bytes) -> None:
    assert tick(whole_shop, data) == 400


def test_a_lease_ends_before_the_next_sweep() -> None:
    """A process killed at any moment of a sweep holds no store at the next but one: within a minute bids go on."""
    assert service.LEASE_S < 30
    assert service.TICKED_BEFORE.total_seconds() < 30
