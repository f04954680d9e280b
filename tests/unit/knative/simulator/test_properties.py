"""Rules of the contract that need time to pass: exact waits, loops of replies, and who holds up whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message.message import Message
from knative.local.eventing.sources import kafka_source
from knative.manifests.model import Broker, BrokerClass, Delivery, Destination, Manifests, Name, Trigger
from knative.simulator import workload as setting
from knative.simulator.loop import run
from knative.simulator.runner import play
from knative.simulator.scenarios import Scenario
from knative.simulator.simulation import Simulation
from knative.simulator.sinks import Function, FunctionBehaviour
from knative.simulator.threads import ThreadingLoop, replace_threading
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import Entry


@pytest.mark.conforms("delivery-backoff-linear", "delivery-backoff-exponential")
@pytest.mark.parametrize(
    ("broker_class", "backoff", "expected"),
    [
        (BrokerClass.KAFKA, "exponential", [0.4, 0.8, 1.6, 3.2]),
        (BrokerClass.KAFKA, "linear", [0.2, 0.4, 0.6, 0.8]),
        (BrokerClass.CHANNEL, "exponential", [0.2, 0.4, 0.8, 1.6]),
        (BrokerClass.CHANNEL, "linear", [0.0, 0.2, 0.4, 0.6]),
    ],
)
def test_each_class_waits_exactly_its_own_sequence(
    broker_class: BrokerClass, backoff: str, expected: list[float]
) -> None:
    delivery = Delivery(retry=4, backoff_policy=backoff, backoff_delay_s=0.2)
    behaviour = FunctionBehaviour(script=("broken",), takes_s=(0.0, 0.0))
    history = play(Scenario(n_events=1, broker_class=broker_class, delivery=delivery, behaviour=behaviour))
    attempts = [request for request in history.simulation.network.requests if request.url == "http://every/"]
    waits = [round(later.began_s - (earlier.ended_s or 0), 9) for earlier, later in pairwise(attempts)]
    assert waits == expected


class Echo(Function):
    """Replies to every event with a new one that the same Trigger wants."""

    async def handle(self, event: Message) -> Response:
        """The reply."""
        self.n_requests += 1
        attributes = {**event.attributes, "id": f"echo-{self.n_requests}"}
        headers, body = replace(event, attributes=attributes).request()
        return Response(status=200, headers=headers, body=body)


def requests_of_a_loop(broker_class: BrokerClass, most: int) -> int:
    """How often a function is called that answers its own Trigger, in a minute; counted up to `most`."""
    broker = Broker(name=setting.BROKER, broker_class=broker_class)
    trigger = Trigger(
        name=Name(namespace="sim", name="t"), broker=broker.name, subscriber=Destination(uri="http://echo/")
    )

    async def main(loop: ThreadingLoop) -> int:
        simulation = Simulation(loop, Manifests(brokers=(broker,), triggers=(trigger,)), MemoryLog())
        echo = simulation.network.functions["http://echo/"] = Echo(
            FunctionBehaviour(), simulation.chance, may_reply=True
        )
        plane = simulation.start()
        assert await plane.post(setting.BROKER, setting.ProducedEvent(number=0, key="k").event()) == 202
        while echo.n_requests < most and loop.time() < 60:
            await asyncio.sleep(0.1)
        return echo.n_requests

    with replace_threading():
        return run(main, ThreadingLoop(1))


@pytest.mark.conforms("route-loops")
def test_a_loop_of_replies_ends_on_the_channel_broker_when_no_hops_are_left() -> None:
    assert requests_of_a_loop(BrokerClass.CHANNEL, most=400) == 255


def test_a_loop_of_replies_never_ends_on_the_kafka_broker() -> None:
    assert requests_of_a_loop(BrokerClass.KAFKA, most=400) >= 400


@pytest.mark.conforms("delivery-bad-trigger")
def test_a_function_that_hangs_holds_up_no_other_trigger() -> None:
    async def main(loop: ThreadingLoop) -> list[int]:
        simulation = Simulation(loop, setting.manifests(Scenario()), MemoryLog())
        simulation.add_function("http://every/", FunctionBehaviour(script=("hangs",)))
        simulation.add_function("http://even/", FunctionBehaviour())
        plane = simulation.start()
        for number in range(0, 100, 2):
            await plane.post(setting.BROKER, setting.ProducedEvent(number=number, key="k").event())
        await asyncio.sleep(1)
        return [int(event.data) for event in simulation.network.functions["http://even/"].effects]

    with replace_threading():
        assert sorted(run(main, ThreadingLoop(1))) == list(range(0, 100, 2))


def test_an_entry_that_a_bug_breaks_over_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_over_five(entry: Entry) -> Message:
        if entry.value == b"5":
            raise RuntimeError("a bug")
        return decode(entry)

    scenario = Scenario(input_path="source")
    decode = kafka_source.decoder(setting.manifests(scenario).kafka_sources[0])
    monkeypatch.setattr(kafka_source, "decoder", lambda _: breaks_over_five)

    async def main(loop: ThreadingLoop) -> tuple[list[int], int]:
        simulation = Simulation(loop, setting.manifests(scenario), MemoryLog())
        simulation.add_function("http://records/", FunctionBehaviour())
        for topic in setting.SOURCE_TOPICS:
            simulation.log.ensure_topic(topic, partitions=1)
            simulation.log.append(topic, [setting.ProducedEvent(number=n, key="k").record() for n in range(10)])
        plane = simulation.start()
        await asyncio.sleep(2)
        return [int(event.data) for event in simulation.network.functions["http://records/"].effects], await plane.lag()

    with replace_threading():
        effects, lag = run(main, ThreadingLoop(1))
    assert sorted(effects) == sorted(2 * [0, 1, 2, 3, 4, 6, 7, 8, 9])
    assert lag == 2
