"""The event log on Valkey Streams: one stream per partition, with the server's own groups and pending lists.

Options after the ``?`` of ``EVENT_LOG_URL``:

``retention_hours``  acknowledged entries older than this are trimmed (24)
``retention_mb``     above this size of a topic acknowledged entries go earlier, oldest first; 0 = no bound (0)
``dedup_hours``      how long a ``dedup_id`` is remembered (24)
``durability``       ``always`` refuses a server that could lose acknowledged entries, ``any`` does not check (always)

Entries that no group ever read count as acknowledged; entries that a group has yet to acknowledge are never trimmed:
drop a group that is no longer served by hand (``XGROUP DESTROY``), or memory fills up and appends raise `Overloaded`.
All other options are redis-py's.

**Batches.** Up to `CHUNK_ENTRIES` entries and `CHUNK_BYTES` are added by one script: all or none, in order. A larger
call is several such steps; when it raises, a first part may be stored. Give entries a `dedup_id` and append again.

**Ownership.** Members compete for the entries of all partitions, so order per key holds for one member. A member is
gone when it closed, when another joined under its name, or when its second connection, which it keeps open for this
purpose, is gone: the kernel closes that on kill -9, while a slow live member keeps its entries as long as it needs. A
connection counts as gone when it is missing for `MISSING_FOR_S`, or idle for `SILENT_AFTER_S` (a machine that vanished,
a stopped process).
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shared.adapters import event_log_rules
from shared.adapters.valkey import event_log_scripts as valkey_scripts
from shared.errors import Conflict, InvalidSettings, NotFound, Overloaded, TouchlineError, Unavailable
from shared.ports.log import Entry, NewEntry

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger(__name__)

CHUNK_ENTRIES = 500
CHUNK_BYTES = 8 * 1024 * 1024
TRIM_EVERY_S = 5.0
LOOK_EVERY_S = 0.25
MISSING_FOR_S = 0.6
BEAT_EVERY_S = 0.2
SILENT_AFTER_S = 15
RESTART_GRACE_S = 5
_RESPONSE_TIMEOUT_S = 10.0
_CONNECT_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ValkeyOptions:
    """The adapter's own part of the URL."""

    server: str
    """The rest of the URL, for redis-py."""
    retention_hours: float = 24.0
    retention_mb: float = 0.0
    dedup_hours: float = 24.0
    must_be_durable: bool = True


def parse_options(url: str) -> ValkeyOptions:
    """Read the URL; `InvalidSettings` names every malformed option at once."""
    parts = urlsplit(url)
    rest: list[tuple[str, str]] = []
    numbers = {"retention_hours": 24.0, "retention_mb": 0.0, "dedup_hours": 24.0}
    durability = "always"
    faults: list[str] = []
    for name, text in parse_qsl(parts.query, keep_blank_values=True):
        if name in numbers:
            try:
                numbers[name] = float(text)
            except ValueError:
                faults.append(f"{name}: is not a number")
            if not 0 <= numbers[name] < 1e6 or (name == "dedup_hours" and numbers[name] * 3600 < 1):
                faults.append(f"{name}: is out of range")
        elif name == "durability":
            durability = text
        else:
            rest.append((name, text))
    if durability not in {"always", "any"}:
        faults.append("durability: expected always or any")
    if faults:
        raise InvalidSettings("EVENT_LOG_URL: " + "; ".join(faults))
    server = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(rest), ""))
    return ValkeyOptions(server=server, must_be_durable=durability == "always", **numbers)


@contextmanager
def _map_errors(what: str) -> Iterator[None]:
    """Turn redis-py's errors into ours."""
    from redis import exceptions

    try:
        yield
    except (exceptions.ConnectionError, exceptions.TimeoutError) as exc:
        raise Unavailable(f"event log: {what}: {exc}") from exc
    except exceptions.OutOfMemoryError as exc:
        raise Overloaded(f"event log: {what}: memory is full", retry_after_s=TRIM_EVERY_S) from exc
    except exceptions.ResponseError as exc:
        text = str(exc)
        if text.startswith(("NOTOPIC", "NOGROUP")):
            raise NotFound(f"event log: {what}: {text.partition(' ')[2]}") from exc
        if text.startswith("REPLACED"):
            raise Conflict(f"event log: {what}: {text.partition(' ')[2]}") from exc
        raise Unavailable(f"event log: {what}: {text}") from exc


