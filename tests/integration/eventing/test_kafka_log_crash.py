"""The event log on Kafka when its only broker is killed and comes back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from k8s.local.engines.kafka import broker
from shared.adapters.event_log import connect
from shared.adapters.kafka import event_log
from shared.errors import Unavailable
from shared.ports.log import Entry, LogConsumer, NewEntry

TOPIC = "test.crash"


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The data directory of a running broker."""
    try:
        broker.start(tmp_path, with_parent=True)
    except broker.KafkaAbsent as exc:
        pytest.skip(f"no Kafka here: {exc}")
    yield tmp_path
    broker.stop(tmp_path)


def poll_all(consumer: LogConsumer, n: int, *, within_s: float) -> list[Entry]:
    """Poll until `n` entries have come, through times without a broker."""
    taken: list[Entry] = []
    deadline = time.monotonic() + within_s
    while len(taken) < n and time.monotonic() < deadline:
        with suppress(Unavailable):
            taken += consumer.poll(max_entries=100, wait_s=0.5)
    return taken


@pytest.mark.slow
@pytest.mark.timeout(300)  # a JVM starts several times, on a busy machine
def test_a_broker_killed_and_started_again_loses_nothing_that_was_acknowledged(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "RESPONSE_TIMEOUT_S", 3.0)
    monkeypatch.setattr(event_log, "DELIVERY_TIMEOUT_S", 5.0)
    running = broker.status(data)
    assert running is not None
    log = connect(f"kafka://{running.bootstrap_servers}?session_timeout_s=6")
    log.ensure_topic(TOPIC, partitions=3)
    log.append(TOPIC, [NewEntry(value=str(i).encode(), key=str(i % 9).encode()) for i in range(60)])
    consumer = log.consumer(TOPIC, "group", member="one")
    held = poll_all(consumer, 60, within_s=60)
    assert len(held) == 60
    consumer.ack([entry for entry in held if entry.partition == 0])
    left = log.lag(TOPIC, "group")

    os.kill(running.pid, signal.SIGKILL)
    while broker.status(data) is not None:
        time.sleep(0.01)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        log.append(TOPIC, [NewEntry(value=b"lost", dedup_id="1")])
    with pytest.raises(Unavailable):
        log.lag(TOPIC, "group")
    assert time.monotonic() - began < 30

    def poll_until_told() -> None:
        while time.monotonic() < began + 60:
            assert consumer.poll(max_entries=1, wait_s=0.2) == []

    with pytest.raises(Unavailable):
        poll_until_told()

    monkeypatch.undo()
    assert broker.start(data, with_parent=True).port == running.port
    log.append(TOPIC, [NewEntry(value=b"after")])
    assert log.lag(TOPIC, "group") == left + 1
    values = [entry.value for entry in log.replay(TOPIC)]
    assert values.count(b"after") == 1
    assert b"lost" not in values
    assert len(values) == 61
    consumer.close()
    successor = log.consumer(TOPIC, "group", member="two")
    again = poll_all(successor, left + 1, within_s=60)
    assert len(again) == left + 1
    successor.ack(again)
    assert log.lag(TOPIC, "group") == 0
    successor.close()
    log.close()
