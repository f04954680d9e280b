"""Lets scenarios happen and tells what came of them."""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from knative.simulator.history import History
from knative.simulator.properties import PROPERTIES, breaches
from knative.simulator.runner import play
from knative.simulator.scenarios import Scenario, named
from knative.simulator.simulation import Told

HOLDS, BROKEN = 0, 1


def run(asked: argparse.Namespace) -> int:
    """0 when every property holds, else 1; `InvalidInput` for a scenario that there is not."""
    with _quiet():
        return _hunt(asked) if asked.seeds else _play_one(asked)


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


def _play_one(asked: argparse.Namespace) -> int:
    scenario = named(asked.scenario, seed=asked.seed, n_events=asked.events)
    began_s = time.perf_counter()
    history = play(scenario)
    took_s = time.perf_counter() - began_s
    if not asked.quiet:
        print(*_trace(history, asked.event), sep="\n")
    print(*_summary(scenario, history, took_s), sep="\n")
    found = breaches(history)
    print(*(f"BROKEN {breach}" for breach in found), sep="\n", end="\n" if found else "")
    print(f"{len(PROPERTIES)} properties, {f'{len(found)} breaches' if found else 'all hold'}")
    return BROKEN if found else HOLDS


def _hunt(asked: argparse.Namespace) -> int:
    n_bad = 0
    for seed in range(asked.seed, asked.seed + asked.seeds):
        if found := breaches(play(named(asked.scenario, seed=seed, n_events=asked.events))):
            n_bad += 1
            print(f"seed {seed}: {found[0]}" + (f" (and {len(found) - 1} more)" if len(found) > 1 else ""))
    print(f"{asked.seeds} seeds, {f'{n_bad} with breaches' if n_bad else 'every property holds in all'}")
    return BROKEN if n_bad else HOLDS


def _trace(history: History, only: int | None) -> Iterator[str]:
    for told in history.world.trace:
        number = None if told.step is None else history.number_of(told.step)
        if only is None or number in (only, None):
            yield _line(told, number)


def _line(told: Told, number: int | None) -> str:
    place = f"{told.at_s:10.4f}  {told.who:<9}"
    if told.step is None:
        return f"{place} {told.what}"
    step = told.step
    more = [f"#{step.attempt}"] if step.attempt else []
    more += [str(step.status)] if step.status is not None else []
    more += [f"{step.wait_s:g} s"] if step.what == "waits" else []
    return f"{place} {number:>4}  {step.consumer:<24} {step.what} {' '.join([*more, step.detail])}".rstrip()


def _words(scenario: Scenario) -> str:
    """What differs from the simplest scenario."""
    usual = Scenario()
    given = {each.name: getattr(scenario, each.name) for each in fields(Scenario)}
    return ", ".join(f"{name}={value}" for name, value in given.items() if value != getattr(usual, name)) or "the usual"


def _summary(scenario: Scenario, history: History, took_s: float) -> Iterator[str]:
    whats = Counter(told.what for told in history.world.trace)
    n_requests = len(history.world.network.requests)
    yield f"scenario: {_words(scenario)}"
    yield (
        f"{len(history.sent)} events sent, {sum(each.accepted for each in history.sent)} accepted, "
        f"{n_requests} deliveries tried, {whats['delivered']} delivered, {whats['dead_lettered']} dead-lettered, "
        f"{whats['dropped']} dropped, {whats['lost']} lost, {whats['killed']} kills"
    )
    yield (
        f"{history.world.loop.time():.1f} s passed in {took_s:.2f} s: "
        f"{history.world.loop.n_steps} steps, {n_requests / took_s:,.0f} deliveries/s"
    )
