"""The properties that must hold whatever happened; each names every breach of it in a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from knative.local.eventing.delivery.window import MAX_IN_CHANNEL, MAX_IN_FLIGHT
from knative.local.eventing.trace.event_trace import TraceStep
from knative.manifests.model import BrokerClass, Order
from knative.simulator.history import History
from knative.simulator.workload import Consumer

_GIVEN_UP = frozenset({"dead_lettered", "dropped", "lost"})
ENDS = _GIVEN_UP | {"delivered"}
_STARTS = frozenset({"matched", "read"})
_PASSING = frozenset({404, 408, 409, 429})
"""Client errors that are tried again."""


def nothing_accepted_is_lost(history: History) -> Iterator[str]:
    """An accepted event, from a producer or a reply, has its effect or is given up as the rules say."""
    if history.open_at_end:
        yield f"{history.open_at_end} entries were never acknowledged"
    for consumer in history.consumers:
        reached = {*history.effects(consumer), *history.given_up(consumer)}
        for number in sorted(history.expected_numbers(consumer) - reached):
            yield f"{consumer.label}: event {number} of {history.sent[number].key} was accepted and came to nothing"


def one_effect_per_event(history: History) -> Iterator[str]:
    """An event has one effect per consumer, given an inbox keyed by `source` and `id`, and none at another consumer."""
    for consumer in history.consumers:
        for number, n in Counter(history.effects(consumer)).items():
            if n > 1:
                yield f"{consumer.label}: event {number} had {n} effects"
            if not consumer.wants(number):
                yield f"{consumer.label}: event {number} is not for it"


def keys_stay_in_order(history: History) -> Iterator[str]:
    """The effects of a key come in the order of its events where order is promised, except what was given up.

    Answers are not: an event that comes again may be answered only then.
    """
    for consumer in history.consumers:
        if consumer.answers or not history.scenario.promises_order:
            continue
        given_up = history.given_up(consumer)
        last: dict[str, int] = {}
        for number in history.effects(consumer):
            key = history.sent[number].key
            if number < last.get(key, -1) and number not in given_up:
                yield f"{consumer.label}: {key} has event {number} after event {last[key]}"
            last[key] = max(number, last.get(key, -1))


def every_event_ends(history: History) -> Iterator[str]:
    """Each event that is read ends once for each time, in a way that the rules know; and nothing else ends."""
    may_end = {
        "delivered",
        {"topic": "dead_lettered", "function": "dead_lettered", "none": "dropped"}[history.scenario.letters],
    }
    may_end |= {"lost"} if history.scenario.letters == "function" else set()
    ended: set[tuple[str, int]] = set()
    for who, steps in history.steps_by_process().items():
        open_ones: Counter[tuple[str, int]] = Counter()
        for step in steps:
            about = (step.consumer, history.number_of(step))
            open_ones[about] += (step.what in _STARTS) - (step.what in ENDS)
            if open_ones[about] < 0:
                yield f"{who}: {step.consumer} ended event {about[1]} more often than it was read"
            if step.what in ENDS:
                ended.add(about)
                if step.what not in may_end:
                    yield f"{who}: {step.consumer} ended event {about[1]} as {step.what}"
    for consumer in history.consumers:
        for number in sorted(history.expected_numbers(consumer)):
            if (consumer.label, number) not in ended:
                yield f"{consumer.label}: event {number} never ended"


def acknowledged_only_when_ended(history: History) -> Iterator[str]:
    """No acknowledgement passes an entry whose delivery has not ended: a crash right after it would lose that."""
    settled: set[tuple[str, int]] = set()
    labels = {consumer.group: consumer.label for consumer in history.consumers}
    at = 0
    for n_lines, group, entry in history.simulation.acknowledged:
        for line in history.simulation.trace[at:n_lines]:
            if line.step is not None and line.what in ENDS | {"unmatched"}:
                settled.add((line.step.consumer, history.number_of(line.step)))
        at = n_lines
        number = int(entry.value)
        if (labels[group], number) not in settled:
            yield f"{labels[group]}: event {number} was acknowledged before its delivery ended"


def in_flight_is_bounded(history: History) -> Iterator[str]:
    """No more requests are open at once than the order allows: one poll, or one for each partition or key."""
    for plane in history.planes:
        for consumer in history.consumers:
            most, n_open = _max_at_once(history, consumer), plane.http_client.max_open[consumer.url]
            if n_open > most:
                yield f"{plane.name}: {consumer.label} had {n_open} requests open, at most {most} are allowed"


def _max_at_once(history: History, consumer: Consumer) -> int:
    scenario = history.scenario
    if scenario.effective_order is Order.ORDERED:
        return len(consumer.topics) * consumer.partitions
    if scenario.effective_order is Order.PER_KEY:
        return scenario.n_keys
    members = scenario.consumers * len(consumer.topics) if scenario.input_path == "source" else 1
    return members * (MAX_IN_CHANNEL if history.broker_class is BrokerClass.CHANNEL else MAX_IN_FLIGHT)


def retries_follow_the_policy(history: History) -> Iterator[str]:
    """An event has as many attempts as the policy allows, none after a final answer, each after the class's wait."""
    for who, steps in history.steps_by_process().items():
        allowed: Counter[tuple[str, str, int]] = Counter()
        for step in steps:
            number = history.number_of(step)
            if step.what == "attempt":
                allowed.update((step.consumer, may, number) for may in _allows(step, history))
            elif step.what in {"waits", *ENDS}:
                allowed[step.consumer, step.what, number] -= 1
                if allowed[step.consumer, step.what, number] < 0:
                    yield f"{who}: {step.consumer}: event {number} {step.what}, which no answer of an attempt allows"
            if step.what == "waits" and step.wait_s != (expected := wait_s(history, step.attempt - 1)):
                yield f"{who}: waits {step.wait_s} s before attempt {step.attempt}, not {expected} s"


