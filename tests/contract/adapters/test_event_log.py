"""One contract for the event log: the fake, Valkey Streams and Apache Kafka keep it, and say where they differ."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.event_log import connect
from shared.adapters.event_log_rules import MAX_ENTRY_BYTES, choose_key_partition, murmur2
from shared.adapters.kafka import event_log
from shared.adapters.memory.event_log import MemoryLog
from shared.errors import Conflict, InvalidInput, InvalidSettings, NotFound, TooLarge, Unavailable
from shared.ports.log import Entry, EventLog, LogConsumer, NewEntry
from shared.testing.valkey_process import ValkeyProcess, free_port
from tests.support.waiting import eventually

SOON_S = 60.0
"""Long enough for a group of Kafka to be divided anew, also where other tests have the processors."""


@dataclass
class Subject:
    """One adapter under test, and what of the contract it cannot keep."""

    name: str
    log: EventLog
    url: str = ""
    """For those who are killed, which soon shows; others are missed no sooner than a machine stalls."""
    dedups: bool = True
    acks_one_by_one: bool = True
    """Kafka commits up to the first gap."""
    names_are_unique: bool = True
    """A second member of the same name replaces the first."""
    reclaim_within_s: float = 1.5
    """After kill -9 of a member."""
    joined: list[LogConsumer] = field(default_factory=list)

    def topic(self, partitions: int = 4) -> str:
        """A fresh topic."""
        name = f"test.{uuid.uuid4().hex}"
        self.log.ensure_topic(name, partitions=partitions)
        return name

    def join(self, topic: str, group: str = "", member: str = "one", start: str = "earliest") -> LogConsumer:
        """A member that is closed after the test."""
        consumer = self.log.consumer(topic, group or group_of(topic), member=member, start=start)
        self.joined.append(consumer)
        return consumer


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bus of this test session."""
    server = ValkeyProcess(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server.url
    server.kill()


@pytest.fixture(scope="session")
def all_logs() -> Iterator[dict[str, EventLog]]:
    """Clients live as long as the session: connecting is not what is tested."""
    logs: dict[str, EventLog] = {}
    yield logs
    for log in logs.values():
        log.close()


@pytest.fixture(params=["memory", "valkey", "kafka"])
def subject(request: pytest.FixtureRequest, all_logs: dict[str, EventLog]) -> Iterator[Subject]:
    """Each adapter in turn."""
    result = _subject(request, all_logs)
    yield result
    for consumer in result.joined:
        consumer.close()


def _subject(request: pytest.FixtureRequest, all_logs: dict[str, EventLog]) -> Subject:
    if request.param == "memory":
        return Subject("memory", MemoryLog())
    if request.param == "valkey":
        url: str = request.getfixturevalue("valkey_url")
        return Subject("valkey", all_logs.setdefault("valkey", connect(url)), url)
    servers: str = request.getfixturevalue("kafka_servers")
    # A broker that is not ours may not allow members to be missed sooner.
    timeout_s = 6 if "KAFKA_BOOTSTRAP_SERVERS" in os.environ else 2
    return Subject(
        "kafka",
        all_logs.setdefault("kafka", connect(f"kafka://{servers}")),
        f"kafka://{servers}?session_timeout_s={timeout_s}",
        dedups=False,
        acks_one_by_one=False,
        names_are_unique=False,
        reclaim_within_s=timeout_s + 4,
    )


def group_of(topic: str) -> str:
    """One group per topic: on Kafka a group is known to the whole cluster."""
    return f"group-{topic}"


def entries_of(*values: str, key: str | None = None) -> list[NewEntry]:
    """Entries with these values."""
    return [NewEntry(value=value.encode(), key=None if key is None else key.encode()) for value in values]


def numbered(n: int, *, n_keys: int = 10) -> list[NewEntry]:
    """`n` entries of several keys, values 0 to n - 1."""
    return [NewEntry(value=str(i).encode(), key=f"key-{i % n_keys}".encode()) for i in range(n)]


def drain(consumer: LogConsumer, n: int, *, within_s: float = SOON_S, ack: bool = False) -> list[Entry]:
    """Poll until `n` entries have come."""
    polled: list[Entry] = []
    deadline = time.monotonic() + within_s
    while len(polled) < n:
        assert time.monotonic() < deadline, f"{len(polled)} of {n} entries came within {within_s} s"
        result = consumer.poll(max_entries=100, wait_s=0.5)
        if ack:
            consumer.ack(result)
        polled += result
    return polled


def texts(entries: Sequence[Entry]) -> list[str]:
    """Their values."""
    return [entry.value.decode() for entry in entries]


def by_key(entries: Sequence[Entry]) -> dict[bytes | None, list[str]]:
    """Values per key, in the order read."""
    result: dict[bytes | None, list[str]] = {}
    for entry in entries:
        result.setdefault(entry.key, []).append(entry.value.decode())
    return result


def soonest(took_s: Callable[[], float], *, below_s: float) -> float:
    """What the first of a few tries took that was soon enough: a machine may stall during one, or two."""
    tries: list[float] = []
    while not tries or tries[-1] >= below_s:
        assert len(tries) < 5, f"took {tries} s, not less than {below_s}"
        tries.append(took_s())
    return tries[-1]


def nothing_comes(consumer: LogConsumer, for_s: float = 0.8) -> bool:
    """Whether a member gets nothing for a while."""
    return consumer.poll(max_entries=100, wait_s=for_s) == []


# Appending and reading


def test_entries_of_a_key_come_in_the_order_of_appending(subject: Subject) -> None:
    topic = subject.topic()
    for first in range(0, 60, 20):
        subject.log.append(topic, numbered(60)[first : first + 20])
    result = by_key(drain(subject.join(topic), 60))
    assert result == {f"key-{k}".encode(): [str(i) for i in range(k, 60, 10)] for k in range(10)}


def test_a_key_lands_in_the_partition_that_kafkas_own_clients_pick(subject: Subject) -> None:
    topic = subject.topic(partitions=7)
    subject.log.append(topic, numbered(40, n_keys=20))
    for entry in drain(subject.join(topic), 40):
        assert entry.key is not None
        assert entry.partition == choose_key_partition(entry.key, 7)


def test_entries_without_a_key_are_spread_over_the_partitions(subject: Subject) -> None:
    topic = subject.topic(partitions=4)
    subject.log.append(topic, entries_of(*map(str, range(80))))
    assert {entry.partition for entry in drain(subject.join(topic), 80)} == {0, 1, 2, 3}


def test_value_key_headers_and_time_come_back_as_they_went(subject: Subject) -> None:
    topic = subject.topic(partitions=1)
    every_byte = bytes(range(256))
    new_entries = [
        NewEntry(value=every_byte, key=every_byte, headers=(("ce_id", b"1"), ("ce_id", b"\x00\xff"), ("ü-name", b""))),
        NewEntry(value=b"", key=b""),
        NewEntry(value=b"", is_null=True),
        NewEntry(value=b"plain", dedup_id="an id"),
    ]
    before_ms = time.time() * 1000
    subject.log.append(topic, new_entries)
    result = drain(subject.join(topic), 4)
    assert [(e.value, e.is_null, e.key, e.headers) for e in result] == [
        (e.value, e.is_null, e.key, e.headers) for e in new_entries
    ]
    for entry in result:
        assert (entry.topic, entry.partition, entry.n_deliveries) == (topic, 0, 1)
        assert before_ms - 1 <= entry.timestamp_ms <= time.time() * 1000 + 1
    assert len({entry.offset for entry in result}) == 4


def test_entries_of_900_kb_go_through(subject: Subject) -> None:
    topic = subject.topic(partitions=2)
    new_entries = [os.urandom(900_000) for _ in range(12)]
    subject.log.append(topic, [NewEntry(value=value) for value in new_entries])
    result = drain(subject.join(topic), 12, ack=True)
    assert Counter(entry.value for entry in result) == Counter(new_entries)
    assert subject.log.lag(topic, group_of(topic)) == 0


def test_an_entry_above_the_limit_is_refused_and_nothing_of_its_batch_is_stored(subject: Subject) -> None:
    topic = subject.topic()
    with pytest.raises(TooLarge):
        subject.log.append(topic, [*entries_of("small"), NewEntry(value=b"x" * (MAX_ENTRY_BYTES + 1))])
    assert list(subject.log.replay(topic)) == []


def test_an_entry_at_the_limit_is_taken(subject: Subject) -> None:
    topic = subject.topic(partitions=1)
    subject.log.append(topic, [NewEntry(value=os.urandom(MAX_ENTRY_BYTES))])
    assert [len(entry.value) for entry in subject.log.replay(topic)] == [MAX_ENTRY_BYTES]


def test_a_large_batch_is_stored_whole_and_in_order(subject: Subject) -> None:
    topic = subject.topic(partitions=1)
    subject.log.append(topic, numbered(2500))
    assert texts(list(subject.log.replay(topic))) == [str(i) for i in range(2500)]


def test_appending_nothing_is_fine(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, [])
    assert subject.log.lag(topic, group_of(topic)) == 0


def test_an_id_appended_again_adds_nothing_where_the_log_remembers_ids(subject: Subject) -> None:
    topic = subject.topic()
    batch = [NewEntry(value=b"a", dedup_id="1"), NewEntry(value=b"b", dedup_id="2"), NewEntry(value=b"c")]
    subject.log.append(topic, batch)
    subject.log.append(topic, batch)
    stored = Counter(texts(list(subject.log.replay(topic))))
    assert stored == ({"a": 1, "b": 1, "c": 2} if subject.dedups else {"a": 2, "b": 2, "c": 2})


def test_an_id_twice_in_one_batch_is_one_entry_where_the_log_remembers_ids(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, [NewEntry(value=b"first", dedup_id="1"), NewEntry(value=b"second", dedup_id="1")])
    assert len(list(subject.log.replay(topic))) == (1 if subject.dedups else 2)


def test_the_same_id_in_another_topic_is_another_entry(subject: Subject) -> None:
    for topic in (subject.topic(), subject.topic()):
        subject.log.append(topic, [NewEntry(value=b"a", dedup_id="1")])
        assert len(list(subject.log.replay(topic))) == 1


def test_four_threads_append_at_once_and_each_key_stays_in_order(subject: Subject) -> None:
    topic = subject.topic(partitions=8)

    def produce(thread: int) -> None:
        for at in range(0, 200, 20):
            subject.log.append(topic, entries_of(*map(str, range(at, at + 20)), key=f"thread-{thread}"))

    threads = [threading.Thread(target=produce, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result = by_key(drain(subject.join(topic), 800))
    assert result == {f"thread-{i}".encode(): [str(n) for n in range(200)] for i in range(4)}


def test_every_one_of_many_partitions_is_read(subject: Subject) -> None:
    topic = subject.topic(partitions=64)
    subject.log.append(topic, numbered(1000, n_keys=500))
    result = drain(subject.join(topic), 1000, ack=True)
    assert sorted(map(int, texts(result))) == list(range(1000))
    assert len({entry.partition for entry in result}) == 64
    assert subject.log.lag(topic, group_of(topic)) == 0


def test_what_is_acknowledged_while_a_topic_only_comes_into_being_is_stored(subject: Subject) -> None:
    for _ in range(5):
        topic, n_wanted = f"test.{uuid.uuid4().hex}", numbered(4000, n_keys=400)
        maker = threading.Thread(target=subject.log.ensure_topic, args=(topic,), kwargs={"partitions": 64})
        maker.start()
        eventually(partial(appended, subject.log, topic, n_wanted), within_s=SOON_S, every_s=0.001)
        maker.join()
        stored = Counter(entry.value for entry in subject.log.replay(topic))
        assert stored == Counter(entry.value for entry in n_wanted)


def appended(log: EventLog, topic: str, entries: Sequence[NewEntry]) -> bool:
    """Whether the topic was there."""
    try:
        log.append(topic, entries)
    except NotFound:
        return False
    return True


def test_one_request_at_a_time_is_sent_to_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pinned, as what it prevents happens to one topic in fifty, in the moment it comes into being."""
    reading: list[dict[str, object]] = []

    class Noted:
        def __init__(self, config: dict[str, object]) -> None:
            reading.append(config)
            raise Unavailable("noted")

    monkeypatch.setattr(event_log, "_Sender", Noted)
    log = event_log.KafkaLog("kafka://127.0.0.1:1")
    log._partitions["topic"] = 1
    with pytest.raises(Unavailable, match="noted"):
        log.append("topic", numbered(1))
    assert reading[0]["max.in.flight.requests.per.connection"] == 1


# Polling


def test_poll_gives_no_more_than_was_asked_for(subject: Subject) -> None:
    topic = subject.topic(partitions=8)
    subject.log.append(topic, numbered(50))
    consumer = subject.join(topic)
    sizes: list[int] = []
    while sum(sizes) < 50:
        sizes.append(len(consumer.poll(max_entries=7, wait_s=SOON_S)))
    assert max(sizes) <= 7
    assert nothing_comes(consumer)


def test_a_long_partition_hides_no_other(subject: Subject) -> None:
    if not subject.acks_one_by_one:
        pytest.skip("Kafka hands out what has arrived, a fetch at a time")
    topic = subject.topic(partitions=4)
    key_of = {choose_key_partition(key, 4): key for key in (b"%d" % n for n in range(50))}
    subject.log.append(topic, [NewEntry(value=b"", key=key_of[p]) for p in range(4) for _ in range(100)])
    first = subject.join(topic).poll(max_entries=20, wait_s=SOON_S)
    assert Counter(entry.partition for entry in first) == {0: 5, 1: 5, 2: 5, 3: 5}


def test_poll_of_an_empty_topic_returns_after_the_wait(subject: Subject) -> None:
    consumer = subject.join(subject.topic())
    consumer.poll(max_entries=1, wait_s=2)

    def poll_s() -> float:
        began = time.monotonic()
        assert consumer.poll(max_entries=1, wait_s=0.7) == []
        return time.monotonic() - began

    assert soonest(poll_s, below_s=1.7) >= 0.65


def test_poll_wakes_when_something_is_appended(subject: Subject) -> None:
    topic = subject.topic()
    consumer = subject.join(topic)
    subject.log.append(topic, entries_of("warm up"))
    drain(consumer, 1)

    def poll_s() -> float:
        timer = threading.Timer(0.3, subject.log.append, (topic, entries_of("late")))
        began = time.monotonic()
        timer.start()
        assert texts(consumer.poll(max_entries=10, wait_s=10)) == ["late"]
        took_s = time.monotonic() - began
        timer.join()
        return took_s

    soonest(poll_s, below_s=1.5)


def test_a_closed_member_cannot_poll(subject: Subject) -> None:
    consumer = subject.join(subject.topic())
    consumer.close()
    consumer.close()
    with pytest.raises(Conflict):
        consumer.poll(max_entries=1, wait_s=0)


# Groups


def test_two_groups_read_independently(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, numbered(20))
    one, two = subject.join(topic, "one"), subject.join(topic, "two")
    drain(one, 20, ack=True)
    assert (subject.log.lag(topic, "one"), subject.log.lag(topic, "two")) == (0, 20)
    assert len(drain(two, 20, ack=True)) == 20
    assert subject.log.lag(topic, "two") == 0


def test_two_members_share_without_overlap(subject: Subject) -> None:
    topic = subject.topic(partitions=8)
    members = [subject.join(topic, member="one"), subject.join(topic, member="two")]
    key_of = {choose_key_partition(key, 8): key for key in (b"%d" % n for n in range(100))}
    n_taken = [0, 0]

    def settled() -> bool:
        if subject.log.lag(topic, group_of(topic)) == 0:
            if all(n_taken):
                return True
            subject.log.append(topic, [NewEntry(value=b"", key=key) for key in key_of.values()])
        for number, member in enumerate(members):
            result = member.poll(max_entries=4, wait_s=0.05)
            member.ack(result)
            n_taken[number] += len(result)
        return False

    # Both are in before the rest is there, so that nothing has to move between them.
    eventually(settled, within_s=SOON_S)
    subject.log.append(topic, numbered(200, n_keys=100))
    polled: list[list[Entry]] = [[], []]
    deadline = time.monotonic() + SOON_S
    while sum(map(len, polled)) < 200 and time.monotonic() < deadline:
        for member, hand in zip(members, polled, strict=True):
            result = member.poll(max_entries=10, wait_s=0.1)
            member.ack(result)
            hand += result
    assert sorted(int(text) for hand in polled for text in texts(hand)) == list(range(200))
    assert all(polled)
    assert subject.log.lag(topic, group_of(topic)) == 0


def test_a_new_group_starts_at_the_earliest_entry(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, entries_of("old"))
    assert texts(drain(subject.join(topic), 1)) == ["old"]


def test_a_new_group_that_starts_at_the_latest_sees_what_comes_after_it_joined(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, numbered(10))
    consumer = subject.join(topic, start="latest")
    # Before the first poll: the group's start is written down when it is joined.
    subject.log.append(topic, entries_of("new"))
    assert texts(drain(consumer, 1)) == ["new"]
    assert nothing_comes(consumer)


def test_a_group_keeps_its_place_when_joined_with_another_start(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, entries_of("old"))
    subject.join(topic, start="earliest").close()
    assert texts(drain(subject.join(topic, member="two", start="latest"), 1)) == ["old"]


def test_one_group_reads_two_topics_from_where_it_joined_each(subject: Subject) -> None:
    old, new = subject.topic(), subject.topic()
    first = subject.join(old, group=f"both-{old}")
    assert nothing_comes(first, for_s=1.0)
    subject.log.append(new, entries_of("before"))
    second = subject.join(new, group=f"both-{old}", member="two", start="latest")
    subject.log.append(old, entries_of("of the old"))
    subject.log.append(new, entries_of("after"))
    polled: list[str] = []
    deadline = time.monotonic() + SOON_S
    while len(polled) < 2 and time.monotonic() < deadline:
        for consumer in (first, second):
            result = consumer.poll(max_entries=10, wait_s=0.2)
            consumer.ack(result)
            polled += texts(result)
    assert sorted(polled) == ["after", "of the old"]


def test_what_was_acknowledged_does_not_come_again(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, numbered(20))
    first = subject.join(topic)
    drain(first, 20, ack=True)
    first.close()
    subject.log.append(topic, entries_of("new"))
    second = subject.join(topic, member="two")
    assert texts(drain(second, 1)) == ["new"]
    assert nothing_comes(second)


def test_what_a_closed_member_did_not_acknowledge_comes_to_another(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, numbered(20))
    first = subject.join(topic)
    pending = drain(first, 20)
    first.close()
    second = drain(subject.join(topic, member="two"), 20)
    assert sorted(texts(second)) == sorted(texts(pending))
    if subject.acks_one_by_one:
        assert {entry.n_deliveries for entry in second} == {2}


def test_entries_acknowledged_out_of_order(subject: Subject) -> None:
    topic = subject.topic(partitions=1)
    subject.log.append(topic, entries_of(*"abcdef", key="k"))
    first = subject.join(topic)
    a, b, c, d, e, _f = drain(first, 6)
    first.ack([a])
    first.ack([e, c])
    assert subject.log.lag(topic, group_of(topic)) == (3 if subject.acks_one_by_one else 5)
    first.ack([b])
    assert subject.log.lag(topic, group_of(topic)) == (2 if subject.acks_one_by_one else 3)
    first.ack([b, d])
    assert subject.log.lag(topic, group_of(topic)) == 1
    first.close()
    assert texts(drain(subject.join(topic, member="two"), 1)) == ["f"]


def test_a_gap_comes_again_and_beyond_it_what_the_log_cannot_remember(subject: Subject) -> None:
    topic = subject.topic(partitions=1)
    subject.log.append(topic, entries_of(*"abcd", key="k"))
    first = subject.join(topic)
    a, _b, c, d = drain(first, 4)
    first.ack([d, a, c])
    first.close()
    expected = ["b"] if subject.acks_one_by_one else ["b", "c", "d"]
    second = subject.join(topic, member="two")
    assert texts(drain(second, len(expected))) == expected
    assert nothing_comes(second)


def test_acknowledging_twice_or_nothing_does_no_harm(subject: Subject) -> None:
    topic = subject.topic()
    subject.log.append(topic, numbered(3))
    consumer = subject.join(topic)
    pending = drain(consumer, 3)
    consumer.ack(pending)
    consumer.ack(pending)
    consumer.ack([])
    assert subject.log.lag(topic, group_of(topic)) == 0


def test_a_slow_member_that_lives_keeps_what_it_holds(subject: Subject) -> None:
    topic = subject.topic(partitions=4)
    slow = subject.join(topic, member="slow")
    subject.log.append(topic, numbered(20))
    pending = drain(slow, 20)
    other = subject.join(topic, member="other")
    # Longer than it takes to be missed; Kafka is not asked as long, its members share partitions instead.
    assert nothing_comes(other, for_s=2.5 if subject.acks_one_by_one else 1.0)
    slow.ack(pending)
    assert subject.log.lag(topic, group_of(topic)) == 0


def test_a_member_of_the_same_name_takes_over_and_the_former_is_told(subject: Subject) -> None:
    if not subject.names_are_unique:
        pytest.skip("dynamic members of Kafka have no names")

    def taking_over_s() -> float:
        topic = subject.topic()
        subject.log.append(topic, numbered(10))
        former = subject.join(topic, member="one")
        pending = drain(former, 10)
        subject.log.append(topic, entries_of("new"))
        successor = subject.join(topic, member="one")
        began = time.monotonic()
        first = successor.poll(max_entries=10, wait_s=5)
        took_s = time.monotonic() - began
        assert sorted(texts(first)) == sorted(texts(pending))
        assert texts(drain(successor, 1)) == ["new"]
        with pytest.raises(Conflict):
            former.poll(max_entries=1, wait_s=0)
        return took_s

    soonest(taking_over_s, below_s=0.3)


_HOLD_AND_WAIT = """
import sys, time
from shared.adapters.event_log import connect
url, topic, group, n, member = sys.argv[1:]
log = connect(url)
consumer = log.consumer(topic, group, member=member)
held = []
while len(held) < int(n):
    held += consumer.poll(max_entries=100, wait_s=1)
consumer.ack([entry for entry in held if entry.value.decode() == "0"])
print("holds", flush=True)
time.sleep(600)
"""


def _killed_member(subject: Subject, topic: str, n: int, member: str) -> None:
    """Let a member read all, acknowledge the value 0, and die by SIGKILL."""
    if isinstance(subject.log, MemoryLog):
        consumer = subject.log.consumer(topic, group_of(topic), member=member)
        pending = drain(consumer, n)
        consumer.ack([entry for entry in pending if entry.value == b"0"])
        subject.log.kill(topic, group_of(topic), member)
        return
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD_AND_WAIT, subject.url, topic, group_of(topic), str(n), member],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"holds\n"
        finally:
            process.kill()


@pytest.mark.parametrize("successor", ["another", "the-same"])
def test_what_a_killed_member_held_comes_to_its_successor(
    subject: Subject, successor: str, record_property: Callable[[str, object], None]
) -> None:
    def reclaim_s() -> float:
        topic = subject.topic(partitions=4)
        subject.log.append(topic, numbered(30))
        _killed_member(subject, topic, 30, "the-same")
        began = time.monotonic()
        consumer = subject.join(topic, member=successor)
        result = drain(consumer, 29, ack=True)
        took_s = time.monotonic() - began
        assert sorted(map(int, texts(result))) == list(range(1, 30))
        assert subject.log.lag(topic, group_of(topic)) == 0
        assert nothing_comes(consumer)
        return took_s

    at_once = successor == "the-same" and subject.names_are_unique
    took_s = soonest(reclaim_s, below_s=0.3 if at_once else subject.reclaim_within_s)
    record_property("reclaim_s", round(took_s, 3))


# Lag and replay


def test_lag_counts_what_is_not_acknowledged(subject: Subject) -> None:
    topic = subject.topic(partitions=3)
    assert subject.log.lag(topic, group_of(topic)) == 0
    subject.log.append(topic, numbered(30))
    assert subject.log.lag(topic, group_of(topic)) == 30
    consumer = subject.join(topic)
    assert subject.log.lag(topic, group_of(topic)) == 30
    pending = drain(consumer, 30)
    assert subject.log.lag(topic, group_of(topic)) == 30
    consumer.ack(pending[:10])
    consumer.ack(pending[10:])
    assert subject.log.lag(topic, group_of(topic)) == 0
    subject.log.append(topic, numbered(5))
    assert subject.log.lag(topic, group_of(topic)) == 5


def test_replay_gives_every_entry_and_touches_no_group(subject: Subject) -> None:
    topic = subject.topic(partitions=3)
    subject.log.append(topic, numbered(300))
    consumer = subject.join(topic)
    drain(consumer, 300, ack=True)
    subject.log.append(topic, entries_of("new"))
    result = list(subject.log.replay(topic))
    assert sorted(texts(result)) == sorted([*map(str, range(300)), "new"])
    for partition in range(3):
        at = [int(text) for text in texts([e for e in result if e.partition == partition]) if text != "new"]
        assert at == sorted(at)
    assert subject.log.lag(topic, group_of(topic)) == 1
    assert texts(drain(consumer, 1)) == ["new"]


def test_replay_since_a_time_leaves_out_what_is_older(subject: Subject) -> None:
    topic = subject.topic(partitions=2)
    subject.log.append(topic, numbered(10))
    newest_ms = max(entry.timestamp_ms for entry in subject.log.replay(topic))
    while time.time() * 1000 < newest_ms + 5:
        time.sleep(0.001)
    since = datetime.fromtimestamp((newest_ms + 2) / 1000, UTC)
    subject.log.append(topic, entries_of("new"))
    assert texts(list(subject.log.replay(topic, since=since))) == ["new"]
    assert list(subject.log.replay(topic, since=datetime.fromtimestamp(time.time() + 60, UTC))) == []


def test_replay_ends_with_what_was_there_when_it_was_asked_for(subject: Subject) -> None:
    topic = subject.topic(partitions=1)
    subject.log.append(topic, entries_of("a", "b"))
    replay = subject.log.replay(topic)
    subject.log.append(topic, entries_of("c"))
    assert texts(list(replay)) == ["a", "b"]


# Refusals


def test_a_topic_keeps_its_partitions_when_ensured_again(subject: Subject) -> None:
    topic = subject.topic(partitions=2)
    subject.log.ensure_topic(topic, partitions=9)
    subject.log.append(topic, numbered(100, n_keys=100))
    assert {entry.partition for entry in subject.log.replay(topic)} == {0, 1}


def test_an_unknown_topic_is_not_found(subject: Subject) -> None:
    with pytest.raises(NotFound):
        subject.log.append("test.nobody-made-it", numbered(1))
    with pytest.raises(NotFound):
        subject.log.consumer("test.nobody-made-it", "group", member="one")
    with pytest.raises(NotFound):
        subject.log.replay("test.nobody-made-it")
    with pytest.raises(NotFound):
        subject.log.lag("test.nobody-made-it", "group")


def test_names_and_starts_that_cannot_be_are_refused(subject: Subject) -> None:
    topic = subject.topic()
    with pytest.raises(InvalidInput):
        subject.log.ensure_topic("no spaces", partitions=1)
    with pytest.raises(InvalidInput):
        subject.log.ensure_topic("test.none", partitions=0)
    with pytest.raises(InvalidInput):
        subject.log.consumer(topic, "", member="one")
    with pytest.raises(InvalidInput):
        subject.log.consumer(topic, "group", member="a/b")
    with pytest.raises(InvalidInput):
        subject.log.consumer(topic, "group", member="one", start="yesterday")


@pytest.mark.parametrize("scheme", ["redis", "kafka"])
def test_a_server_that_is_not_there_is_unavailable_within_a_bounded_time(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "RESPONSE_TIMEOUT_S", 2.0)
    log = connect(f"{scheme}://127.0.0.1:{free_port()}")

    def ask_s() -> float:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            log.append("test.topic", numbered(1))
        with pytest.raises(Unavailable):
            log.consumer("test.topic", "group", member="one")
        return time.monotonic() - began

    soonest(ask_s, below_s=6)
    log.close()


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://127.0.0.1", "expected redis://"),
        ("redis://127.0.0.1?retention_hours=soon", "retention_hours: is not a number"),
        ("redis://127.0.0.1?durability=maybe&dedup_hours=0", "dedup_hours: is out of range; durability"),
        ("kafka://127.0.0.1:9092?enable.idempotence=false", "enable.idempotence: is fixed"),
        ("kafka://127.0.0.1:9092?membership=loose&nonsense=1", "nonsense: is unknown; membership"),
        ("kafka://", "expected kafka://host:port"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_before_anything_connects(url: str, fault: str) -> None:
    with pytest.raises(InvalidSettings, match=fault):
        connect(url)


def test_murmur2_agrees_with_the_values_that_kafka_tests_its_own_with() -> None:
    # From UtilsTest.testMurmur2 of Apache Kafka's clients; there the numbers are signed.
    sizes = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536, b"abc": 479470107}
    assert {key: murmur2(key) for key in sizes} == {key: value & 0xFFFFFFFF for key, value in sizes.items()}


# Against the model

_Step = tuple[str, int, int]
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "poll", "poll", "ack", "close", "reopen"]),
        st.integers(0, 5),
        st.integers(0, 1_000_000),
    ),
    min_size=4,
    max_size=25,
)


class Pair:
    """An adapter and the model go the same way; whatever the model gives, the adapter gives."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.model = MemoryLog()
        self.topic = subject.topic(partitions=3)
        self.model.ensure_topic(self.topic, partitions=3)
        self.n_appended = 0
        self.hand: dict[str, tuple[Entry, Entry]] = {}
        self.members: tuple[LogConsumer, LogConsumer] | None = None

    def walk(self, steps: Sequence[_Step]) -> None:
        """Take all steps, then read to the end."""
        for name, size, choice in steps:
            getattr(self, name)(size, choice)
            expected = self.model.lag(self.topic, group_of(self.topic))
            assert self.subject.log.lag(self.topic, group_of(self.topic)) == expected, (name, size, choice)
        self.poll(0, 0)
        self.ack(0, 0)
        self.close(0, 0)

    def append(self, size: int, choice: int) -> None:
        """A batch of several keys, some with ids that were used before."""
        batch = []
        for i in range(size):
            dedup_id = str(choice % 7) if self.subject.dedups and choice % 3 == 0 else ""
            batch.append(
                NewEntry(value=str(self.n_appended).encode(), key=str((choice + i) % 5).encode(), dedup_id=dedup_id)
            )
            self.n_appended += 1
        self.model.append(self.topic, batch)
        self.subject.log.append(self.topic, batch)

    def poll(self, _size: int, choice: int) -> None:
        """All that there is for the one member."""
        if self.members is None:
            member = f"member-{choice % 2}"
            self.members = (
                self.model.consumer(self.topic, group_of(self.topic), member=member),
                self.subject.join(self.topic, member=member),
            )
        model, real = self.members
        expected = model.poll(max_entries=10_000, wait_s=0)
        result = drain(real, len(expected))
        assert by_key(result) == by_key(sorted(expected, key=lambda entry: (entry.partition, int(entry.offset))))
        values = {entry.value.decode(): entry for entry in result}
        self.hand |= {entry.value.decode(): (entry, values[entry.value.decode()]) for entry in expected}

    def ack(self, size: int, choice: int) -> None:
        """A part of the hand: any part where the log remembers single acknowledgements, else from the front."""
        if self.members is None:
            return
        chosen = [value for i, value in enumerate(self.hand) if size == 0 or (choice >> i % 20) & 1]
        if not self.subject.acks_one_by_one:
            behind = {model.partition for value, (model, _) in self.hand.items() if value not in chosen}
            chosen = [value for value in chosen if self.hand[value][0].partition not in behind]
        pairs = [self.hand.pop(value) for value in chosen]
        self.members[0].ack([model for model, _ in pairs])
        self.members[1].ack([real for _, real in pairs])

    def close(self, _size: int, _choice: int) -> None:
        """The member leaves; what it held comes again."""
        if self.members is not None:
            for member in self.members:
                member.close()
        self.members = None
        self.hand.clear()

    def reopen(self, size: int, choice: int) -> None:
        """Leave and come back."""
        self.close(size, choice)
        self.poll(size, choice)


@settings(max_examples=12, suppress_health_check=list(HealthCheck), database=None)
@given(steps=_STEPS)
def test_valkey_goes_the_way_of_the_model(valkey_url: str, steps: list[_Step]) -> None:
    log = connect(valkey_url)
    try:
        Pair(Subject("valkey", log, valkey_url)).walk(steps)
    finally:
        log.close()


@settings(max_examples=4, suppress_health_check=list(HealthCheck), database=None)
@given(steps=_STEPS)
def test_kafka_goes_the_way_of_the_model(kafka_servers: str, steps: list[_Step]) -> None:
    log = connect(f"kafka://{kafka_servers}")
    try:
        Pair(Subject("kafka", log, dedups=False, acks_one_by_one=False)).walk(steps)
    finally:
        log.close()
