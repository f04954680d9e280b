"""Build the sales of days from what is staged; a day that is built twice is the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from functions.daily_sales import core
from functions.daily_sales.ports import Deps, Engine, Portion
from shared.domain.lake.records import DirtyDay, Run

SNAPSHOTS_KEPT = timedelta(days=7)
"""So long a table can be read as it was."""


def build_due(deps: Deps) -> None:
    """Build every day before today with rows that no run has seen."""
    build(due_days(deps), deps)


def due_days(deps: Deps) -> list[date]:
    """Return the days before today with rows that no run has seen."""
    today = deps.clock.now().date()
    return [each.day for each in deps.catalogue.dirty_days() if each.day < today]


def build(days: Sequence[date], deps: Deps, *, engine: str = "") -> Run | None:
    """Build these days whole from staging, and what depends on all days; None if there is nothing to build.

    The order matters: marks are read before files, so that a file which comes meanwhile keeps its day dirty, and taken
    back after everything is stored, so that a kill at any moment leaves days dirty that are built again.

    Raises
    ------
    InProgress : another run is building.
    InvalidInput : a day that no purchase can have, or an engine that is not there.
    """
    days = core.check_days(days, today=deps.clock.now().date())
    if not days:
        return None
    with deps.catalogue.run_lock():
        marks = [each for each in deps.catalogue.dirty_days() if each.day in set(days)]
        portions = list(core.portions(days, deps.catalogue.files("purchases", days)))
        n_bytes = sum(file.size_bytes for _, files in portions for file in files)
        name = engine or core.choose_engine(deps.rule, deps.history_bytes() + n_bytes)
        run_id = str(uuid.uuid4())
        deps.catalogue.begin_run(run_id, engine=name, days=days, now=deps.clock.now())
        try:
            with deps.engines[name]() as opened:
                _build(run_id, days, portions, marks, opened, deps)
        except Exception as exc:
            deps.catalogue.fail_run(run_id, str(exc) or type(exc).__name__, now=deps.clock.now())
            raise
    return deps.catalogue.latest_run()


def _build(
    run_id: str,
    days: Sequence[date],
    portions: Sequence[Portion],
    marks: Sequence[DirtyDay],
    engine: Engine,
    deps: Deps,
) -> None:
    _replace_tables(run_id, engine, deps)
    n_purchases = engine.rebuild(run_id, days, portions)
    for table, rows in engine.daily(days).items():
        deps.warehouse.replace_days(table, days, rows)
    for table, rows in engine.whole().items():
        deps.warehouse.replace_all(table, rows)
    late = deps.warehouse.late_ids(days)
    if late.num_rows:
        for rows in engine.late(portions, late):
            deps.warehouse.promote(rows)
    deps.catalogue.finish_run(
        run_id, marks=marks, n_purchases=n_purchases, up_to=_up_to(days, deps), now=deps.clock.now()
    )


def _up_to(days: Sequence[date], deps: Deps) -> date:
    """Return the last complete day that a run or one before it has built."""
    yesterday, former = deps.clock.now().date() - timedelta(days=1), deps.catalogue.latest_run()
    complete = [day for day in days if day <= yesterday] or [yesterday]
    return max([*complete, former.up_to]) if former and former.up_to else max(complete)


def _replace_tables(run_id: str, engine: Engine, deps: Deps) -> None:
    for dataset in ("products", "customers"):
        if file := deps.catalogue.latest_file(dataset):
            engine.replace_table(run_id, dataset, file)


def expire(deps: Deps) -> None:
    """Delete the files that only old snapshots of the tables need."""
    with deps.catalogue.run_lock():
        deps.expire(deps.clock.now() - SNAPSHOTS_KEPT)


TASKS: dict[str, Callable[[Deps], None]] = {"build": build_due, "expire": expire}
"""What the clock may ask for."""
