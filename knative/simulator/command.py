"""Plays scenarios and prints what happened."""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from knative.simulator.history import History
from knative.simulator.properties import PROPERTIES, find_breaches
from knative.simulator.runner import play
from knative.simulator.scenarios import Scenario, scenario_named
from knative.simulator.simulation import TraceLine

HOLDS, BROKEN = 0, 1


def run(options: argparse.Namespace) -> int:
    """Return 0 when every property holds, else 1; `InvalidInput` for an unknown scenario."""
    with _quiet():
        return _try_seeds(options) if options.seeds else _play_one(options)


@contextmanager
def _quiet() -> Iterator[None]:
    """Log nothing meanwhile: what goes wrong is part of the scenario."""
    logger = logging.getLogger("knative")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _play_one(options: argparse.Namespace) -> int:
    scenario = scenario_named(options.scenario, seed=options.seed, n_events=options.events)
    began_s = time.perf_counter()
    history = play(scenario)
    took_s = time.perf_counter() - began_s
    if not options.quiet:
        print(*_trace(history, options.event), sep="\n")
    print(*_summary(scenario, history, took_s), sep="\n")
    breaches = find_breaches(history)
    print(*(f"BROKEN {breach}" for breach in breaches), sep="\n", end="\n" if breaches else "")
    print(f"{len(PROPERTIES)} properties, {f'{len(breaches)} breaches' if breaches else 'all hold'}")
    return BROKEN if breaches else HOLDS


def _try_seeds(options: argparse.Namespace) -> int:
    n_bad = 0
    for seed in range(options.seed, options.seed + options.seeds):
        if breaches := find_breaches(play(scenario_named(options.scenario, seed=seed, n_events=options.events))):
            n_bad += 1
            print(f"seed {seed}: {breaches[0]}" + (f" (and {len(breaches) - 1} more)" if len(breaches) > 1 else ""))
    print(f"{options.seeds} seeds, {f'{n_bad} with breaches' if n_bad else 'every property holds in all'}")
    return BROKEN if n_bad else HOLDS


def _trace(history: History, only: int | None) -> Iterator[str]:
    for line in history.simulation.trace:
        number = None if line.step is None else history.number_of(line.step)
        if only is None or number in (only, None):
            yield _line(line, number)


def _line(line: TraceLine, number: int | None) -> str:
    place = f"{line.at_s:10.4f}  {line.who:<9}"
    if line.step is None:
        return f"{place} {line.what}"
    step = line.step
    more = [f"#{step.attempt}"] if step.attempt else []
    more += [str(step.status)] if step.status is not None else []
    more += [f"{step.wait_s:g} s"] if step.what == "waits" else []
    return f"{place} {number:>4}  {step.consumer:<24} {step.what} {' '.join([*more, step.detail])}".rstrip()


def _differences(scenario: Scenario) -> str:
    """Describe what differs from the simplest scenario."""
    usual = Scenario()
    values = {each.name: getattr(scenario, each.name) for each in fields(Scenario)}
    return (
        ", ".join(f"{name}={value}" for name, value in values.items() if value != getattr(usual, name)) or "the usual"
    )


def _summary(scenario: Scenario, history: History, took_s: float) -> Iterator[str]:
    n_steps = Counter(line.what for line in history.simulation.trace)
    n_requests = len(history.simulation.network.requests)
    yield f"scenario: {_differences(scenario)}"
    yield (
        f"{len(history.sent)} events sent, {sum(each.accepted for each in history.sent)} accepted, "
        f"{n_requests} deliveries tried, {n_steps['delivered']} delivered, {n_steps['dead_lettered']} dead-lettered, "
        f"{n_steps['dropped']} dropped, {n_steps['lost']} lost, {n_steps['killed']} kills"
    )
    yield (
        f"{history.simulation.loop.time():.1f} s passed in {took_s:.2f} s: "
        f"{history.simulation.loop.n_steps} steps, {n_requests / took_s:,.0f} deliveries/s"
    )