class _Evicted(TouchlineError):
    """Other members took this one for gone."""


class _Server:
    """The connection pool and the scripts, made on first use; shared between threads."""

    def __init__(self, options: ValkeyOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._client: Redis | None = None
        self._scripts: dict[str, Any] = {}

    def connection(self) -> Redis:
        """Return a client with one connection of its own."""
        return self._connect(single_connection_client=True)

    @property
    def client(self) -> Redis:
        """The shared client; refuses a server that is not durable."""
        with self._lock:
            if self._client is None:
                client = self._connect()
                if self._options.must_be_durable:
                    try:
                        _check_durable(client)
                    except TouchlineError:
                        client.close()
                        raise
                self._client = client
            return self._client

    def run(self, what: str, script: str, topic: str, *args: bytes | str | float, client: Redis | None = None) -> Any:
        """Run one script for a topic."""
        from redis import exceptions

        with _map_errors(what):
            target = client or self.client
            if script not in self._scripts:
                self._scripts[script] = target.register_script(script)
            try:
                return self._scripts[script](keys=[f"log:{{{topic}}}"], args=args, client=target)
            except exceptions.ResponseError as exc:
                if str(exc).startswith("EVICTED"):
                    raise _Evicted from exc
                raise

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def _connect(self, **options: Any) -> Redis:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # No hidden retries: an append that is repeated unnoticed would be stored twice.
        return Redis.from_url(
            self._options.server,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=_RESPONSE_TIMEOUT_S,
            socket_connect_timeout=_CONNECT_TIMEOUT_S,
            **options,
        )


_DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


def _check_durable(client: Redis) -> None:
    """Raise `InvalidSettings` when the server could lose an entry that it acknowledged."""
    with _map_errors("reading how durable the server is"):
        actual: dict[str, str] = {}
        for name in _DURABLE:
            answer: Any = client.config_get(name)
            actual.update((_decode(key), _decode(value)) for key, value in answer.items())
    faults = [
        f"{name} is {actual.get(name, 'unknown')}, not {want}"
        for name, want in _DURABLE.items()
        if actual.get(name) != want
    ]
    if faults:
        raise InvalidSettings(
            f"event log: the server could lose acknowledged entries ({'; '.join(faults)}); durability=any accepts that"
        )


def _decode(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _encode_fields(entry: NewEntry) -> list[bytes | str]:
    fields: list[bytes | str] = ["n", b""] if entry.is_null else ["v", entry.value]
    if entry.key is not None:
        fields += ["k", entry.key]
    for name, value in entry.headers:
        fields += [f"h:{name}", value]
    return fields


def _read_entry(topic: str, row: Sequence[Any]) -> Entry:
    """Return the entry of a script's result: partition, id, flat fields, and deliveries unless it is the first."""
    partition, offset, fields = row[0], row[1].decode(), row[2]
    value, key, headers, is_null = b"", None, [], False
    for name, content in zip(fields[::2], fields[1::2], strict=True):
        if name == b"v":
            value = content
        elif name == b"k":
            key = content
        elif name == b"n":
            is_null = True
        else:
            headers.append((name[2:].decode(), content))
    return Entry(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp_ms=int(offset.partition("-")[0]),
        value=value,
        key=key,
        headers=tuple(headers),
        n_deliveries=row[3] if len(row) > 3 else 1,
        is_null=is_null,
    )


def _split_chunks(entries: Sequence[NewEntry]) -> Iterator[list[NewEntry]]:
    chunk: list[NewEntry] = []
    size = 0
    for entry in entries:
        n_bytes = event_log_rules.entry_bytes(entry)
        if chunk and (len(chunk) >= CHUNK_ENTRIES or size + n_bytes > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += n_bytes
    if chunk:
        yield chunk


class ValkeyLog:
    """An `EventLog` on one Valkey server; shared between threads. Nothing connects before the first call."""

    def __init__(self, url: str) -> None:
        self._options = parse_options(url)
        self._server = _Server(self._options)
        self._partitions: dict[str, int] = {}
        self._spread = event_log_rules.RoundRobin()
        self._trim_at: dict[str, float] = {}

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """Create the topic unless it exists; an existing one keeps its partitions."""
        event_log_rules.check_partitions(topic, partitions)
        with _map_errors(f"topic {topic}"):
            self._server.client.hsetnx(f"log:{{{topic}}}:meta", "partitions", str(partitions))

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Return once all entries are on disk.

        Raises
        ------
        Overloaded : memory is full and trimming did not help; a first part of a large batch may be stored.
        Unavailable : the server does not answer; entries may be stored, so append again with the same `dedup_id`.
        NotFound : no such topic.
        TooLarge : an entry is larger than `event_log_rules.MAX_ENTRY_BYTES`; nothing was stored.
        """
        event_log_rules.check_sizes(topic, entries)
        self._trim_if_due(topic)
        for chunk in _split_chunks(entries):
            try:
                self._append(topic, chunk)
            except Overloaded:
                # The retention may free memory by now; a second refusal is the caller's.
                if not self.trim(topic):
                    raise
                self._append(topic, chunk)

    def _append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        partitions = self.partitions(topic)
        args: list[bytes | str | float] = [partitions, int(self._options.dedup_hours * 3600)]
        for entry in entries:
            fields = _encode_fields(entry)
            args += [self._spread.choose_partition(entry, partitions), entry.dedup_id, len(fields), *fields]
        try:
            self._server.run(f"append to {topic}", valkey_scripts.APPEND, topic, *args)
        except NotFound:
            self._partitions.pop(topic, None)
            raise

    def consumer(self, topic: str, group: str, *, member: str, start: str = "earliest") -> ValkeyConsumer:
        """Join a group; a new group starts at ``earliest`` or ``latest``."""
        event_log_rules.check_name("group", group)
        event_log_rules.check_name("member", member)
        event_log_rules.check_start(start)
        self.partitions(topic)
        return ValkeyConsumer(self._server, topic, group, member, start)

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Yield every stored entry up to now, per partition in order, without touching any group."""
        ends = self._server.run(f"replay {topic}", valkey_scripts.ENDS, topic)
        first = "-" if since is None else f"{max(int(since.timestamp() * 1000), 0)}-0"
        return self._between(topic, first, [end.decode() for end in ends])

    def _between(self, topic: str, first: str, ends: Sequence[str]) -> Iterator[Entry]:
        for partition, end in enumerate(ends):
            at = first
            while True:
                rows = self._server.run(f"replay {topic}", valkey_scripts.RANGE, topic, partition, at, end)
                if not rows:
                    break
                yield from (_read_entry(topic, row) for row in rows)
                at = f"({rows[-1][1].decode()}"

    def lag(self, topic: str, group: str) -> int:
        """Count the entries not yet acknowledged by the group; all stored ones when nobody ever joined it."""
        return int(self._server.run(f"lag of {group}", valkey_scripts.LAG, topic, group))

    def trim(self, topic: str) -> int:
        """Apply the retention now, which otherwise happens on appends; the number of deleted entries."""
        before_ms = int((time.time() - self._options.retention_hours * 3600) * 1000)
        max_bytes = int(self._options.retention_mb * 1_000_000)
        self._trim_at[topic] = time.monotonic() + TRIM_EVERY_S
        return int(self._server.run(f"trim {topic}", valkey_scripts.TRIM, topic, max(before_ms, 0), max_bytes))

    def _trim_if_due(self, topic: str) -> None:
        due = self._trim_at.setdefault(topic, time.monotonic() + TRIM_EVERY_S)
        if time.monotonic() >= due:
            self.trim(topic)

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic, or raise `NotFound`."""
        n_partitions = self._partitions.get(topic)
        if n_partitions is None:
            with _map_errors(f"topic {topic}"):
                text: Any = self._server.client.hget(f"log:{{{topic}}}:meta", "partitions")
            if text is None:
                raise NotFound(f"event log: no topic {topic}")
            n_partitions = self._partitions[topic] = int(text)
        return n_partitions

    def close(self) -> None:
        """Close connections."""
        self._server.close()


class ValkeyConsumer:
    """One member of a group on Valkey. Not shared between threads; a second thread keeps its connection alive."""

    def __init__(self, server: _Server, topic: str, group: str, member: str, start: str) -> None:
        self._server = server
        self._topic = topic
        self._group = group
        self._member = member
        self._name = f"{member}/{uuid.uuid4().hex[:12]}"
        self._n_reads = 0
        self._look_at = 0.0
        self._looked_at = 0.0
        self._missing_s: dict[tuple[str, str], float] = {}
        self._delivered: set[tuple[int, str]] = set()
        self._uncertain = False
        self._closed = threading.Event()
        self._presence = server.connection()
        try:
            with _map_errors(f"join {group}"):
                self._signed = _connection_id(self._presence)
            first = "0" if start == "earliest" else "$"
            self._run(valkey_scripts.JOIN, self._signed, first, member)
        except BaseException:
            self._presence.close()
            raise
        self._keeper = threading.Thread(target=self._keep_present, name=f"log-member-{member}", daemon=True)
        self._keeper.start()

    def poll(self, *, max_entries: int, wait_s: float) -> list[Entry]:
        """Return entries of members that are gone, then new ones; none after `wait_s` without any.

        Raises
        ------
        Conflict : the member is closed, or another joined under its name.
        Unavailable : the server does not answer; poll again later, nothing is lost.
        """
        if self._closed.is_set():
            raise Conflict(f"event log: member {self._member} of {self._group} is closed")
        deadline = time.monotonic() + wait_s
        while True:
            try:
                bell, entries = self._take(max_entries)
            except _Evicted:
                self._delivered.clear()
                self._register_connection(force=True)
                continue
            left_s = deadline - time.monotonic()
            if entries or left_s <= 0:
                return entries
            self._wait(bell, min(left_s, max(self._look_at - time.monotonic(), 0.001)))

    def _take(self, limit: int) -> tuple[str, list[Entry]]:
        """Read once without waiting: entries whose delivery was lost, those of members that are gone, new ones."""
        entries = self._read_lost(limit) if self._uncertain else []
        more_lost = self._uncertain and len(entries) >= limit
        # Whatever breaks from here on, the server may count entries as delivered that never reached the caller.
        self._uncertain = True
        entries += self._take_over(limit - len(entries))
        bell, fresh = self._read_new(limit - len(entries))
        entries += fresh
        self._delivered.update((entry.partition, entry.offset) for entry in entries)
        self._uncertain = more_lost
        return bell, entries

    def _read_lost(self, limit: int) -> list[Entry]:
        """Return entries that are pending for us and that the caller never saw, as the response was lost."""
        entries: list[Entry] = []
        while len(entries) < limit:
            seen = self._delivered | {(entry.partition, entry.offset) for entry in entries}
            pending = ((row[0], row[1].decode()) for row in self._run(valkey_scripts.PENDING))
            lost = [position for position in pending if position not in seen][: limit - len(entries)]
            if not lost:
                break
            rows = self._run(valkey_scripts.REDELIVER, *(part for position in lost for part in position))
            entries += [_read_entry(self._topic, row) for row in rows]
        return entries

    def _read_new(self, limit: int) -> tuple[str, list[Entry]]:
        self._n_reads += 1
        bell, rows = self._run(valkey_scripts.READ, limit, self._n_reads)
        return bell.decode(), [_read_entry(self._topic, row) for row in rows]

    def _wait(self, bell: str, wait_s: float) -> None:
        """Sleep until an append, a join or a leave rings the bell, at most `wait_s`."""
        with _map_errors(f"poll {self._topic}"):
            rung: Any = self._server.client.xread(
                {f"log:{{{self._topic}}}:bell": bell}, block=max(int(wait_s * 1000), 1)
            )
        # When a member left, look for its entries at once; an append that rings right afterwards hides that, and then
        # the next look is soon enough.
        if rung and b"members" in rung[0][1][0][1]:
            self._look_at = 0.0

    def _take_over(self, limit: int) -> list[Entry]:
        """Take over the entries of members that are gone; looks for them every `LOOK_EVERY_S`."""
        entries: list[Entry] = []
        if time.monotonic() < self._look_at:
            return entries
        for other, state in self._find_gone():
            if len(entries) < limit:
                rows = self._run(valkey_scripts.TAKE_OVER, other, state, limit - len(entries))
                entries += [_read_entry(self._topic, row) for row in rows]
                if rows:
                    logger.info(
                        "entries taken over", extra={"action": "log_take_over", "group": self._group, "member": other}
                    )
        # At the limit there may be more: look again at the next poll.
        self._look_at = time.monotonic() + (LOOK_EVERY_S if len(entries) < limit else 0.0)
        return entries

    def _find_gone(self) -> list[tuple[str, str]]:
        """Return members of the group that left, were replaced, or whose connection has been missing for a while."""
        with _map_errors(f"members of {self._group}"):
            client = self._server.client
            members: Any = client.hgetall(f"log:{{{self._topic}}}:members:{self._group}")
            others = {_decode(name): _decode(state) for name, state in members.items() if _decode(name) != self._name}
            gone = {name: state for name, state in others.items() if state in {"left", "replaced"}}
            signed = {name: state for name, state in others.items() if name not in gone}
            absent = _find_absent(client, signed) if signed else {}
        # A late look counts as one in time: when the whole machine paused, the others get time to reconnect.
        before, self._looked_at = self._looked_at, time.monotonic()
        passed_s, known_s = min(self._looked_at - before, 2 * LOOK_EVERY_S), self._missing_s
        self._missing_s = {one: known_s[one] + passed_s if one in known_s else 0.0 for one in absent.items()}
        return [*gone.items(), *(one for one, missing_s in self._missing_s.items() if missing_s >= MISSING_FOR_S)]

    def ack(self, entries: Sequence[Entry]) -> None:
        """Acknowledge entries; on disk when it returns. Repeating it does no harm."""
        by_partition: dict[int, list[str]] = {}
        for entry in entries:
            by_partition.setdefault(entry.partition, []).append(entry.offset)
        if not by_partition:
            return
        with _map_errors(f"ack for {self._group}"), self._server.client.pipeline(transaction=False) as pipe:
            for partition, offsets in by_partition.items():
                pipe.xack(f"log:{{{self._topic}}}:{partition}", self._group, *offsets)
            pipe.execute()
        self._delivered.difference_update((entry.partition, entry.offset) for entry in entries)

    def close(self) -> None:
        """Leave the group; entries without acknowledgement are delivered to other members at once."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._keeper.join(timeout=_RESPONSE_TIMEOUT_S)
        try:
            self._run(valkey_scripts.LEAVE)
        except (Unavailable, NotFound) as exc:
            # The connection closes as well, which the others notice.
            logger.warning("no orderly leave: %s", exc, extra={"action": "log_leave", "group": self._group})
        self._presence.close()

    def _run(self, script: str, *args: bytes | str | float) -> Any:
        what = f"group {self._group}, member {self._member}"
        return self._server.run(what, script, self._topic, self._group, self._name, *args)

    def _register_connection(self, *, force: bool) -> None:
        """Store the id of our second connection in the group; unless `force`, only when it changed."""
        with _map_errors(f"group {self._group}"):
            signed = _connection_id(self._presence)
        if force or signed != self._signed:
            args = (self._group, self._name, signed, self._member)
            what = f"group {self._group}"
            self._server.run(what, valkey_scripts.RENEW, self._topic, *args, client=self._presence)
            self._signed = signed

    def _keep_present(self) -> None:
        """Keep one connection open and in use; register it again whenever it had to be reopened."""
        wait_s = BEAT_EVERY_S
        while not self._closed.wait(wait_s):
            try:
                self._register_connection(force=False)
                wait_s = BEAT_EVERY_S
            except Conflict:
                return
            except TouchlineError as exc:
                # The next try reopens a broken connection; it must not wait, as the others check.
                wait_s = BEAT_EVERY_S / 10
                logger.debug("not present: %s", exc, extra={"action": "log_presence", "group": self._group})


def _connection_id(client: Redis) -> str:
    """Return the server's run id and our client id there, as client ids start again with the server."""
    info: Any = client.info("server")
    return f"{info['run_id']}:{client.client_id()}"


def _find_absent(client: Redis, signed: dict[str, str]) -> dict[str, str]:
    """Return the members, with their registered connections, whose connection is gone or idle."""
    info: Any = client.info("server")
    ids: list[Any] = [state.partition(":")[2] for state in signed.values() if state.startswith(f"{info['run_id']}:")]
    connected: Iterable[Any] = client.client_list(client_id=ids) if ids else ()
    alive = {f"{info['run_id']}:{one['id']}" for one in connected if int(one["idle"]) < SILENT_AFTER_S}
    absent = {}
    for name, state in signed.items():
        other_run = not state.startswith(f"{info['run_id']}:")
        # The server has just been restarted: its members need a moment to come back.
        if state not in alive and not (other_run and info["uptime_in_seconds"] < RESTART_GRACE_S):
            absent[name] = state
    return absent
