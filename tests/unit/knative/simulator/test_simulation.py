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
from knative.simulator.simulation import Simulation
from knative.simulator.sinks import FunctionBehaviour
from knative.simulator.threads import ThreadingLoop, replace_threading
from shared.adapters.memory.event_log import MemoryLog

EVENT = setting.ProducedEvent(number=0, key="k").event()


def play(act: Callable[[Simulation], Coroutine[Any, Any, Any]]) -> Any:
    """One Broker whose functions take everything after a tenth of a second."""

    async def main(loop: ThreadingLoop) -> Any:
        simulation = Simulation(loop, setting.manifests(Scenario()), MemoryLog())
        for name in ("every", "even", "answers"):
            simulation.add_function(f"http://{name}/", FunctionBehaviour(takes_s=(0.1, 0.1)))
        received = await act(simulation)
        assert loop.faults == []
        return received

    with replace_threading():
        return run(main, ThreadingLoop(1))


def stored(simulation: Simulation) -> int:
    return len(list(simulation.log.replay(setting.BROKER_TOPIC)))


def effects(simulation: Simulation) -> int:
    return len(simulation.network.functions["http://every/"].effects)


@pytest.mark.parametrize(("label", "n_stored"), [("before-append", 0), ("after-append", 1), ("before-202", 1)])
def test_a_process_dies_at_a_named_moment(label: Label, n_stored: int) -> None:
    async def act(simulation: Simulation) -> tuple[int | None, int, int]:
        plane = simulation.start()
        await asyncio.sleep(0.5)
        crashing = asyncio.create_task(simulation.crash(label, 1))
        await asyncio.sleep(0)
        status = await plane.post(setting.BROKER, EVENT)
        assert await crashing is plane
        return status, stored(simulation), len(simulation.planes)

    assert play(act) == (None, n_stored, 0)


def test_a_request_that_was_sent_has_its_effect_although_the_sender_is_dead() -> None:
    async def act(simulation: Simulation) -> tuple[int, int]:
        plane = simulation.start()
        await plane.post(setting.BROKER, EVENT)
        await asyncio.sleep(0.05)
        before = effects(simulation)
        simulation.kill(plane)
        await asyncio.sleep(1)
        return before, effects(simulation)

    assert play(act) == (0, 1)


def test_what_was_in_flight_comes_again_after_a_kill_and_not_after_a_stop() -> None:
    async def requests(simulation: Simulation, *, kill: bool) -> int:
        plane = simulation.start()
        await plane.post(setting.BROKER, EVENT)
        await asyncio.sleep(0.05)
        if kill:
            simulation.kill(plane)
        else:
            await simulation.stop(plane)
        simulation.start()
        await asyncio.sleep(3)
        assert effects(simulation) == 1
        return sum(request.url == "http://every/" for request in simulation.network.requests)

    assert play(lambda simulation: requests(simulation, kill=True)) == 2
    assert play(lambda simulation: requests(simulation, kill=False)) == 1
