"""Load purchases, products and customers into the lake: as they came, then what keeps the rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

from shared.domain.lake import staging
from shared.domain.lake.records import NewFile, PendingRow
from shared.domain.lake.staging import DATASETS, RawRow
from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id
from shared.events.shop import PurchaseCancelled, PurchaseMade
from shared.ports.clock import Clock
from shared.ports.lake import LakeFiles
from shared.ports.objects import Objects
from shared.ports.probes import Probes

KEYS_KEPT = timedelta(days=7)
"""As long as the log keeps records, so as long as one can be delivered again."""
SNAPSHOTS_KEPT = timedelta(days=30)
RUNS_KEPT = timedelta(days=400)
_ROOT = "lake"


class Codec(Protocol):
    """Encodes the files of the lake."""

    def encode_raw(self, rows: Sequence[RawRow]) -> bytes:
        """Encode rows as they came; equal rows give equal bytes."""

    def decode_raw(self, content: bytes) -> list[RawRow]:
        """Read a raw file back."""

    def encode_stage(self, dataset: str, rows: Sequence[dict[str, Any]]) -> bytes:
        """Encode rows that keep the rules."""

    def encode_quarantine(self, rows: Sequence[staging.QuarantinedRow]) -> bytes:
        """Encode rows that break a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    catalogue: LakeFiles
    objects: Objects
    codec: Codec
    clock: Clock
    probes: Probes = field(default_factory=dict)


def receive(event: Event, deps: Deps) -> None:
    """Store a purchase until it lies in a file; what is wrong with its payload is found when it is staged.

    Raises
    ------
    InvalidInput : the event is no purchase.
    """
    if event.type not in (PurchaseMade.TYPE, PurchaseCancelled.TYPE):
        raise InvalidInput(f"event {event.id}: type {event.type!r} is no purchase")
    payload = event.data.decode("utf-8", "backslashreplace").replace("\x00", "\\u0000")
    row = RawRow(id=event.id, type=event.type, payload=payload)
    deps.catalogue.receive(
        source=event.source,
        id=event.id,
        dataset="purchases",
        day=staging.day_of(row, otherwise=event.time.date()),
        payload=json.dumps({"type": event.type, "payload": payload}),
        now=deps.clock.now(),
    )


def load(deps: Deps) -> None:
    """Write everything that waits into files."""

    def write(dataset: str, day: date, pending: Sequence[PendingRow]) -> NewFile:
        rows = [RawRow(id=each.id, **json.loads(each.payload)) for each in pending]
        return write_file(dataset, day, rows, deps)

    while deps.catalogue.load_next(write, now=deps.clock.now()):
        pass


def copy_tables(deps: Deps) -> None:
    """Copy products and customers into the lake, unless they are as in their last copy."""
    now = deps.clock.now()
    for dataset in ("products", "customers"):
        rows = deps.catalogue.table_rows(dataset)
        if rows and not deps.catalogue.has_file(file_name(dataset, now.date(), rows, deps)):
            deps.catalogue.add_file(write_file(dataset, now.date(), rows, deps), now=now)


def load_rows(rows: Sequence[RawRow], deps: Deps) -> int:
    """Load purchases that came otherwise than by the log; return how many files are new.

    The same rows again are the same files, which are loaded once.
    """
    now, by_day = deps.clock.now(), dict[date, list[RawRow]]()
    for row in rows:
        by_day.setdefault(staging.day_of(row, otherwise=now.date()), []).append(row)
    n_new = 0
    for day, part in sorted(by_day.items()):
        if not deps.catalogue.has_file(file_name("purchases", day, part, deps)):
            n_new += deps.catalogue.add_file(write_file("purchases", day, part, deps), now=now)
    return n_new


def restage(day: date, deps: Deps) -> int:
    """Stage every raw file of a day again, as after a rule has changed; return the rows that keep the rules now."""
    n_staged = 0
    for file in deps.catalogue.files_of_day("purchases", day):
        rows = deps.codec.decode_raw(deps.objects.get(f"{_ROOT}/raw/{file.name}"))
        new = _stage(file.name, "purchases", day, rows, file.size_bytes, deps)
        deps.catalogue.restage(new, now=deps.clock.now())
        n_staged += new.n_staged
    return n_staged


def forget(deps: Deps) -> None:
    """Forget keys, runs and copies of tables that were kept long enough."""
    now = deps.clock.now()
    for name in deps.catalogue.old_snapshots(before=now - SNAPSHOTS_KEPT):
        for kind in ("raw", "stage", "quarantine"):
            deps.objects.delete(f"{_ROOT}/{kind}/{name}")
        deps.catalogue.delete_file(name)
    deps.catalogue.forget(loaded_before=now - KEYS_KEPT, runs_before=now - RUNS_KEPT)


def file_name(dataset: str, day: date, rows: Sequence[RawRow], deps: Deps) -> str:
    """Return the name that rows have as a file; the same rows have the same name."""
    return f"{dataset}/{day.isoformat()}/{make_content_id(dataset, deps.codec.encode_raw(rows))}"


def write_file(dataset: str, day: date, rows: Sequence[RawRow], deps: Deps) -> NewFile:
    """Write rows as they came, then what is staged of them, then what is not; the books name the file afterwards."""
    name, raw = file_name(dataset, day, rows, deps), deps.codec.encode_raw(rows)
    deps.objects.put(f"{_ROOT}/raw/{name}", raw)
    return _stage(name, dataset, day, rows, len(raw), deps)


def _stage(name: str, dataset: str, day: date, rows: Sequence[RawRow], size_bytes: int, deps: Deps) -> NewFile:
    result = staging.stage(DATASETS[dataset], rows, now=deps.clock.now())
    deps.objects.put(f"{_ROOT}/stage/{name}", deps.codec.encode_stage(dataset, result.staged))
    if result.quarantined:
        deps.objects.put(f"{_ROOT}/quarantine/{name}", deps.codec.encode_quarantine(result.quarantined))
    else:
        deps.objects.delete(f"{_ROOT}/quarantine/{name}")
    return NewFile(
        name=name,
        dataset=dataset,
        day=day,
        n_rows=len(rows),
        n_staged=len(result.staged),
        n_quarantined=len(result.quarantined),
        size_bytes=size_bytes,
        drift=dict(result.drift),
    )


TASKS: dict[str, Callable[[Deps], None]] = {"load": load, "tables": copy_tables, "forget": forget}
"""What the clock may ask for."""