def _allows(step: TraceStep, history: History) -> frozenset[str]:
    """Return what may follow an attempt. A 200 carries an answer, which may be no event or not fit the log."""
    of_letter = step.place not in {consumer.url for consumer in history.consumers}
    passing = step.status is None or step.status in _PASSING or step.status >= 500
    garbled = step.status == 200 and history.scenario.input_path == "broker"
    # A garbled answer is tried again by the channel broker alone; a reply that could not be stored, by both.
    again = garbled and (history.broker_class is BrokerClass.CHANNEL or "replies" in history.scenario.behaviour.weights)
    last = step.attempt > (history.scenario.delivery.retry or 0) or not _can_wait(history, step.attempt)
    allowed: set[str] = set()
    if (passing or again) and not last:
        allowed.add("waits")
    if not of_letter and step.status is not None and step.status < 300:
        allowed.add("delivered")
    if not of_letter and (last or garbled or not passing):
        allowed |= _GIVEN_UP
    return frozenset(allowed)


def _can_wait(history: History, retry: int) -> bool:
    """The Kafka class has no timer of length zero."""
    return history.broker_class is BrokerClass.CHANNEL or wait_s(history, retry) > 0


def wait_s(history: History, retry: int) -> float:
    """Return the wait before a retry, which counts from 1; written from the contract's table, not from the code."""
    delay_s = history.scenario.delivery.backoff_delay_s or 0.0
    late = history.broker_class is BrokerClass.KAFKA
    if history.scenario.delivery.backoff_policy == "linear":
        return delay_s * (retry if late else retry - 1)
    return delay_s * float(2 ** (retry if late else retry - 1))


def waits_take_their_time(history: History) -> Iterator[str]:
    """After a wait the event is posted at that very moment, unless its process has ended."""
    began = {
        (each.sender, history.numbers.get(each.identity), each.began_s) for each in history.simulation.network.requests
    }
    ends_at = history.ends_at()
    for at_s, who, what, step in history.simulation.trace:
        if what == "waits" and step is not None:
            due_s = at_s + step.wait_s
            if due_s < ends_at[who] and (who, history.number_of(step), due_s) not in began:
                yield f"{who}: no attempt {step.attempt} of event {history.number_of(step)} at {due_s} s"


def nothing_is_changed(history: History) -> Iterator[str]:
    """Data, attributes, and what an event is known by arrive as they were sent."""
    for consumer in history.consumers:
        for event in history.simulation.network.functions[consumer.url].effects:
            number = int(event.data)
            if history.numbers.get((event.source, event.id)) != number:
                yield f"{consumer.label}: event {number} came as {event.id} of {event.source}"
            sent = (
                {}
                if history.scenario.input_path == "source" or consumer.answers
                else history.sent[number].event().attributes
            )
            if not sent.items() <= event.attributes.items():
                yield f"{consumer.label}: event {number} came with {dict(event.attributes)}"


def no_duplicate_without_a_cause(history: History) -> Iterator[str]:
    """While nothing goes wrong, each consumer gets an event exactly once."""
    if history.scenario.may_repeat:
        return
    n_by_event = Counter(
        (each.url, history.numbers.get(each.identity)) for each in history.requests_of_events() if each.taken
    )
    yield from (f"{url}: event {number} was taken {n} times" for (url, number), n in n_by_event.items() if n > 1)


def one_letter_per_entry(history: History) -> Iterator[str]:
    """An entry makes at most one dead letter, however often its process dies over it."""
    entries = history.entries_by_number()
    for (dest, number), n in Counter(history.dead_letters()).items():
        if n > entries[number]:
            yield f"{dest}: event {number} has {n} dead letters from {entries[number]} entries"


def nothing_breaks(history: History) -> Iterator[str]:
    """No task and no thread ended with an exception that nothing caught."""
    yield from history.simulation.loop.faults


PROPERTIES: tuple[Callable[[History], Iterator[str]], ...] = (
    nothing_accepted_is_lost,
    one_effect_per_event,
    keys_stay_in_order,
    every_event_ends,
    acknowledged_only_when_ended,
    in_flight_is_bounded,
    retries_follow_the_policy,
    waits_take_their_time,
    nothing_is_changed,
    no_duplicate_without_a_cause,
    one_letter_per_entry,
    nothing_breaks,
)


def find_breaches(history: History) -> list[str]:
    """Return every breach of every property, with the property's name."""
    return [f"{holds.__name__}: {breach}" for holds in PROPERTIES for breach in holds(history)]
