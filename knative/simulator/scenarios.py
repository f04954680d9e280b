"""What is sent, who fails how, and when processes die: with its seed, a scenario decides everything that happens."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from knative.manifests.model import BrokerClass, Delivery, Order
from knative.simulator.log import CALM, Weather
from knative.simulator.sinks import Temper
from shared.errors import InvalidInput

Trouble = Literal["kill", "crash", "stop", "evict", "outage"]
"""``kill -9`` of a process between any two steps, or at one of `crashpoints`; SIGTERM; each is followed by a restart.
The log takes a member for gone, or is silent for a while."""
Way = Literal["broker", "source"]
LetterSink = Literal["topic", "function", "none"]


USUAL = Delivery(retry=3, backoff_policy="exponential", backoff_delay_s=0.2, timeout_s=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All that may differ from one simulation to the next."""

    seed: int = 1
    n_events: int = 40
    n_keys: int = 4
    way: Way = "broker"
    """Events come in by the Broker's door for two Triggers, or as records of two topics for a KafkaSource."""
    broker_class: BrokerClass = BrokerClass.KAFKA
    order: Order = Order.UNORDERED
    consumers: int = 1
    """Of the KafkaSource."""
    delivery: Delivery = USUAL
    letters: LetterSink = "topic"
    temper: Temper = field(default_factory=Temper)
    letters_temper: Temper = field(default_factory=Temper)
    weather: Weather = CALM
    troubles: tuple[Trouble, ...] = ()
    planes: int = 1
    """Processes of the data plane at once, with the same manifests."""
    divided: bool = False
    """The log hands out partitions as Kafka does, not single entries as Valkey does."""

    @property
    def kept_order(self) -> Order:
        """As the data plane honours it: the annotation that asks for order is the Kafka broker's alone."""
        unknown = self.way == "broker" and self.broker_class is BrokerClass.CHANNEL and self.order is Order.ORDERED
        return Order.UNORDERED if unknown else self.order

    @property
    def keeps_order(self) -> bool:
        """Whether the events of a key are promised in order: Valkey's log promises it to a single reader."""
        return self.kept_order is not Order.UNORDERED and (self.divided or self.planes == 1)

    @property
    def may_repeat(self) -> bool:
        """Whether an event may be taken more than once: an orderly stop is no reason."""
        moods = {"forgets", "hangs", "replies"} & {*self.temper.weights, *self.temper.script}
        return bool(moods or {*self.troubles} - {"stop"} or self.planes > 1 or self.weather != CALM)


BUSY = Temper(weights={"takes": 3, "busy": 1, "broken": 1})
FAILING = Temper(weights={"takes": 5, "busy": 1, "broken": 2, "refuses": 1, "forgets": 1, "resets": 1, "garbles": 1})
SLOW = Temper(weights={"takes": 8, "hangs": 1, "forgets": 1}, takes_s=(0.0, 1.5))
REPLYING = Temper(weights={"replies": 5, "takes": 2, "broken": 1, "forgets": 1, "garbles": 1})
STORMY = Weather(latency_s=0.2, p_unheard=0.1, p_unanswered=0.1, p_again=0.1)

NAMED: Mapping[str, Scenario] = {
    "calm": Scenario(),
    "failing": Scenario(temper=FAILING),
    "slow": Scenario(temper=SLOW),
    "stormy": Scenario(weather=STORMY),
    "crashes": Scenario(temper=FAILING, troubles=("kill", "crash", "crash") * 2),
    "restarts": Scenario(temper=BUSY, troubles=("stop",) * 4),
    "stops": Scenario(temper=SLOW, troubles=("stop",) * 3),
    "rebalances": Scenario(divided=True, planes=2, order=Order.ORDERED, temper=SLOW, troubles=("evict", "kill") * 3),
    "two-planes": Scenario(planes=2, temper=FAILING),
    "ordered": Scenario(order=Order.ORDERED, temper=FAILING, troubles=("kill", "evict")),
    "per-key": Scenario(order=Order.PER_KEY, temper=FAILING, troubles=("kill", "evict")),
    "source": Scenario(way="source", order=Order.ORDERED, consumers=2, temper=FAILING, troubles=("kill", "outage")),
    "letters": Scenario(letters="function", temper=FAILING, letters_temper=FAILING, troubles=("kill",)),
    "replies": Scenario(temper=REPLYING, weather=STORMY, troubles=("kill", "kill")),
    "channel": Scenario(broker_class=BrokerClass.CHANNEL, temper=FAILING, troubles=("kill",)),
}


def drawn(seed: int, n_events: int = 30) -> Scenario:
    """Any scenario at all."""
    chance = random.Random(seed)
    return Scenario(
        seed=seed,
        n_events=n_events,
        n_keys=chance.choice((1, 3, 8)),
        way=chance.choice(("broker", "source")),
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
        temper=chance.choice((Temper(), BUSY, FAILING, SLOW, REPLYING)),
        letters_temper=chance.choice((Temper(), BUSY, FAILING)),
        weather=chance.choice((CALM, STORMY)),
        troubles=tuple(chance.choices(("kill", "crash", "stop", "evict", "outage"), k=chance.randrange(5))),
        planes=chance.choice((1, 1, 2)),
        divided=chance.random() < 0.5,
    )


def named(name: str, *, seed: int, n_events: int) -> Scenario:
    """A scenario of `NAMED`, or under the name ``any`` one drawn from the seed; `InvalidInput` for another name."""
    if name == "any":
        return drawn(seed, n_events)
    if name not in NAMED:
        raise InvalidInput(f"scenario {name!r} is not among any, {', '.join(NAMED)}")
    return replace(NAMED[name], seed=seed, n_events=n_events)
