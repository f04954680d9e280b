"""PingSources over days in which the clocks change, and over nights in which the lid is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from knative.manifests.model import Destination, Manifests, Name, PingSource
from knative.simulator.loop import run
from knative.simulator.simulation import Simulation
from knative.simulator.sinks import FunctionBehaviour, RequestOutcome
from knative.simulator.threads import ThreadingLoop, replace_threading
from shared.adapters.memory.event_log import MemoryLog

URL = "http://woken/"
WATCHED_MINUTES = 52 * 60

Wall = Callable[[datetime], bool]
"""Whether a minute on the wall of the schedule's zone is a tick."""

EVERY_HALF_HOUR = ("*/30 * * * *", lambda wall: wall.minute % 30 == 0)
AT_HALF_PAST_TWO = ("30 2 * * *", lambda wall: (wall.hour, wall.minute) == (2, 30))
AT_MIDNIGHT = ("@daily", lambda wall: (wall.hour, wall.minute) == (0, 0))
ON_MONDAYS = ("15 1-3 * * mon", lambda wall: wall.weekday() == 0 and 1 <= wall.hour <= 3 and wall.minute == 15)

CHANGES = [
    ("Europe/Madrid", "2026-03-28"),  # 02:00 becomes 03:00
    ("Europe/Madrid", "2026-10-24"),  # 03:00 becomes 02:00
    ("America/New_York", "2026-03-07"),
    ("America/New_York", "2026-10-31"),
    ("Australia/Lord_Howe", "2026-04-04"),  # half an hour back
    ("Australia/Lord_Howe", "2026-10-03"),  # half an hour forward
    ("America/Sao_Paulo", "2018-11-03"),  # midnight becomes 01:00
    ("America/Sao_Paulo", "2018-02-17"),  # midnight becomes 23:00 of the day before
    ("Asia/Kolkata", "2026-03-28"),  # nothing changes
]
"""Zone, and the Saturday from which it is watched into Monday."""


def watch(
    schedule: str,
    zone: str,
    begins: datetime,
    meanwhile: Callable[[Simulation], Awaitable[None]],
    *,
    script: tuple[RequestOutcome, ...] = ("takes",),
) -> Simulation:
    """One PingSource while something else goes on."""
    source = PingSource(
        name=Name(namespace="sim", name="p"), schedule=schedule, timezone=zone, sink=Destination(uri=URL)
    )

    async def main(loop: ThreadingLoop) -> Simulation:
        simulation = Simulation(loop, Manifests(ping_sources=(source,)), MemoryLog(), begins=begins)
        simulation.add_function(URL, FunctionBehaviour(script=script, takes_s=(0.0, 0.0)))
        simulation.start()
        await meanwhile(simulation)
        return simulation

    with replace_threading():
        return run(main, ThreadingLoop(1))


def days(n: float) -> Callable[[Simulation], Awaitable[None]]:
    async def wait(_: Simulation) -> None:
        await asyncio.sleep(n * 86_400)

    return wait


def ticks(simulation: Simulation) -> list[datetime]:
    """The minutes of the events that arrived; each has a jitter of up to half a second."""
    times = (
        datetime.fromisoformat(str(event.attributes["time"])) for event in simulation.network.functions[URL].effects
    )
    return [time.replace(second=0, microsecond=0) for time in times]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize(
    ("schedule", "is_due"),
    [EVERY_HALF_HOUR, AT_HALF_PAST_TWO, AT_MIDNIGHT, ON_MONDAYS],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_tick_comes_for_every_minute_that_the_wall_shows_and_for_no_other(
    zone: str, day: str, schedule: str, is_due: Wall
) -> None:
    begins = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=1)
    minutes = (begins + timedelta(minutes=n) for n in range(WATCHED_MINUTES))
    expected = [minute for minute in minutes if is_due(minute.astimezone(ZoneInfo(zone)))]
    assert ticks(watch(schedule, zone, begins - timedelta(seconds=30), days(WATCHED_MINUTES / 1440))) == expected


def test_what_was_missed_while_the_lid_was_closed_is_not_made_up_for() -> None:
    begins = datetime(2026, 3, 28, 21, 59, 50, tzinfo=UTC)

    async def a_night(simulation: Simulation) -> None:
        await asyncio.sleep(140)
        simulation.clock.jump(8 * 3600)
        await asyncio.sleep(130)

    lines = [f"{tick:%d %H:%M}" for tick in ticks(watch("* * * * *", "Europe/Madrid", begins, a_night))]
    # Closed a little after 22:02, opened a little after 06:02: the tick of 22:03 comes late, the other 479 never.
    assert lines == ["28 22:00", "28 22:01", "28 22:02", "29 06:02", "29 06:03", "29 06:04"]


def test_a_tick_that_nobody_takes_is_tried_five_more_times_and_does_not_hold_up_the_next() -> None:
    begins = datetime(2026, 3, 28, 11, 59, 59, tzinfo=UTC)
    simulation = watch("* * * * * *", "UTC", begins, days(5 / 86_400), script=("broken",))
    by_tick: dict[str, list[float]] = {}
    for request in simulation.network.requests:
        by_tick.setdefault(request.event.id, []).append(request.began_s)
    first, second, *_ = by_tick.values()
    # The way there and back takes at most two milliseconds.
    assert [round(later - earlier, 2) for earlier, later in pairwise(first)] == [0.05, 0.1, 0.2, 0.4, 0.8]
    assert second[0] < first[-1]


def test_two_processes_tick_twice_and_a_killed_one_no_more() -> None:
    begins = datetime(2026, 3, 28, 11, 59, 30, tzinfo=UTC)

    async def a_crash(simulation: Simulation) -> None:
        simulation.start()
        await asyncio.sleep(60)
        simulation.kill(simulation.planes[0])
        await asyncio.sleep(60)

    lines = [f"{tick:%H:%M}" for tick in ticks(watch("* * * * *", "UTC", begins, a_crash))]
    assert lines == ["12:00", "12:00", "12:01"]
