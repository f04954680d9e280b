"""The manifests of a scenario, the events that are produced, and the consumers that should get them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from knative.local.eventing.message.message import Message
from knative.manifests.model import Broker, Destination, KafkaSink, KafkaSource, Manifests, Name, Ref, Trigger
from knative.simulator.scenarios import Scenario
from knative.simulator.sinks import ANSWER_TYPE, Identity
from shared.ports.log import Entry, NewEntry

_NAMESPACE = "sim"
BROKER = Name(namespace=_NAMESPACE, name="default")
BROKER_TOPIC = f"knative-broker-{_NAMESPACE}-default"
BROKER_PARTITIONS = 10
TYPE = "sim.happened"
_WANTED = {
    "every": {"type": TYPE},
    "even": {"type": TYPE, "parity": "even"},
    "answers": {"type": ANSWER_TYPE},
}
"""By Trigger, the attributes that it filters by. The function of the first may reply."""
REPLYING = ("http://every/", "http://records/")
"""Whose functions may reply; a KafkaSource has no use for it."""
LETTERS_TOPIC = "letters"
LETTERS_URL = "http://letters/"
SOURCE = Name(namespace=_NAMESPACE, name="records")
SOURCE_TOPICS = ("records.one", "records.two")
SOURCE_PARTITIONS = 3
_SINK = Name(namespace=_NAMESPACE, name=LETTERS_TOPIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A consumer of events."""

    label: str
    """The label in the event trace."""
    group: str
    topics: tuple[str, ...]
    partitions: int
    """Of each topic."""
    url: str
    wants: Callable[[int], bool]
    """Whether the event of a number is for it."""
    answers: bool = False
    """It gets what the first Trigger's function replies, instead of what producers send."""


@dataclass(slots=True, kw_only=True)
class ProducedEvent:
    """An event of a producer. Its data is its number."""

    number: int
    key: str
    accepted: bool = False
    """The producer got a 202."""

    def event(self) -> Message:
        """Return it as a CloudEvent, for the ingress of a Broker."""
        parity = "even" if self.number % 2 == 0 else "odd"
        attributes = {
            "specversion": "1.0",
            "id": str(self.number),
            "source": f"/producers/{self.key}",
            "type": TYPE,
            "parity": parity,
            "partitionkey": self.key,
        }
        return Message(attributes=attributes, data=b"%d" % self.number)

    def record(self) -> NewEntry:
        """Return it as a plain record, as a producer without CloudEvents writes it."""
        return NewEntry(value=b"%d" % self.number, key=self.key.encode())

    def topic(self) -> str:
        """Return the topic of the record."""
        return SOURCE_TOPICS[sum(self.key.encode()) % len(SOURCE_TOPICS)]


def produce_events(scenario: Scenario) -> list[ProducedEvent]:
    """Return what producers are going to send."""
    return [ProducedEvent(number=number, key=f"key-{number % scenario.n_keys}") for number in range(scenario.n_events)]


def manifests(scenario: Scenario) -> Manifests:
    """Return one Broker with its Triggers, or one KafkaSource."""
    sink = KafkaSink(name=_SINK, topic=LETTERS_TOPIC, partitions=1)
    delivery = replace(scenario.delivery, dead_letter_sink=_dead_letter_sink(scenario))
    if scenario.input_path == "source":
        source = KafkaSource(
            name=SOURCE,
            topics=SOURCE_TOPICS,
            consumer_group="records",
            sink=Destination(uri="http://records/"),
            consumers=scenario.consumers,
            start="earliest",
            order=scenario.order,
            delivery=delivery,
        )
        return Manifests(kafka_sources=(source,), kafka_sinks=(sink,))
    triggers = tuple(
        Trigger(
            name=Name(namespace=_NAMESPACE, name=name),
            broker=BROKER,
            subscriber=Destination(uri=f"http://{name}/"),
            attributes=attributes,
            order=scenario.order,
            delivery=delivery,
        )
        for name, attributes in _WANTED.items()
    )
    return Manifests(
        brokers=(Broker(name=BROKER, broker_class=scenario.broker_class),), triggers=triggers, kafka_sinks=(sink,)
    )


def _dead_letter_sink(scenario: Scenario) -> Destination | None:
    if scenario.letters == "topic":
        return Destination(ref=Ref(kind="KafkaSink", name=_SINK))
    return Destination(uri=LETTERS_URL) if scenario.letters == "function" else None


def consumers(scenario: Scenario) -> list[Consumer]:
    """Return every consumer that should get events."""
    if scenario.input_path == "source":
        return [
            Consumer(
                label=f"KafkaSource {SOURCE}",
                group="records",
                topics=SOURCE_TOPICS,
                partitions=SOURCE_PARTITIONS,
                url="http://records/",
                wants=lambda _: True,
            )
        ]
    return [
        Consumer(
            label=f"Trigger {_NAMESPACE}/{name}",
            group=f"knative-trigger-{_NAMESPACE}-{name}",
            topics=(BROKER_TOPIC,),
            partitions=BROKER_PARTITIONS,
            url=f"http://{name}/",
            wants=(lambda number: number % 2 == 0) if name == "even" else (lambda _: True),
            answers=name == "answers",
        )
        for name in _WANTED
    ]


def identity(entry: Entry, scenario: Scenario) -> Identity:
    """Return the `source` and `id` that the event of an entry must have, written from the contract."""
    if scenario.input_path == "source":
        source = f"/apis/v1/namespaces/{SOURCE.namespace}/kafkasources/{SOURCE.name}#{entry.topic}"
        return source, f"partition:{entry.partition}/offset:{entry.offset}"
    headers = dict(entry.headers)
    return headers["ce_source"].decode(), headers["ce_id"].decode()
