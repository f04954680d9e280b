"""The Protocols that services ask for; adapters and fakes answer them, one contract suite tests both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from shared.domain.accounts.audit import STRANGER, Actor
from shared.domain.accounts.users import NO_CLIENT
from shared.errors import NotFound
from shared.events.envelope import Event

if TYPE_CHECKING:
    from shared.domain.accounts import audit
    from shared.domain.accounts.contacts import Address
    from shared.domain.accounts.usernames import Username
    from shared.domain.accounts.users import Client, Login, Rotation, Session, User
    from shared.domain.archives.report import Report
    from shared.domain.archives.seasons import Season
    from shared.domain.search.ranking import Entity, Wanted


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The present, aware, UTC."""


class EventSink(Protocol):
    """Posts events to the broker (`K_SINK`)."""

    def send(self, event: Event) -> None:
        """Return once the broker holds the event durably; raise `Unavailable` otherwise."""


class Outbox(Protocol):
    """Facts that are true and not yet told; stores put them in with what made them true."""

    def hand_over(self, post: Callable[[Event], bool], *, now: datetime) -> bool:
        """Give the oldest waiting events to `post`, in their order, and remember those it took; whether more may wait.

        Does nothing while another does it; an event may be given again when that ended badly.
        """

    def forget(self, *, before: datetime) -> int:
        """Drop what was delivered before; how many."""


class Trail(Protocol):
    """The audit trail; stores write into it with what they change, all others by `record`."""

    def record(self, entry: audit.Entry, *, now: datetime) -> None:
        """Add an entry."""

    def page(self, user_id: str, *, before: str, limit: int) -> list[audit.Recorded]:
        """What a user did and what was done to them, the latest first; `before` is an entry's id or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What a producer appends to a topic of the log."""

    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    dedup_id: str = ""
    """Appending the same id again within the log's memory adds nothing; empty means: always add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a consumer reads."""

    topic: str
    partition: int
    offset: str
    """Opaque to readers; within a partition the log orders by it."""
    timestamp_ms: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    n_deliveries: int = field(default=1, compare=False)


class LogConsumer(Protocol):
    """One member of a consumer group. Not shared between threads."""

    def poll(self, *, max_entries: int, wait_s: float) -> list[Entry]:
        """New entries, or those given back by members that are gone; empty after `wait_s` without any."""

    def ack(self, entries: Sequence[Entry]) -> None:
        """These need no further delivery to this group; durable when it returns (Kafka: up to the first gap)."""

    def close(self) -> None:
        """Leave the group; what was not acknowledged is delivered again to others."""


class EventLog(Protocol):
    """A durable, partitioned, replayable log: Valkey Streams on a laptop, Kafka on a cluster."""

    def ensure_topic(self, topic: str, *, partitions: int) -> None:
        """The topic exists afterwards; an existing one keeps its partitions."""

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Return once all entries are durable, raise `Unavailable` otherwise (some may be stored then)."""

    def consumer(self, topic: str, group: str, *, member: str, start: str = "earliest") -> LogConsumer:
        """Join a group; a new group starts at ``earliest`` or ``latest``."""

    def replay(self, topic: str, *, since: datetime | None = None) -> Iterator[Entry]:
        """Every stored entry up to now, per partition in order, without touching any group."""

    def lag(self, topic: str, group: str) -> int:
        """Entries not yet acknowledged by the group."""

    def close(self) -> None:
        """Release connections."""


class Cache(Protocol):
    """Remembers answers and may forget them at any time; a silent cache never fails a read."""

    def get(self, key: str) -> bytes | None:
        """The value, or None when absent or the cache is gone."""

    def put(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """Remember for at most `ttl_s` seconds; silently not at all when the cache is gone."""

    def look(self, key: str, name: str) -> tuple[int, bytes | None]:
        """The current generation of a named set, 0 when unknown; and the value of ``<key>:<generation>``, if any."""

    def claim(self, key: str, *, ttl_s: int) -> tuple[bytes | None, bool]:
        """The value, if any; else whether it is now on the caller to make it, and on nobody else for `ttl_s` seconds.

        It is when the cache is gone: then everybody makes their own.
        """

    def fulfil(self, key: str, value: bytes, *, ttl_s: int) -> None:
        """`put`, then `give_up`."""

    def give_up(self, key: str) -> None:
        """Whoever comes next may claim `key`; silently nothing when the cache is gone."""

    def advance(self, name: str) -> None:
        """Invalidate the set: its next generation differs. Raises `Unavailable` when the cache is gone."""


class SearchIndex(Protocol):
    """Names that can be looked for; `shared.domain.search.ranking.ranked` puts in order what it brings."""

    def put(self, entities: Sequence[Entity]) -> None:
        """Add these, or replace what is stored under their kinds and ids; they may be found a moment later."""

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Only these can be found afterwards, what was stored until then; how many."""

    def candidates(self, wanted: Wanted) -> list[Entity]:
        """What the filters allow and the words may mean: by all words, else by all but one, else run together.

        A word means those that begin with it and those that it may be a mistyped form of. `CANDIDATES` at most.
        """

    def probe(self) -> None:
        """Return when the index answers, raise `Unavailable` otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One address of a source, relative to its base; with what an earlier answer was called by only news is wanted."""

    path: str
    etag: str = ""
    last_modified: str = ""
    """As the source wrote it; counts where there is no ETag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the source said to one `Ask`."""

    status: int
    """HTTP status; 0 when the request itself failed, `text` then says how."""
    text: str = ""
    etag: str = ""
    last_modified: str = ""
    retry_after_s: float | None = None
    came_at: datetime | None = None
    """When; None where nobody noted it."""
    raw_id: int = 0
    """Where its body is kept; 0 where it is not."""


