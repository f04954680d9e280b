"""The event log on Apache Kafka, with confluent-kafka.

``kafka://host:port,host:port`` may be followed by ``?`` and

``replication_factor``  copies of a new topic (3, or as many as there are brokers)
``membership``          ``dynamic``, or ``static``: a member keeps its name over restarts, so its entries wait for it
                        during the session timeout instead of moving (dynamic)
``session_timeout_s``   after this long without a heartbeat a member is gone (10)
``security.protocol``, ``sasl.username`` and any other property of librdkafka with a dot in its name, except those that
make the log durable and exact: they are fixed here.

Differences from Valkey, so that callers must not rely on more:

**Ids.** Kafka does not remember a `dedup_id`. It travels as a header, which is removed on reading, and the same id
appended twice is two entries: the reader's inbox drops the second. A producer's own retries are exact
(idempotence), a new producer's after a crash are not.

**Batches.** Entries of one call go to several partitions and can fail one by one; a call that raises may have stored
any of them.

**Ownership.** Partitions are divided among the members, so at most that many work. An entry comes again when its
partition moves before it was acknowledged. A killed member's entries move after the session timeout, a closed one's at
once. A live member that is slow keeps its own, if it polls within five minutes.

**Acknowledging** commits, per partition, up to the first entry that is still open: entries acknowledged beyond a gap
count as open in `lag` and come again after a crash. `n_deliveries` is always 1, Kafka does not count.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from shared.adapters import event_log_rules
from shared.errors import Conflict, InvalidSettings, NotFound, Overloaded, TooLarge, TouchlineError, Unavailable
from shared.ports.log import Entry, NewEntry

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message, Producer
    from confluent_kafka.admin import AdminClient

_T = TypeVar("_T")
logger = logging.getLogger(__name__)

DEDUP_HEADER = "touchline-dedup-id"
MAX_MESSAGE_BYTES = event_log_rules.MAX_ENTRY_BYTES + 65_536
"""Largest message of a topic: an entry and the record's own overhead."""
RESPONSE_TIMEOUT_S = 6.0
DELIVERY_TIMEOUT_S = 15.0
REPLAY_BATCH = 200
REPLAY_GROUP = "touchline-replay"
"""A consumer has to name a group; nobody joins this one and nothing is committed to it."""
_MINUTES_5_MS = 300_000

_SILENT_CLIENT: dict[str, Any] = {"logger": None, "log_level": 2}
"""For clients that are never polled: their log would pile up unread."""

