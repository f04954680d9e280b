"""What the data plane tells about itself: counts and lags by kind and name."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from knative.local.eventing.delivery.window import ConsumerConfig
from knative.local.eventing.message import message
from knative.local.eventing.process.consumers import Consumer
from knative.local.eventing.process.status import KINDS, Status
from knative.manifests.model import Name
from shared.adapters.memory.event_log import MemoryLog
from shared.errors import Unavailable
from tests.support.eventing.doubles import make_event
from tests.unit.knative.local.eventing.test_runner import subscription


def a_trigger(namespace: str, name: str) -> Consumer:
    config = ConsumerConfig(topic="t", partitions=1, group=f"{namespace}-{name}", member="m", decode=message.from_entry)
    return Consumer(
        kind="triggers", name=Name(namespace=namespace, name=name), target=subscription(), configs=(config,)
    )


def status_of(log: MemoryLog, *triggers: Consumer) -> dict[str, Any]:
    status = Status(log, triggers)
    for number, trigger in enumerate(triggers, 1):
        status.counters("triggers", trigger.name).delivered = number
    status.counters("pingsources", Name(namespace="a", name="p")).lost = 7
    return asyncio.run(status.status())


@pytest.fixture
def log() -> MemoryLog:
    filled = MemoryLog()
    filled.ensure_topic("t", partitions=1)
    filled.append("t", [make_event("1").entry(), make_event("2").entry()])
    return filled


@pytest.mark.conforms("channel-counts-sent")
def test_each_consumer_has_its_lag_and_its_counts(log: MemoryLog) -> None:
    report = status_of(log, a_trigger("a", "x"), a_trigger("a", "y"))
    assert tuple(report) == KINDS
    assert {name: (counts["lag"], counts["delivered"]) for name, counts in report["triggers"].items()} == {
        "x": (2, 1),
        "y": (2, 2),
    }
    assert report["pingsources"]["p"]["lost"] == 7
    assert "lag" not in report["pingsources"]["p"]


def test_the_namespace_is_told_where_two_share_a_name(log: MemoryLog) -> None:
    report = status_of(log, a_trigger("a", "x"), a_trigger("b", "x"), a_trigger("b", "y"))["triggers"]
    assert {name: counts["delivered"] for name, counts in report.items()} == {"a/x": 1, "b/x": 2, "y": 3}


def test_a_log_that_is_silent_is_told(log: MemoryLog) -> None:
    log.down = True
    with pytest.raises(Unavailable):
        status_of(log, a_trigger("a", "x"))
