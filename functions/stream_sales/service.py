"""Count purchases in windows as they come: read the log, store rows by their key, then acknowledge."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from functions.stream_sales import core
from shared.domain.lake import staging
from shared.errors import NotFound
from shared.events.envelope import make_content_id
from shared.events.shop import TOPIC
from shared.ports.clock import Clock
from shared.ports.log import Entry, EventLog
from shared.ports.probes import Probes

GROUP = "stream-sales"
BATCH = 20_000
"""Entries of one insert: some seconds of a busy shop, and a few ten megabytes."""
WORKS_FOR = timedelta(seconds=50)
"""Then the clock wakes it again."""
_WAIT_S = 0.2
_TYPE = "ce_type"
_log = logging.getLogger(__name__)


class LiveTables(Protocol):
    """The tables of the stream."""

    def latest(self) -> datetime | None:
        """Return the moment of the latest purchase, None if there is none."""

    def known(self, purchases: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        """Return those of these ids and versions that a window has already."""

    def store(self, purchases: Sequence[dict[str, Any]], *, token: str) -> None:
        """Store purchases by their key; the same again changes nothing."""

    def store_late(
        self, purchases: Sequence[dict[str, Any]], *, watermark: datetime, seen_at: datetime, token: str
    ) -> None:
        """Note purchases that came after their window had closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    log: Callable[[], EventLog]
    """Returns the log; it connects on first use."""
    tables: LiveTables
    clock: Clock
    member: str
    """Name of this process in the group."""
    probes: Probes = field(default_factory=dict)


def drain(deps: Deps) -> int:
    """Store what is on the log until it is empty or the clock is due again; return how many purchases were stored.

    Effects are made once, whenever the process ends: an entry is acknowledged after its rows are stored, rows that are
    stored again replace themselves, and a window that an earlier try closed is not closed to what that try had stored.
    """
    try:
        consumer = deps.log().consumer(TOPIC, GROUP, member=deps.member)
    except NotFound:  # nobody has bought anything yet
        return 0
    ends, n_stored = deps.clock.now() + WORKS_FOR, 0
    latest = deps.tables.latest()
    try:
        while entries := consumer.poll(max_entries=BATCH, wait_s=_WAIT_S):
            purchases = list(_read(entries, deps.clock.now()))
            _store(purchases, core.watermark_of(latest, now=deps.clock.now()), deps)
            consumer.ack(entries)
            latest = max([*([latest] if latest else []), *(each["purchased_at"] for each in purchases)], default=None)
            n_stored += len(purchases)
            if deps.clock.now() >= ends:
                break
    finally:
        consumer.close()
    return n_stored


def _read(entries: Iterable[Entry], now: datetime) -> Iterable[dict[str, Any]]:
    """Yield what keeps the rules of staging; what does not is in the lake's quarantine."""
    n_refused = 0
    for entry in entries:
        purchase = staging.read_purchase(entry.value, now=now)
        if purchase is None:
            n_refused += 1
            continue
        purchase["cancelled"] = any(
            name == _TYPE and staging.is_cancellation(value.decode()) for name, value in entry.headers
        )
        yield purchase
    if n_refused:
        _log.warning("%s purchases break a rule", n_refused, extra={"action": "stream_sales"})


def _store(purchases: Sequence[dict[str, Any]], watermark: datetime, deps: Deps) -> None:
    on_time, late = core.split_late(purchases, watermark)
    if late:
        known = deps.tables.known({_key(each) for each in late})
        late = [each for each in late if _key(each) not in known]
    if on_time:
        deps.tables.store(on_time, token=_token("on-time", on_time))
    if late:
        deps.tables.store_late(late, watermark=watermark, seen_at=deps.clock.now(), token=_token("late", late))
        _log.info("%s purchases came after their window had closed", len(late), extra={"action": "stream_sales"})


def _key(purchase: dict[str, Any]) -> tuple[str, int]:
    return purchase["purchase_id"], purchase["version"]


def _token(kind: str, purchases: Sequence[dict[str, Any]]) -> str:
    return make_content_id(kind, *(f"{key}-{version}" for key, version in map(_key, purchases)))


def tick(deps: Deps) -> None:
    """Drain the log."""
    drain(deps)


TASKS = {"drain": tick}
"""What the clock may ask for."""
