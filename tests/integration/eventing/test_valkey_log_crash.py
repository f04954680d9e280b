"""The event log on Valkey when things break: kill -9 of the bus, lost answers, full memory, a bus that could forget."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.valkey import event_log as valkey_log
from shared.adapters.valkey.event_log import ValkeyConsumer, ValkeyLog
from shared.errors import InvalidSettings, NotFound, Overloaded, Unavailable
from shared.ports.log import Entry, NewEntry
from shared.testing.valkey_process import ValkeyProcess
from tests.support.waiting import eventually

TOPIC = "test.crash"
StartServer = Callable[..., ValkeyProcess]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers that end with the test."""
    started: list[ValkeyProcess] = []

    def start(**settings: str) -> ValkeyProcess:
        started.append(ValkeyProcess(tmp_path / f"valkey-{len(started)}", **settings))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def open_log() -> Iterator[Callable[[str], ValkeyLog]]:
    """Opens logs with one topic of four partitions, closed after the test."""
    logs: list[ValkeyLog] = []

    def opened(url: str) -> ValkeyLog:
        logs.append(ValkeyLog(url))
        logs[-1].ensure_topic(TOPIC, partitions=4)
        return logs[-1]

    yield opened
    for log in logs:
        log.close()


def numbered(first: int, n: int, *, size: int = 0) -> list[NewEntry]:
    """`n` entries with ids, values start with their number."""
    return [
        NewEntry(value=f"{i}:".encode() + os.urandom(size), key=str(i % 50).encode(), dedup_id=str(i))
        for i in range(first, first + n)
    ]


def number(entry: Entry) -> int:
    """The number a value starts with."""
    return int(entry.value.partition(b":")[0])


def poll_all(consumer: ValkeyConsumer, n: int, *, at_once: int = 200, within_s: float = 60) -> list[Entry]:
    """Poll until `n` entries have come, through times without a server."""
    taken: list[Entry] = []
    deadline = time.monotonic() + within_s
    while len(taken) < n and time.monotonic() < deadline:
        try:
            taken += consumer.poll(max_entries=at_once, wait_s=0.2)
        except Unavailable:
            time.sleep(0.02)
    return taken


def all_passed(counts: list[int], before: list[int]) -> bool:
    return all(now > then for now, then in zip(counts, before, strict=True))


