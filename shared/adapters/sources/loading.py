"""Load files of a source: read, report, deliver, one season in memory at a time."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.adapters.sources.delivery import Delivery
from shared.domain.archives.editions import Changes
from shared.domain.archives.report import Report
from shared.errors import InvalidInput, NotFound
from shared.ports.collection import Document, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of some files."""

    n_documents: int
    n_seasons: int
    n_rows: Counter[str]
    """By kind of record."""
    changes: dict[str, Changes]
    """By season's name, against what was stored of it."""
    not_stored: list[str]
    """Names of seasons that were sent and did not arrive in the tables."""
    elapsed_s: float
    report: Report
    refused: dict[str, str] = field(default_factory=dict)
    """Files that are none of this source, and why."""


def load(source: Source, documents: Iterable[Document], delivery: Delivery) -> Loaded:
    """Load documents in turn; one that is no file of the source is told of and keeps no other from being loaded.

    Raises
    ------
    Unavailable : a store is silent; loading the same again repeats what was stored and adds the rest.
    """
    with _without_collector():
        return _load(source, documents, delivery)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Records refer to nothing that refers to them, and looking for such cycles takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _load(source: Source, documents: Iterable[Document], delivery: Delivery) -> Loaded:
    begun_s, report = time.monotonic(), Report()
    n_documents = n_seasons = 0
    refused: dict[str, str] = {}
    callbacks: list[Callable[[], None]] = []
    for document in documents:
        n_documents += 1
        try:
            for season in source.read(document, report):
                n_seasons += 1
                delivery.take(season, document.name, report)
            callbacks.append(document.on_loaded)
        except (InvalidInput, NotFound) as exc:
            refused[document.name] = str(exc)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            # A file of another make than any we have met: it is refused, and keeps no other from being loaded.
            refused[document.name] = f"cannot be read: {type(exc).__name__}: {exc}"
    delivered = delivery.finish()
    for on_loaded in callbacks:
        on_loaded()
    return Loaded(
        n_documents=n_documents,
        n_seasons=n_seasons,
        n_rows=delivered.n_rows,
        changes=delivered.changes,
        not_stored=delivered.not_stored,
        elapsed_s=time.monotonic() - begun_s,
        report=report,
        refused=refused,
    )