class Pages(Protocol):
    """Fetches from inside a page of the source, as its own scripts would."""

    def fetch_many(self, asks: Sequence[Ask]) -> list[Answer]:
        """One answer per ask, in order; `Blocked` when the source refuses us, `Unavailable` without a browser."""

    def close(self) -> None:
        """Release the browser; a later fetch opens a new one."""


def _nothing_beside(name: str) -> bytes:
    raise NotFound(f"there is no {name} beside it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file of a source that is not collected page by page."""

    name: str
    """Its address or path; some sources tell league and season in its end."""
    version: int
    """Milliseconds since 1970 of this edition: a later one replaces what an earlier one said."""
    content: bytes = field(repr=False)
    beside: Callable[[str], bytes] = field(default=_nothing_beside, repr=False)
    """Another file of the same folder by its name, or `NotFound`."""
    loaded: Callable[[], None] = field(default=lambda: None, repr=False)
    """Says that all it holds is durable, so that this edition need not be read again."""


class Source(Protocol):
    """A home of football data: files in, the records every source delivers out."""

    @property
    def name(self) -> str:
        """Under which its records are stored and its clubs are listed."""

    @property
    def in_bulk(self) -> bool:
        """Whether a file holds so many seasons that an event for each would be most of the work."""

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Season by season, every oddity noted in the report; `InvalidInput` for what is no file of this source."""


class Users(Protocol):
    """Who may log in. A folded name is `shared.domain.accounts.usernames.folded` of a username."""

    def taken(self, name: Username) -> bool:
        """Whether somebody has this name, or one that reads the same."""

    def add(self, name: Username, *, password_hash: str, email: Address | None = None, by: Actor = STRANGER) -> User:
        """Store a new user, with an address yet to be proven, and put `UserRegistered` into the outbox.

        `Conflict` when the name is taken by then.
        """

    def find(self, folded: str) -> Login | None:
        """The user of a folded name, whatever their state, with the hash to check."""

    def rehash(self, user_id: str, *, old: str, new: str) -> None:
        """Replace a password's hash, unless the password was changed meanwhile."""


class Sessions(Protocol):
    """Logins and the refresh tokens that prolong them; only digests of tokens are handed over."""

    def open(self, user_id: str, *, token_sha256: bytes, client: Client, now: datetime) -> str:
        """Begin a session with its first token; its id. The least used ones beyond `SESSIONS_AT_MOST` end.

        `Unauthenticated` when the user is blocked or deleted by now.
        """

    def rotate(self, *, presented_sha256: bytes, successor_sha256: bytes, client: Client, now: datetime) -> Rotation:
        """Replace a token by its successor.

        Of several who present one token at once exactly one gets a successor; a second use revokes the session.
        """

    def close(self, *, presented_sha256: bytes, now: datetime, client: Client = NO_CLIENT) -> str:
        """End the session of a token, current or rotated; its id, or empty text for an unknown token."""

    def live(self, user_id: str, *, now: datetime) -> list[Session]:
        """The sessions of a user that are not over, the last used first."""

    def revoke(
        self,
        user_id: str,
        *,
        now: datetime,
        only: str = "",
        but: str = "",
        reason: str = "revoked",
        by: Actor = STRANGER,
    ) -> list[str]:
        """End sessions of a user: all, or `only` one, or all `but` one.

        The ids of those that are ended now, also if somebody ended them within the lifetime of an access token.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How often something may be tried: `at_most` times within any `within_s` seconds."""

    name: str
    """Of what is counted, such as ``account:…``; it is kept as it is, so it tells nothing that is not public."""
    at_most: int
    within_s: int


class Throttle(Protocol):
    """Counts attempts in sliding windows. When its store is gone it says so; the caller decides what that means."""

    def take(self, limits: Sequence[Limit], *, now: datetime) -> str:
        """Count an attempt against every limit or, when one is reached, against none; the attempt's name.

        `Overloaded` says how long to wait, `Unavailable` that nothing can be counted. Attempts that are refused do not
        count, so nobody can be kept out for longer than a window.
        """

    def give_back(self, limits: Sequence[Limit], attempt: str) -> None:
        """Count it no more; a silent store never fails this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is written to a user."""

    to: Address
    subject: str
    """Empty for a phone."""
    text: str = field(repr=False)


class Messages(Protocol):
    """Reaches users by e-mail or phone."""

    def send(self, message: Message) -> None:
        """Return once somebody else is responsible for the delivery.

        `InvalidInput` when the address takes no messages, `Unavailable` when nobody takes this one now.
        """


class Objects(Protocol):
    """Keeps bytes under names that we make of ids: letters, digits, ``-`` and ``/``."""

    def put(self, name: str, content: bytes) -> None:
        """Return once they are durable; a second time replaces the first."""

    def get(self, name: str) -> bytes:
        """The bytes; `NotFound` when there are none."""

    def delete(self, name: str) -> None:
        """Nothing is kept under this name afterwards, whether or not there was anything."""

    def delete_all(self, folder: str) -> None:
        """Nothing is kept below this name afterwards."""

    def probe(self) -> None:
        """Return when the store answers, raise `Unavailable` otherwise."""


class Revocations(Protocol):
    """Sessions that ended before the last of their access tokens."""

    def add(self, session_ids: Sequence[str]) -> None:
        """Their access tokens are refused from now on; `Unavailable` when that cannot be promised."""

    def holds(self, session_id: str) -> bool:
        """Whether it is among them; `Unavailable` when the store is gone."""


class Probe(Protocol):
    """A dependency that readiness asks."""

    def __call__(self) -> None:
        """Return when the dependency answers, raise `Unavailable` otherwise."""


Probes = Mapping[str, Probe]