def test_every_acknowledged_append_is_there_exactly_once_after_kill_9(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    server = start_server()
    log = open_log(server.url)
    stop = threading.Event()
    acknowledged: list[int] = []
    n_refused = [0] * 4

    def produce(thread: int) -> None:
        at = thread * 1_000_000
        while not stop.is_set():
            batch = numbered(at, 10, size=200)
            while True:
                try:
                    log.append(TOPIC, batch)
                    break
                except Unavailable:
                    # Stored or not, nobody knows: the same ids again.
                    n_refused[thread] += 1
                    time.sleep(0.01)
            acknowledged.extend(range(at, at + 10))
            at += 10

    threads = [threading.Thread(target=produce, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.5)
        before = list(n_refused)
        server.kill()
        eventually(partial(all_passed, n_refused, before))
        server.start()
    time.sleep(0.2)
    stop.set()
    for thread in threads:
        thread.join()
    stored = Counter(number(entry) for entry in log.replay(TOPIC))
    assert stored == Counter(acknowledged)
    for i in range(4):
        in_order = [number(e) for e in log.replay(TOPIC) if number(e) // 1_000_000 == i and e.key == b"7"]
        assert in_order == sorted(in_order)


def test_a_group_goes_on_after_the_bus_was_killed(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    server = start_server()
    log = open_log(server.url)
    log.append(TOPIC, numbered(0, 100))
    consumer, other = (log.consumer(TOPIC, "group", member=name) for name in ("one", "two"))
    held = consumer.poll(max_entries=60, wait_s=1)
    consumer.ack(held[:30])
    server.kill()
    with pytest.raises(Unavailable):
        consumer.poll(max_entries=1, wait_s=1)
    with pytest.raises(Unavailable):
        log.append(TOPIC, numbered(100, 1))
    with pytest.raises(Unavailable):
        consumer.ack(held[30:])
    server.start()
    # Both members come back by themselves before anybody may miss them.
    rest = poll_all(other, 40)
    time.sleep(valkey_log.MISSING_FOR_S + 2 * valkey_log.LOOK_EVERY_S)
    assert other.poll(max_entries=100, wait_s=0.5) == []
    consumer.ack(held[30:])
    other.ack(rest)
    assert sorted(number(e) for e in held + rest) == list(range(100))
    assert log.lag(TOPIC, "group") == 0
    log.append(TOPIC, numbered(100, 1))
    assert [number(e) for e in poll_all(other, 1)] == [100]
    consumer.close()
    other.close()


@pytest.mark.parametrize("after_call", [1, 2, 3])
def test_entries_whose_delivery_was_lost_on_its_way_come_again(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog], monkeypatch: pytest.MonkeyPatch, after_call: int
) -> None:
    log = open_log(start_server().url)
    log.append(TOPIC, numbered(0, 40))
    gone = log.consumer(TOPIC, "group", member="gone")
    poll_all(gone, 10)
    gone.close()
    consumer = log.consumer(TOPIC, "group", member="one")
    n_calls = [0]
    run = valkey_log._Server.run

    def run_and_lose_the_answer(self: valkey_log._Server, *args: Any, **more: Any) -> Any:
        answer = run(self, *args, **more)
        n_calls[0] += 1
        if n_calls[0] == after_call:
            raise Unavailable("the answer was lost")
        return answer

    monkeypatch.setattr(valkey_log._Server, "run", run_and_lose_the_answer)
    taken = poll_all(consumer, 40, at_once=15)
    assert sorted(number(entry) for entry in taken) == list(range(40))
    consumer.ack(taken)
    assert log.lag(TOPIC, "group") == 0
    consumer.close()


def test_full_memory_refuses_appends_and_lets_consumers_make_room(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    log = open_log(start_server(maxmemory="24mb").url + "?retention_hours=0")
    log.consumer(TOPIC, "group", member="first").close()
    n_acknowledged = 0

    def fill() -> None:
        nonlocal n_acknowledged
        for first in range(0, 1000, 5):
            log.append(TOPIC, numbered(first, 5, size=50_000))
            n_acknowledged += 5

    with pytest.raises(Overloaded) as refused:
        fill()
    assert refused.value.retry_after_s > 0
    # A new member, reading and acknowledging all work while nothing can be appended.
    consumer = log.consumer(TOPIC, "group", member="one")
    taken: list[Entry] = []
    while log.lag(TOPIC, "group"):
        entries_found = consumer.poll(max_entries=50, wait_s=0.1)
        consumer.ack(entries_found)
        taken += entries_found
    assert sorted(number(entry) for entry in taken) == list(range(n_acknowledged))
    log.append(TOPIC, numbered(5000, 5, size=50_000))
    assert log.lag(TOPIC, "group") == 5
    consumer.close()


def test_trimming_takes_what_is_old_and_acknowledged_by_every_group(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    log = open_log(start_server().url + "?retention_hours=0")
    log.append(TOPIC, numbered(0, 100))
    fast, slow = (log.consumer(TOPIC, group, member="one") for group in ("fast", "slow"))
    fast.ack(poll_all(fast, 100))
    held = sorted(poll_all(slow, 100), key=number)
    time.sleep(0.005)
    assert log.trim(TOPIC) == 0
    # All but one entry: those of its partition that came later stay with it.
    retained = held[40]
    slow.ack([entry for entry in held if entry is not retained])
    log.trim(TOPIC)
    left = [number(entry) for entry in log.replay(TOPIC)]
    assert min(left) == 40
    assert left == [number(e) for e in held if e.partition == retained.partition and number(e) >= 40]
    assert (log.lag(TOPIC, "slow"), log.lag(TOPIC, "fast")) == (1, 0)
    slow.ack([retained])
    log.trim(TOPIC)
    assert list(log.replay(TOPIC)) == []
    log.append(TOPIC, numbered(100, 3))
    assert sorted(number(entry) for entry in poll_all(slow, 3)) == [100, 101, 102]
    fast.close()
    slow.close()


def test_young_entries_stay_for_replay_unless_the_topic_is_too_large(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    server = start_server()
    log = open_log(server.url + "?retention_hours=1")
    for first in range(0, 400, 40):
        log.append(TOPIC, numbered(first, 40, size=10_000))
        time.sleep(0.002)
    consumer = log.consumer(TOPIC, "group", member="one")
    consumer.ack(poll_all(consumer, 400))
    assert log.trim(TOPIC) == 0
    bounded = open_log(server.url + "?retention_hours=1&retention_mb=1")
    assert bounded.trim(TOPIC) > 0
    left = [number(entry) for entry in bounded.replay(TOPIC)]
    assert 20 <= len(left) <= 110
    assert max(left) == 399
    consumer.close()


def test_appends_trim_by_themselves_now_and_then(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey_log, "TRIM_EVERY_S", 0.05)
    log = open_log(start_server().url + "?retention_hours=0")
    log.append(TOPIC, numbered(0, 10))
    time.sleep(0.06)
    log.append(TOPIC, numbered(10, 10))
    assert len(list(log.replay(TOPIC))) == 10


def test_lag_is_counted_by_hand_where_the_server_does_not_know_it(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    from redis import Redis

    server = start_server()
    log = open_log(server.url)
    log.append(TOPIC, numbered(0, 100))
    consumer = log.consumer(TOPIC, "group", member="one")
    consumer.poll(max_entries=10, wait_s=1)
    ahead = [entry for entry in log.replay(TOPIC) if entry.partition == 3]
    with Redis(port=server.port, protocol=2) as client:
        client.xdel(f"log:{{{TOPIC}}}:3", ahead[-3].offset)
        unknown: Any = client.xinfo_groups(f"log:{{{TOPIC}}}:3")
    assert unknown[0]["lag"] is None
    assert log.lag(TOPIC, "group") == 99
    consumer.close()


@pytest.mark.parametrize(
    ("setting", "value"), [("appendfsync", "everysec"), ("appendonly", "no"), ("maxmemory_policy", "allkeys-lru")]
)
def test_a_bus_that_could_forget_is_refused(start_server: StartServer, setting: str, value: str) -> None:
    server = start_server(**{setting: value})
    log = ValkeyLog(server.url)
    with pytest.raises(InvalidSettings, match=setting.replace("_", "-")):
        log.append(TOPIC, numbered(0, 1))
    log.close()
    accepting = ValkeyLog(server.url + "?durability=any")
    accepting.ensure_topic(TOPIC, partitions=1)
    accepting.append(TOPIC, numbered(0, 1))
    assert len(list(accepting.replay(TOPIC))) == 1
    accepting.close()


def test_a_bus_that_lost_its_data_says_not_found_and_takes_the_topic_anew(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    from redis import Redis

    server = start_server()
    log = open_log(server.url)
    log.append(TOPIC, numbered(0, 1))
    with Redis(port=server.port) as client:
        client.flushall()
    with pytest.raises(NotFound):
        log.append(TOPIC, numbered(1, 1))
    log.ensure_topic(TOPIC, partitions=2)
    log.append(TOPIC, numbered(1, 1))
    assert [number(entry) for entry in log.replay(TOPIC)] == [1]


def test_a_member_whose_connection_breaks_keeps_what_it_holds(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog]
) -> None:
    from redis import Redis

    server = start_server()
    log = open_log(server.url)
    log.append(TOPIC, numbered(0, 20))
    consumer, other = (log.consumer(TOPIC, "group", member=name) for name in ("one", "two"))
    held = poll_all(consumer, 20)
    with Redis(port=server.port) as client:
        client.client_kill_filter(skipme=True, _type="normal")
    deadline = time.monotonic() + 3 * valkey_log.MISSING_FOR_S
    while time.monotonic() < deadline:
        try:
            assert other.poll(max_entries=10, wait_s=0.2) == []
        except Unavailable:
            continue
    for _ in range(2):
        try:
            consumer.ack(held)
        except Unavailable:
            continue
    assert log.lag(TOPIC, "group") == 0
    consumer.close()
    other.close()


def test_who_was_missing_when_the_machine_stood_still_is_not_gone_for_that(
    start_server: StartServer, open_log: Callable[[str], ValkeyLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        now_s = 1000.0

        def monotonic(self) -> float:
            return self.now_s

    log = open_log(start_server().url)
    consumer, other = (log.consumer(TOPIC, "group", member=name) for name in ("one", "two"))
    monkeypatch.setattr(ValkeyConsumer, "_register_connection", lambda self, *, force: None)
    consumer._presence.close()
    clock = Clock()
    monkeypatch.setattr(valkey_log, "time", clock)
    eventually(lambda: other._find_gone() == [] and other._missing_s)
    clock.now_s += 60
    assert other._find_gone() == []
    clock.now_s += valkey_log.LOOK_EVERY_S
    assert [name.partition("/")[0] for name, _ in other._find_gone()] == ["one"]
    monkeypatch.undo()
    other.close()
    consumer.close()