_FIXED_PROPERTIES = frozenset(
    {
        *("bootstrap.servers", "acks", "request.required.acks", "enable.idempotence", "enable.auto.commit"),
        *("enable.auto.offset.store", "isolation.level", "auto.offset.reset", "group.id", "group.instance.id"),
        *("partitioner", "message.max.bytes", "session.timeout.ms", "partition.assignment.strategy"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """The options of the URL."""

    servers: str
    replication_factor: int = 0
    static_membership: bool = False
    session_timeout_s: float = 10.0
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse_options(url: str) -> KafkaOptions:
    """Read the URL; `InvalidSettings` names every fault at once."""
    parts = urlsplit(url)
    faults: list[str] = []
    if not parts.netloc:
        faults.append("expected kafka://host:port,...")
    numbers = {"replication_factor": 0.0, "session_timeout_s": 10.0}
    membership = "dynamic"
    properties: dict[str, str] = {}
    for name, text in parse_qsl(parts.query, keep_blank_values=True):
        if name in numbers:
            try:
                numbers[name] = float(text)
            except ValueError:
                faults.append(f"{name}: is not a number")
            if not 0 <= numbers[name] <= 1800:
                faults.append(f"{name}: is out of range")
        elif name == "membership":
            membership = text
        elif "." in name and name not in _FIXED_PROPERTIES:
            properties[name] = text
        else:
            faults.append(f"{name}: {'is fixed' if name in _FIXED_PROPERTIES else 'is unknown'}")
    if membership not in {"static", "dynamic"}:
        faults.append("membership: expected static or dynamic")
    if faults:
        raise InvalidSettings("EVENT_LOG_URL: " + "; ".join(faults))
    return KafkaOptions(
        servers=parts.netloc,
        replication_factor=int(numbers["replication_factor"]),
        static_membership=membership == "static",
        session_timeout_s=numbers["session_timeout_s"],
        properties=properties,
    )


def _translate(what: str, error: KafkaError) -> TouchlineError:
    """Return our error for one of the broker or the library."""
    from confluent_kafka import KafkaError as Codes

    text = f"event log: {what}: {error.str()}"
    if error.code() in {Codes.UNKNOWN_TOPIC_OR_PART, Codes._UNKNOWN_TOPIC, Codes._UNKNOWN_PARTITION}:
        return NotFound(text)
    if error.code() in {Codes.MSG_SIZE_TOO_LARGE, Codes.RECORD_LIST_TOO_LARGE}:
        return TooLarge(text)
    if error.code() in {Codes.FENCED_INSTANCE_ID, Codes._FENCED}:
        return Conflict(text)
    return Unavailable(text)


@contextmanager
def _map_errors(what: str) -> Iterator[None]:
    """Turn confluent-kafka's errors into ours."""
    from confluent_kafka import KafkaException

    try:
        yield
    except KafkaException as exc:
        raise _translate(what, exc.args[0]) from exc


def _retry_while_electing(what: str, request: Callable[[], _T]) -> _T:
    """Call `request`, again while a leader or coordinator is elected: it is named before it answers."""
    from confluent_kafka import KafkaError as Codes
    from confluent_kafka import KafkaException

    temporary = {
        *(Codes.NOT_LEADER_FOR_PARTITION, Codes.LEADER_NOT_AVAILABLE, Codes.UNKNOWN_TOPIC_OR_PART),
        *(Codes.COORDINATOR_LOAD_IN_PROGRESS, Codes.COORDINATOR_NOT_AVAILABLE, Codes.NOT_COORDINATOR),
    }
    deadline = time.monotonic() + RESPONSE_TIMEOUT_S
    while True:
        try:
            return request()
        except KafkaException as exc:
            if exc.args[0].code() not in temporary or time.monotonic() > deadline:
                raise _translate(what, exc.args[0]) from exc
            time.sleep(0.02)


def _checked_partitions(partitions: Any) -> list[Any]:
    """Return the partitions of a response; the first error of one is raised."""
    from confluent_kafka import KafkaException

    for at in partitions:
        if at.error is not None:
            raise KafkaException(at.error)
    return list(partitions)


def _read_entry(message: Message) -> Entry:
    headers: Any = message.headers() or ()
    key: Any = message.key()
    value: Any = message.value()
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    return Entry(
        topic=message.topic() or "",
        partition=partition,
        offset=str(offset),
        timestamp_ms=message.timestamp()[1],
        value=value or b"",
        is_null=value is None,
        key=key,
        headers=tuple((name, content or b"") for name, content in headers if name != DEDUP_HEADER),
    )


class KafkaLog:
    """An `EventLog` on a Kafka cluster; shared between threads. Nothing connects before the first call."""

    def __init__(self, url: str) -> None:
        self._options = parse_options(url)
        self._lock = threading.Lock()
        self._admin_client: AdminClient | None = None
        self._sender: _Sender | None = None
        self._query_clients: dict[str, Consumer] = {}
        self._partitions: dict[str, int] = {}

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """Create the topic unless it exists, and wait until it has leaders; an existing one keeps its partitions."""
        from confluent_kafka import KafkaError as Codes
        from confluent_kafka import KafkaException
        from confluent_kafka.cimpl import NewTopic

        event_log_rules.check_partitions(topic, partitions)
        if self._look_up(topic):
            return
        with _map_errors(f"topic {topic}"):
            n_brokers = len(self._admin.list_topics(timeout=RESPONSE_TIMEOUT_S).brokers)
            copies = self._options.replication_factor or min(3, n_brokers)
            config = {"max.message.bytes": str(MAX_MESSAGE_BYTES), "min.insync.replicas": str(max(1, copies - 1))}
            new_topic = NewTopic(topic, num_partitions=partitions, replication_factor=copies, config=config)
            try:
                self._admin.create_topics([new_topic], operation_timeout=RESPONSE_TIMEOUT_S)[topic].result(
                    RESPONSE_TIMEOUT_S
                )
            except KafkaException as exc:
                if exc.args[0].code() != Codes.TOPIC_ALREADY_EXISTS:
                    raise
        deadline = time.monotonic() + RESPONSE_TIMEOUT_S
        while not self._look_up(topic):
            if time.monotonic() > deadline:
                raise Unavailable(f"event log: topic {topic} was created and has no leader yet")
            time.sleep(0.02)

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Return once every entry is stored on all replicas in sync (acks=all).

        Raises
        ------
        Unavailable : the brokers did not confirm in time; any of the entries may be stored.
        Overloaded : the producer's buffer stayed full.
        NotFound : no such topic.
        TooLarge : an entry is larger than the log or the topic takes.
        """
        event_log_rules.check_sizes(topic, entries)
        self.partitions(topic)
        with self._lock:
            if self._sender is None or self._sender.broken:
                self._sender = _Sender(self._producer_config())
            sender = self._sender
        try:
            sender.send(topic, entries)
        except NotFound:
            self._partitions.pop(topic, None)
            raise

    def consumer(self, topic: str, group: str, *, member: str, start: str = "earliest") -> KafkaConsumer:
        """Join a group; a new group starts at ``earliest`` or ``latest``, as of now."""
        event_log_rules.check_name("group", group)
        event_log_rules.check_name("member", member)
        event_log_rules.check_start(start)
        first = self._pin(topic, group, start)
        config = self._reader_config(group) | {
            "client.id": member,
            "session.timeout.ms": int(self._options.session_timeout_s * 1000),
            "heartbeat.interval.ms": int(self._options.session_timeout_s * 1000 / 4),
            "max.poll.interval.ms": max(_MINUTES_5_MS, int(self._options.session_timeout_s * 1000)),
            "partition.assignment.strategy": "cooperative-sticky",
        }
        if self._options.static_membership:
            config["group.instance.id"] = member
        return KafkaConsumer(config, topic, group, member, first)

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Yield every stored entry up to now, per partition in order, without touching any group."""

        bounds = self._bounds(topic, REPLAY_GROUP)
        ends = {p: high for p, (_, high) in bounds.items()}
        starts = {p: low for p, (low, _) in bounds.items()}
        if since is not None:
            offsets = self._starts(topic, REPLAY_GROUP, max(int(since.timestamp() * 1000), 0))
            starts = {p: at if at >= 0 else ends[p] for p, at in offsets.items()}
        return self._between(topic, starts, ends)

    def _between(self, topic: str, starts: Mapping[int, int], ends: Mapping[int, int]) -> Iterator[Entry]:
        from confluent_kafka import Consumer, KafkaError, TopicPartition

        open_partitions = {p for p, at in starts.items() if at < ends[p]}
        if not open_partitions:
            return
        # A group id is required, but the group is never joined or written to: partitions are assigned by hand.
        reader = Consumer(self._reader_config(REPLAY_GROUP) | {"enable.partition.eof": True})
        try:
            reader.assign([TopicPartition(topic, p, starts[p]) for p in sorted(open_partitions)])
            silent_at = time.monotonic() + DELIVERY_TIMEOUT_S
            while open_partitions:
                with _map_errors(f"replay {topic}"):
                    messages = reader.consume(REPLAY_BATCH, timeout=0.2)
                for message in messages:
                    silent_at = time.monotonic() + DELIVERY_TIMEOUT_S
                    partition: Any = message.partition()
                    error = message.error()
                    if error is not None and error.code() != KafkaError._PARTITION_EOF:
                        raise _translate(f"replay {topic}", error)
                    offset: Any = message.offset()
                    if error is None and offset < ends[partition]:
                        yield _read_entry(message)
                    # Past the end, which may be an entry that came meanwhile, or a gap that a transaction left.
                    if error is not None or offset + 1 >= ends[partition]:
                        open_partitions.discard(partition)
                if time.monotonic() > silent_at:
                    raise Unavailable(f"event log: replay {topic}: silent for {DELIVERY_TIMEOUT_S:.0f} s")
        finally:
            reader.close()

    def lag(self, topic: str, group: str) -> int:
        """Count the entries not yet acknowledged by the group; all stored ones when nobody ever joined it."""

        committed = self._committed(topic, group)
        bounds = self._bounds(topic, group)
        return sum(max(high - max(committed.get(p, 0), low), 0) for p, (low, high) in bounds.items())

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic, or raise `NotFound`."""
        n_partitions = self._partitions.get(topic) or self._look_up(topic)
        if not n_partitions:
            raise NotFound(f"event log: no topic {topic}")
        return n_partitions

    def close(self) -> None:
        """Close connections; appended entries are stored already."""
        with self._lock:
            if self._sender is not None:
                self._sender.close()
            for client in self._query_clients.values():
                client.close()
            self._sender = None
            self._query_clients = {}
            self._admin_client = None

    @property
    def _admin(self) -> AdminClient:
        from confluent_kafka.admin import AdminClient

        with self._lock:
            if self._admin_client is None:
                self._admin_client = AdminClient(self._common_config() | _SILENT_CLIENT)
            return self._admin_client

    def _look_up(self, topic: str) -> int:
        """Partitions of a topic that all have a leader; 0 while they have not, or when there is no such topic."""
        with _map_errors(f"topic {topic}"):
            # All topics are listed: asking for one by name may create it.
            found = self._admin.list_topics(timeout=RESPONSE_TIMEOUT_S).topics.get(topic)
        if found is None or found.error is not None or any(p.leader < 0 for p in found.partitions.values()):
            return 0
        self._partitions[topic] = len(found.partitions)
        return len(found.partitions)

    def _query_client(self, group: str) -> Consumer:
        """A client that asks about a group and never joins it.

        The admin client could be asked as well, but librdkafka aborts the whole process when a broker that such a
        question went to is lost before it answers (confluentinc/librdkafka#3663, seen here with 2.16.0).
        """
        from confluent_kafka import Consumer

        with self._lock:
            if group not in self._query_clients:
                self._query_clients[group] = Consumer(self._reader_config(group) | _SILENT_CLIENT)
            return self._query_clients[group]

    def _bounds(self, topic: str, group: str) -> dict[int, tuple[int, int]]:
        """Per partition the offset of the first entry and the one after the last."""
        from confluent_kafka import TopicPartition

        asker = self._query_client(group)

        def ask(partition: int) -> Callable[[], Any]:
            return lambda: asker.get_watermark_offsets(TopicPartition(topic, partition), timeout=RESPONSE_TIMEOUT_S)

        return {p: _retry_while_electing(f"offsets of {topic}", ask(p)) for p in range(self.partitions(topic))}

    def _starts(self, topic: str, group: str, since_ms: int) -> dict[int, int]:
        """Return by partition the offset of the first entry of a time or later; -1 when there is none."""
        from confluent_kafka import TopicPartition

        partitions = [TopicPartition(topic, p, since_ms) for p in range(self.partitions(topic))]
        responses = _retry_while_electing(
            f"offsets of {topic}",
            lambda: _checked_partitions(
                self._query_client(group).offsets_for_times(partitions, timeout=RESPONSE_TIMEOUT_S)
            ),
        )
        return {at.partition: at.offset for at in responses}

    def _committed(self, topic: str, group: str) -> dict[int, int]:
        """Return the committed offset of each partition that has one."""
        from confluent_kafka import TopicPartition

        partitions = [TopicPartition(topic, p) for p in range(self.partitions(topic))]
        responses = _retry_while_electing(
            f"offsets of {group}",
            lambda: _checked_partitions(self._query_client(group).committed(partitions, timeout=RESPONSE_TIMEOUT_S)),
        )
        return {at.partition: at.offset for at in responses if at.offset >= 0}

    def _pin(self, topic: str, group: str, start: str) -> Mapping[int, int]:
        """Commit the start of a new group, so that a member that is lost before its first commit skips nothing.

        Returns the offsets that could not be committed because the group has members (it reads another topic, or one
        joins at the same time): only they may commit then.
        """
        from confluent_kafka import KafkaError as Codes
        from confluent_kafka import KafkaException, TopicPartition

        if self._committed(topic, group):
            return {}
        starts = {p: low if start == "earliest" else high for p, (low, high) in self._bounds(topic, group).items()}
        positions = [TopicPartition(topic, p, at) for p, at in starts.items()]

        def commit() -> Mapping[int, int]:
            try:
                _checked_partitions(self._query_client(group).commit(offsets=positions, asynchronous=False))
            except KafkaException as exc:
                if exc.args[0].code() in {
                    Codes.UNKNOWN_MEMBER_ID,
                    Codes.ILLEGAL_GENERATION,
                    Codes.REBALANCE_IN_PROGRESS,
                }:
                    return starts
                raise
            return {}

        return _retry_while_electing(f"join {group}", commit)

    def _common_config(self) -> dict[str, Any]:
        return {
            "bootstrap.servers": self._options.servers,
            "socket.timeout.ms": 10_000,
            "socket.connection.setup.timeout.ms": 4_000,
            "reconnect.backoff.max.ms": 1_000,
            "logger": logger,
            **self._options.properties,
        }

    def _producer_config(self) -> dict[str, Any]:
        return self._common_config() | {
            "acks": "all",
            "enable.idempotence": True,
            # A broker takes any sequence number as the first one of a partition. Where it refuses a request because
            # the partition is not led yet, it would take the next one that is under way, and librdkafka then counts
            # the refused entries, sent again, as stored before.
            "max.in.flight.requests.per.connection": 1,
            "partitioner": "murmur2_random",
            "sticky.partitioning.linger.ms": 0,
            "linger.ms": 1,
            "message.timeout.ms": int(DELIVERY_TIMEOUT_S * 1000),
            "message.max.bytes": MAX_MESSAGE_BYTES,
            "queue.buffering.max.kbytes": 65_536,
        }

    def _reader_config(self, group: str) -> dict[str, Any]:
        return self._common_config() | {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "queued.max.messages.kbytes": 32_768,
        }


class _Sender:
    """One idempotent producer and the thread that collects its delivery reports."""

    def __init__(self, config: dict[str, Any]) -> None:
        from confluent_kafka import Producer

        self.broken = False
        self._producer: Producer = Producer(config)
        self._closed = threading.Event()
        self._collector = threading.Thread(target=self._collect, name="log-delivery-reports", daemon=True)
        self._collector.start()

    def send(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Send all entries and wait for the report of each."""
        from confluent_kafka import KafkaException

        reports = _DeliveryReports()
        for entry in entries:
            try:
                self._produce(topic, entry, reports)
            except KafkaException as exc:
                reports.refuse(exc.args[0])
            except Overloaded as exc:
                reports.wait()
                raise exc
        reports.wait()
        if reports.error is not None:
            self.broken = self.broken or reports.error.fatal()
            raise _translate(f"append to {topic}", reports.error)

    def _produce(self, topic: str, entry: NewEntry, reports: _DeliveryReports) -> None:
        headers: list[tuple[str, str | bytes | None]] = list(entry.headers)
        if entry.dedup_id:
            headers.append((DEDUP_HEADER, entry.dedup_id.encode()))
        deadline = time.monotonic() + DELIVERY_TIMEOUT_S
        while True:
            try:
                self._producer.produce(
                    topic,
                    value=None if entry.is_null else entry.value,
                    key=entry.key,
                    headers=headers,
                    on_delivery=reports.report,
                )
            except BufferError:
                if time.monotonic() > deadline:
                    raise Overloaded(f"event log: append to {topic}: the producer's buffer is full") from None
                time.sleep(0.005)
            else:
                reports.expect()
                return

    def _collect(self) -> None:
        while not self._closed.is_set():
            self._producer.poll(0.1)

    def close(self) -> None:
        """Stop; every call of `send` has returned."""
        self._closed.set()
        self._collector.join(timeout=2)
        self._producer.flush(1)


class _DeliveryReports:
    """The delivery reports of one call."""

    def __init__(self) -> None:
        self.error: KafkaError | None = None
        self._changed = threading.Condition()
        self._n_open = 0

    def expect(self) -> None:
        """Count one more entry that is sent; its report may have come already."""
        with self._changed:
            self._n_open += 1

    def report(self, error: KafkaError | None, message: Message) -> None:
        """Take the report of one entry, in the collecting thread."""
        with self._changed:
            self.error = self.error or error
            self._n_open -= 1
            self._changed.notify_all()

    def refuse(self, error: KafkaError) -> None:
        """Note that the library refused an entry."""
        with self._changed:
            self.error = self.error or error

    def wait(self) -> None:
        """Wait for every report, which librdkafka gives within ``message.timeout.ms``."""
        with self._changed:
            is_complete = self._changed.wait_for(lambda: self._n_open == 0, timeout=2 * DELIVERY_TIMEOUT_S)
        if not is_complete:
            raise Unavailable("event log: no delivery report")


@dataclass(slots=True)
class _OpenPartition:
    """The delivered and not yet acknowledged offsets of one assigned partition."""

    offsets: set[int] = field(default_factory=set)
    next_offset: int = -1
    committed: int = -1

    def add(self, offset: int) -> None:
        """Note an entry that is delivered now."""
        self.offsets.add(offset)
        self.next_offset = max(self.next_offset, offset + 1)

    @property
    def position(self) -> int:
        """The offset before which everything is acknowledged."""
        return min(self.offsets, default=self.next_offset)


class KafkaConsumer:
    """One member of a group on Kafka. Not shared between threads; librdkafka's own thread keeps the membership."""

    def __init__(self, config: dict[str, Any], topic: str, group: str, member: str, starts: Mapping[int, int]) -> None:
        from confluent_kafka import Consumer

        self._starts = starts
        self._topic = topic
        self._group = group
        self._member = member
        self._open: dict[int, _OpenPartition] = {}
        self._may_be_cut_off = False
        self._failed: KafkaError | None = None
        self._closed = False
        self._reader: Consumer = Consumer(config | {"error_cb": self._on_error})
        self._reader.subscribe([topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)

    def poll(self, *, max_entries: int, wait_s: float) -> list[Entry]:
        """Return new entries; none after `wait_s` without any.

        Raises
        ------
        Conflict : closed, or (static membership) another joined under this name.
        Unavailable : no broker answers; poll again later, nothing is lost.
        """
        if self._closed:
            raise Conflict(f"event log: member {self._member} of {self._group} is closed")
        what = f"poll {self._topic}"
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise _translate(what, failed)
        self._commit(self._open)
        with _map_errors(what):
            # consume() alone would wait for the whole batch.
            first = self._reader.poll(wait_s)
        if first is None:
            self._check_broker(what)
            return []
        return self._take([first, *self._consume_ready(max_entries - 1)], what)

    def _consume_ready(self, limit: int) -> list[Message]:
        """Return the messages that have arrived. An error waits for the next poll: an entry before it comes first."""
        from confluent_kafka import KafkaException

        if limit < 1:
            return []
        try:
            return self._reader.consume(limit, timeout=0)
        except KafkaException as exc:
            self._failed = exc.args[0]
            return []

    def _take(self, messages: Iterable[Message], what: str) -> list[Entry]:
        """Return the entries to deliver. An error among them is raised when there are none, else by the next poll."""
        entries = []
        for message in messages:
            if (error := message.error()) is not None:
                self._failed = error
                continue
            entry = _read_entry(message)
            # A partition revoked meanwhile is delivered by its new holder.
            if (state := self._open.get(entry.partition)) is not None:
                state.add(int(entry.offset))
                entries.append(entry)
        if not entries and self._failed is not None:
            failed, self._failed = self._failed, None
            raise _translate(what, failed)
        return entries

    def ack(self, entries: Sequence[Entry]) -> None:
        """Acknowledge entries; returns once each partition is committed up to its first gap.

        Entries of a partition that moved to another member are ignored: that member gets them again.
        """
        touched: dict[int, _OpenPartition] = {}
        for entry in entries:
            if (state := self._open.get(entry.partition)) is None:
                logger.info("acknowledged too late", extra={"action": "log_late_ack", "group": self._group})
                continue
            state.offsets.discard(int(entry.offset))
            touched[entry.partition] = state
        self._commit(touched)

    def close(self) -> None:
        """Leave the group; entries without acknowledgement are delivered again to other members."""
        if self._closed:
            return
        self._closed = True
        try:
            self._reader.close()
        except RuntimeError as exc:
            logger.warning("no orderly leave: %s", exc, extra={"action": "log_leave", "group": self._group})

    def _commit(self, states: Mapping[int, _OpenPartition]) -> None:
        from confluent_kafka import KafkaError as Codes
        from confluent_kafka import KafkaException, TopicPartition

        moved = {p: state.position for p, state in states.items() if state.position > state.committed}
        if not moved:
            return
        with _map_errors(f"ack for {self._group}"):
            try:
                self._reader.commit(
                    offsets=[TopicPartition(self._topic, p, at) for p, at in moved.items()], asynchronous=False
                )
            except KafkaException as exc:
                # The group is rebalancing: committed at the next poll, or when the partition is revoked.
                if exc.args[0].code() in {
                    Codes.REBALANCE_IN_PROGRESS,
                    Codes.ILLEGAL_GENERATION,
                    Codes.UNKNOWN_MEMBER_ID,
                }:
                    logger.info("not committed yet: %s", exc, extra={"action": "log_commit", "group": self._group})
                    return
                raise
        for partition, at in moved.items():
            states[partition].committed = at

    def _check_broker(self, what: str) -> None:
        """After an error of the client, query a broker once: an outage is not the same as an empty topic."""
        if self._may_be_cut_off:
            with _map_errors(what):
                self._reader.list_topics(self._topic, timeout=2)
            self._may_be_cut_off = False

    def _on_error(self, error: KafkaError) -> None:
        self._may_be_cut_off = True
        logger.info("%s", error.str(), extra={"action": "log_broker_error", "group": self._group})

    def _on_assign(self, reader: Consumer, partitions: Sequence[Any]) -> None:
        for at in partitions:
            self._open[at.partition] = _OpenPartition()
        if not self._starts:
            return
        with _map_errors(f"join {self._group}"):
            committed = reader.committed(list(partitions), timeout=RESPONSE_TIMEOUT_S)
            new = [at for at in committed if at.offset < 0 and at.partition in self._starts]
            for at in new:
                at.offset = self._starts[at.partition]
            reader.incremental_assign(committed)
            if new:
                reader.commit(offsets=new, asynchronous=False)

    def _on_revoke(self, _reader: Consumer, partitions: Iterable[Any]) -> None:
        leaving = {at.partition: self._open.pop(at.partition, _OpenPartition()) for at in partitions}
        try:
            self._commit(leaving)
        except TouchlineError as exc:
            logger.warning("revoked without a commit: %s", exc, extra={"action": "log_revoke", "group": self._group})

    def _on_lost(self, _reader: Consumer, partitions: Iterable[Any]) -> None:
        for at in partitions:
            self._open.pop(at.partition, None)
