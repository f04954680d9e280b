"""Scenarios: what is sent, what fails how, when processes die. With its seed one decides everything that happens."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from knative.manifests.model import BrokerClass, Delivery, Order
from knative.simulator.log import NO_FAULTS, LogFaults
from knative.simulator.sinks import FunctionBehaviour
from shared.errors import InvalidInput

Incident = Literal["kill", "crash", "stop", "evict", "outage"]
"""`kill`: ``kill -9`` of a process between any two steps; `crash`: at one of `crash_points`; `stop`: SIGTERM; each is
followed by a restart. `evict`: the log takes a member for gone; `outage`: it does not answer for a while."""
InputPath = Literal["broker", "source"]
DeadLetterSink = Literal["topic", "function", "none"]


USUAL = Delivery(retry=3, backoff_policy="exponential", backoff_delay_s=0.2, timeout_s=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that may differ from one simulation to the next."""

    seed: int = 1
    n_events: int = 40
    n_keys: int = 4
    input_path: InputPath = "broker"
    """Events enter by the Broker's ingress for its Triggers, or as records of two topics for a KafkaSource."""
    broker_class: BrokerClass = BrokerClass.KAFKA
    order: Order = Order.UNORDERED
    consumers: int = 1
    """Members of the KafkaSource's group."""
    delivery: Delivery = USUAL
    letters: DeadLetterSink = "topic"
    behaviour: FunctionBehaviour = field(default_factory=FunctionBehaviour)
    letters_behaviour: FunctionBehaviour = field(default_factory=FunctionBehaviour)
    log_faults: LogFaults = NO_FAULTS
    incidents: tuple[Incident, ...] = ()
    planes: int = 1
    """Processes of the data plane at once, with the same manifests."""
    is_partitioned: bool = False
    """The log hands out partitions as Kafka does, not single entries as Valkey does."""

    @property
    def effective_order(self) -> Order:
        """The order that the data plane keeps: the annotation that asks for it is the Kafka broker's alone."""
        unknown = (
            self.input_path == "broker" and self.broker_class is BrokerClass.CHANNEL and self.order is Order.ORDERED
        )
        return Order.UNORDERED if unknown else self.order

    @property
    def promises_order(self) -> bool:
        """Whether the events of a key are promised in order: Valkey's log promises it to a single reader."""
        return self.effective_order is not Order.UNORDERED and (self.is_partitioned or self.planes == 1)

    @property
    def may_repeat(self) -> bool:
        """Whether an event may be taken more than once: an orderly stop is no reason."""
        outcomes = {"forgets", "hangs", "replies"} & {*self.behaviour.weights, *self.behaviour.script}
        return bool(outcomes or {*self.incidents} - {"stop"} or self.planes > 1 or self.log_faults != NO_FAULTS)


BUSY = FunctionBehaviour(weights={"takes": 3, "busy": 1, "broken": 1})
FAILING = FunctionBehaviour(
    weights={"takes": 5, "busy": 1, "broken": 2, "refuses": 1, "forgets": 1, "resets": 1, "garbles": 1}
)
SLOW = FunctionBehaviour(weights={"takes": 8, "hangs": 1, "forgets": 1}, takes_s=(0.0, 1.5))
REPLYING = FunctionBehaviour(weights={"replies": 5, "takes": 2, "broken": 1, "forgets": 1, "garbles": 1})
MANY_FAULTS = LogFaults(latency_s=0.2, p_lost_call=0.1, p_lost_answer=0.1, p_duplicate=0.1)

NAMED: Mapping[str, Scenario] = {
    "calm": Scenario(),
    "failing": Scenario(behaviour=FAILING),
    "slow": Scenario(behaviour=SLOW),
    "stormy": Scenario(log_faults=MANY_FAULTS),
    "crashes": Scenario(behaviour=FAILING, incidents=("kill", "crash", "crash") * 2),
    "restarts": Scenario(behaviour=BUSY, incidents=("stop",) * 4),
    "stops": Scenario(behaviour=SLOW, incidents=("stop",) * 3),
    "rebalances": Scenario(
        is_partitioned=True, planes=2, order=Order.ORDERED, behaviour=SLOW, incidents=("evict", "kill") * 3
    ),
    "two-planes": Scenario(planes=2, behaviour=FAILING),
    "ordered": Scenario(order=Order.ORDERED, behaviour=FAILING, incidents=("kill", "evict")),
    "per-key": Scenario(order=Order.PER_KEY, behaviour=FAILING, incidents=("kill", "evict")),
    "source": Scenario(
        input_path="source", order=Order.ORDERED, consumers=2, behaviour=FAILING, incidents=("kill", "outage")
    ),
    "letters": Scenario(letters="function", behaviour=FAILING, letters_behaviour=FAILING, incidents=("kill",)),
    "replies": Scenario(behaviour=REPLYING, log_faults=MANY_FAULTS, incidents=("kill", "kill")),
    "channel": Scenario(broker_class=BrokerClass.CHANNEL, behaviour=FAILING, incidents=("kill",)),
}


def draw_scenario(seed: int, n_events: int = 30) -> Scenario:
    """Draw any scenario from a seed."""
    chance = random.Random(seed)
    return Scenario(
        seed=seed,
        n_events=n_events,
        n_keys=chance.choice((1, 3, 8)),
        input_path=chance.choice(("broker", "source")),
        broker_class=chance.choice(list(BrokerClass)),
        order=chance.choice(list(Order)),
        consumers=chance.choice((1, 2)),
        delivery=Delivery(
            retry=chance.choice((0, 1, 4)),
            backoff_policy=chance.choice(("linear", "exponential")),
            backoff_delay_s=chance.choice((0.0, 0.05, 1.0)),
            timeout_s=chance.choice((0.5, 5.0)),
        ),
        letters=chance.choice(("topic", "function", "none")),
        behaviour=chance.choice((FunctionBehaviour(), BUSY, FAILING, SLOW, REPLYING)),
        letters_behaviour=chance.choice((FunctionBehaviour(), BUSY, FAILING)),
        log_faults=chance.choice((NO_FAULTS, MANY_FAULTS)),
        incidents=tuple(chance.choices(("kill", "crash", "stop", "evict", "outage"), k=chance.randrange(5))),
        planes=chance.choice((1, 1, 2)),
        is_partitioned=chance.random() < 0.5,
    )


def scenario_named(name: str, *, seed: int, n_events: int) -> Scenario:
    """Return a scenario of `NAMED`, or for ``any`` one drawn from the seed; `InvalidInput` for another name."""
    if name == "any":
        return draw_scenario(seed, n_events)
    if name not in NAMED:
        raise InvalidInput(f"scenario {name!r} is not among any, {', '.join(NAMED)}")
    return replace(NAMED[name], seed=seed, n_events=n_events)
