"""Keep the files of archives fresh: read what is due, load what is new, record how it went."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from functions.collect_archives.ports import Deps, Run
from shared.domain.archives import open_data
from shared.errors import NotFound
from shared.events.envelope import Event
from shared.events.ticks import task_of

if TYPE_CHECKING:
    from shared.domain.accounts.audit import Actor

_log = logging.getLogger(__name__)
BUDGET_S = 20.0
"""Seconds that one run asks for files; what is left is read by the next."""


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``collect``."""
    task_of(event, ("collect",))
    collect(deps)


def collect(deps: Deps, *, budget_s: float = BUDGET_S) -> Run:
    """Read due files for some seconds, a source after the other; a source that is silent or refuses keeps none up.

    Raises
    ------
    Unavailable : a store of ours is silent.
    """
    run, deadline_s = Run(), deps.monotonic_s() + budget_s
    deps.files.sync(_planned(deps))
    try:
        for source in deps.bases:
            while deps.monotonic_s() < deadline_s and deps.read_some(source, run, deadline_s, deps):
                pass
    finally:
        deps.files.release(deps.owner)
    if run.n_read:
        _log.info("read %s files, %s new", run.n_read, run.n_new, extra={"action": "collect_archives"})
    return run


def refresh(source: str, deps: Deps) -> dict[str, Any]:
    """Make all files of a source (of all: empty) due at once, and begin."""
    deps.files.sync(_planned(deps))
    deps.files.make_due(source, now=deps.clock.now())
    collect(deps, budget_s=BUDGET_S / 2)
    return status(deps)


def status(deps: Deps) -> dict[str, Any]:
    """Return each source with its licence, its circuit and the counts of its files."""
    counts = {row["source"]: row for row in deps.files.summary(deps.clock.now())}
    return {"items": [_source_to_json(licence, counts.get(licence.source), deps) for licence in open_data.LICENCES]}


def resume(source: str, by: Actor, reason: str, deps: Deps) -> dict[str, Any]:
    """Let a source that refused us be asked again, by a person's decision."""
    if source not in deps.bases:
        raise NotFound(f"{source!r} is not among {', '.join(deps.bases) or 'the archives: none is kept fresh'}")
    deps.guard(source).resume(by, reason, now=deps.clock.now())
    return status(deps)


def _source_to_json(licence: open_data.Licence, counts: dict[str, Any] | None, deps: Deps) -> dict[str, Any]:
    circuit = deps.guard(licence.source).read()
    numbers = ("n_files", "n_due", "n_fresh", "n_missing", "n_failing", "n_matches")
    return {
        "source": licence.source,
        "name": licence.name,
        "home": licence.home,
        "licence": licence.licence,
        "terms": licence.terms,
        "enabled": licence.source in deps.bases,
        "health": circuit.health,
        "refusal": circuit.blocked_reason,
        **{name: (counts or {}).get(name) or 0 for name in numbers},
        "changed_at": (counts or {}).get("changed_at"),
    }


def _planned(deps: Deps) -> list[open_data.ArchiveFile]:
    now = deps.clock.now()
    return list(open_data.list_files(deps.bases, deps.leagues, now=now, n_seasons=deps.n_seasons))
