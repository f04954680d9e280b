"""What came of a scenario: who sent, who was asked, what was told, and what is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

from knative.local.eventing.message.message import from_entry
from knative.local.eventing.trace.event_trace import TraceStep
from knative.manifests.model import BrokerClass
from knative.simulator import workload as setting
from knative.simulator.scenarios import Scenario
from knative.simulator.simulation import Plane, World
from knative.simulator.sinks import Identity, Request
from knative.simulator.workload import Consumer
from shared.ports.log import Entry

UNKNOWN = -1


class History:
    """A scenario and its world; what is derived here counts events by their numbers."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self.scenario = scenario
        self.world = world
        self.sent = setting.sent(scenario)
        self.consumers = setting.consumers(scenario)
        self.planes: list[Plane] = []
        """Every process there ever was."""
        self.open_at_end = 0
        """Entries that were never acknowledged."""

    @property
    def broker_class(self) -> BrokerClass:
        """Whose rules hold: a KafkaSource's are those of the Kafka class."""
        return self.scenario.broker_class if self.scenario.way == "broker" else BrokerClass.KAFKA

    @cached_property
    def numbers(self) -> Mapping[Identity, int]:
        """The number of each event, by `source` and `id`."""
        return {setting.identity(entry, self.scenario): int(entry.value) for entry in self._entries()}

    def number_of(self, step: TraceStep) -> int:
        """Which event a step is about; `UNKNOWN` when nobody sent such a one."""
        return self.numbers.get((step.source, step.id), UNKNOWN)

    def owed(self, consumer: Consumer) -> set[int]:
        """The events that a consumer has to get: what was accepted for it, or what was answered."""
        if not consumer.answers:
            return {each.number for each in self.sent if each.accepted and consumer.wants(each.number)}
        asked = self.consumers[0].label
        steps = (told.step for told in self.world.trace if told.step and told.what == "delivered")
        return {self.number_of(step) for step in steps if step.consumer == asked and step.status == 200}

    def effects(self, consumer: Consumer) -> list[int]:
        """What a consumer's function did, in order."""
        return [int(event.data) for event in self.world.network.functions[consumer.url].effects]

    def letters(self) -> list[tuple[str, int]]:
        """Every dead letter that was taken, in whichever sink: whose it was, and the event."""
        stored = [from_entry(entry) for entry in self.world.log.replay(setting.LETTERS_TOPIC)]
        taken = stored + self.world.network.functions[setting.LETTERS_URL].effects
        return [(str(letter.attributes["knativeerrordest"]), int(letter.data)) for letter in taken]

    def given_up(self, consumer: Consumer) -> set[int]:
        """What a consumer did not get by the rules: dead-lettered, or without a dead-letter sink that takes it."""
        lettered = {number for url, number in self.letters() if url == consumer.url}
        gone = (told.step for told in self.world.trace if told.step and told.what in {"dropped", "lost"})
        return lettered | {self.number_of(step) for step in gone if step.consumer == consumer.label}

    def told_by(self) -> Mapping[str, list[TraceStep]]:
        """What each process told of deliveries, in order."""
        told: dict[str, list[TraceStep]] = defaultdict(list)
        labels = {consumer.label for consumer in self.consumers}
        for line in self.world.trace:
            if line.step is not None and line.step.consumer in labels:
                told[line.who].append(line.step)
        return told

    def requests_of_events(self) -> list[Request]:
        """Every POST of an event to a consumer."""
        urls = {consumer.url for consumer in self.consumers}
        return [request for request in self.world.network.requests if request.url in urls]

    def ends_at(self) -> Mapping[str, float]:
        """When each process was told to stop, or was killed."""
        return {line.who: line.at_s for line in reversed(self.world.trace) if line.what in {"killed", "stops"}}

    def entries_by_number(self) -> Counter[int]:
        """How often each event is in the log: a producer that heard nothing sends again, an answer may come again."""
        return Counter(int(entry.value) for entry in self._entries())

    def _entries(self) -> list[Entry]:
        return [entry for topic in self.consumers[0].topics for entry in self.world.log.replay(topic)]
