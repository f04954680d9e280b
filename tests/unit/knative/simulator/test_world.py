"""How processes die and are started again in a simulation, each exactly where it was asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from knative.local.eventing.runtime.crash_points import Label
from knative.simulator import workload as setting
from knative.simulator.loop import run
from knative.simulator.scenarios import Scenario
from knative.simulator.simulation import World
from knative.simulator.sinks import Temper
from knative.simulator.threads import ThreadingLoop, standing_in
from shared.adapters.memory.event_log import MemoryLog

EVENT = setting.Sent(number=0, key="k").event()


def play(act: Callable[[World], Coroutine[Any, Any, Any]]) -> Any:
    """One Broker whose functions take everything after a tenth of a second."""

    async def main(loop: ThreadingLoop) -> Any:
        world = World(loop, setting.manifests(Scenario()), MemoryLog())
        for name in ("every", "even", "answers"):
            world.add_function(f"http://{name}/", Temper(takes_s=(0.1, 0.1)))
        found = await act(world)
        assert loop.faults == []
        return found

    with standing_in():
        return run(main, ThreadingLoop(1))


def stored(world: World) -> int:
    return len(list(world.log.replay(setting.BROKER_TOPIC)))


def effects(world: World) -> int:
    return len(world.network.functions["http://every/"].effects)


@pytest.mark.parametrize(("label", "n_stored"), [("before-append", 0), ("after-append", 1), ("before-202", 1)])
def test_a_process_dies_at_a_named_moment(label: Label, n_stored: int) -> None:
    async def act(world: World) -> tuple[int | None, int, int]:
        plane = world.start()
        await asyncio.sleep(0.5)
        crashing = asyncio.create_task(world.crash(label, 1))
        await asyncio.sleep(0)
        status = await plane.post(setting.BROKER, EVENT)
        assert await crashing is plane
        return status, stored(world), len(world.planes)

    assert play(act) == (None, n_stored, 0)


def test_a_request_that_was_sent_has_its_effect_although_the_sender_is_dead() -> None:
    async def act(world: World) -> tuple[int, int]:
        plane = world.start()
        await plane.post(setting.BROKER, EVENT)
        await asyncio.sleep(0.05)
        before = effects(world)
        world.kill(plane)
        await asyncio.sleep(1)
        return before, effects(world)

    assert play(act) == (0, 1)


def test_what_was_in_flight_comes_again_after_a_kill_and_not_after_a_stop() -> None:
    async def requests(world: World, *, kill: bool) -> int:
        plane = world.start()
        await plane.post(setting.BROKER, EVENT)
        await asyncio.sleep(0.05)
        if kill:
            world.kill(plane)
        else:
            await world.stop(plane)
        world.start()
        await asyncio.sleep(3)
        assert effects(world) == 1
        return sum(request.url == "http://every/" for request in world.network.requests)

    assert play(lambda world: requests(world, kill=True)) == 2
    assert play(lambda world: requests(world, kill=False)) == 1
