"""The history of a scenario: what was sent, requested and recorded, and what is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

from knative.local.eventing.message.message import from_entry
from knative.local.eventing.trace.event_trace import TraceStep
from knative.manifests.model import BrokerClass
from knative.simulator import workload as setting
from knative.simulator.scenarios import Scenario
from knative.simulator.simulation import DataPlane, Simulation
from knative.simulator.sinks import Identity, Request
from knative.simulator.workload import Consumer
from shared.ports.log import Entry

UNKNOWN = -1


class History:
    """A scenario and its simulation; what is derived here counts events by their numbers."""

    def __init__(self, scenario: Scenario, simulation: Simulation) -> None:
        self.scenario = scenario
        self.simulation = simulation
        self.sent = setting.produce_events(scenario)
        self.consumers = setting.consumers(scenario)
        self.planes: list[DataPlane] = []
        """Every process that was ever started."""
        self.open_at_end = 0
        """Entries that were never acknowledged."""

    @property
    def broker_class(self) -> BrokerClass:
        """The class whose rules hold: a KafkaSource has those of the Kafka class."""
        return self.scenario.broker_class if self.scenario.input_path == "broker" else BrokerClass.KAFKA

    @cached_property
    def numbers(self) -> Mapping[Identity, int]:
        """The number of each event, by `source` and `id`."""
        return {setting.identity(entry, self.scenario): int(entry.value) for entry in self._entries()}

    def number_of(self, step: TraceStep) -> int:
        """Return which event a step is about; `UNKNOWN` when no such event was sent."""
        return self.numbers.get((step.source, step.id), UNKNOWN)

    def expected_numbers(self, consumer: Consumer) -> set[int]:
        """Return the events that a consumer has to get: what was accepted for it, or what was answered."""
        if not consumer.answers:
            return {each.number for each in self.sent if each.accepted and consumer.wants(each.number)}
        consumer_label = self.consumers[0].label
        steps = (line.step for line in self.simulation.trace if line.step and line.what == "delivered")
        return {self.number_of(step) for step in steps if step.consumer == consumer_label and step.status == 200}

    def effects(self, consumer: Consumer) -> list[int]:
        """Return the effects of a consumer's function, in order."""
        return [int(event.data) for event in self.simulation.network.functions[consumer.url].effects]

    def dead_letters(self) -> list[tuple[str, int]]:
        """Return every dead letter that a sink accepted: the destination it failed at, and the event."""
        stored = [from_entry(entry) for entry in self.simulation.log.replay(setting.LETTERS_TOPIC)]
        dead_letters = stored + self.simulation.network.functions[setting.LETTERS_URL].effects
        return [(str(letter.attributes["knativeerrordest"]), int(letter.data)) for letter in dead_letters]

    def given_up(self, consumer: Consumer) -> set[int]:
        """Return what a consumer did not get by the rules: dead-lettered, or given up without a dead letter."""
        lettered = {number for url, number in self.dead_letters() if url == consumer.url}
        gone = (line.step for line in self.simulation.trace if line.step and line.what in {"dropped", "lost"})
        return lettered | {self.number_of(step) for step in gone if step.consumer == consumer.label}

    def steps_by_process(self) -> Mapping[str, list[TraceStep]]:
        """Return the steps of deliveries that each process recorded, in order."""
        steps: dict[str, list[TraceStep]] = defaultdict(list)
        labels = {consumer.label for consumer in self.consumers}
        for line in self.simulation.trace:
            if line.step is not None and line.step.consumer in labels:
                steps[line.who].append(line.step)
        return steps

    def requests_of_events(self) -> list[Request]:
        """Return every POST of an event to a consumer."""
        urls = {consumer.url for consumer in self.consumers}
        return [request for request in self.simulation.network.requests if request.url in urls]

    def ends_at(self) -> Mapping[str, float]:
        """Return when each process was asked to stop, or was killed."""
        return {line.who: line.at_s for line in reversed(self.simulation.trace) if line.what in {"killed", "stops"}}

    def entries_by_number(self) -> Counter[int]:
        """Count the entries of each event: a producer without an answer sends again, and so may a function."""
        return Counter(int(entry.value) for entry in self._entries())

    def _entries(self) -> list[Entry]:
        return [entry for topic in self.consumers[0].topics for entry in self.simulation.log.replay(topic)]
