"""No property holds by accident: for each a bug is put into the real code, and the simulator has to notice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from knative.local.eventing.delivery import dispatcher as dispatch
from knative.local.eventing.delivery import policy, window
from knative.local.eventing.delivery import runner as courier
from knative.local.eventing.delivery import sender as sending
from knative.local.eventing.delivery.policy import Policy, Verdict
from knative.local.eventing.filters import trigger_filter
from knative.local.eventing.message import message
from knative.local.eventing.runtime import log_writer as writer
from knative.manifests.model import BrokerClass
from knative.simulator.properties import PROPERTIES, find_breaches
from knative.simulator.runner import play
from knative.simulator.scenarios import scenario_named

Mutation = Callable[[pytest.MonkeyPatch], None]
SEEDS = 8
"""So many are tried before a mutant counts as unnoticed."""


def acknowledges_what_it_has_only_read(patch: pytest.MonkeyPatch) -> None:
    put = window.Window.submit

    def mutant(self: Any, entries: Any) -> None:
        self._completed.extend(entries)
        put(self, entries)

    patch.setattr(window.Window, "submit", mutant)


def takes_what_a_stop_interrupts_for_delivered(patch: pytest.MonkeyPatch) -> None:
    deliver = courier.DeliveryRunner.deliver

    async def mutant(*args: Any, **kwargs: Any) -> None:
        with suppress(courier.ShutdownRequested):
            await deliver(*args, **kwargs)

    patch.setattr(courier.DeliveryRunner, "deliver", mutant)


def leaves_without_acknowledging_what_ended_last(patch: pytest.MonkeyPatch) -> None:
    ended = window.Window.take_completed
    patch.setattr(window.Window, "take_completed", lambda self: [] if self._is_stopping else ended(self))


def answers_before_the_log_has_it(patch: pytest.MonkeyPatch) -> None:
    async def mutant(self: Any, topic: str, entry: Any) -> None:
        self._queue.put(writer._PendingAppend(topic, entry, self._loop.create_future()))

    patch.setattr(writer.LogWriter, "append", mutant)


def takes_a_failed_append_for_stored(patch: pytest.MonkeyPatch) -> None:
    tell = writer.LogWriter._complete
    patch.setattr(writer.LogWriter, "_complete", lambda self, together, _fault: tell(self, together, None))


def forgets_what_the_log_did_not_let_it_acknowledge(patch: pytest.MonkeyPatch) -> None:
    def mutant(self: Any, consumer: Any) -> None:
        ended, self._unacknowledged = self._unacknowledged, []
        consumer.ack(ended)

    patch.setattr(dispatch.Dispatcher, "_acknowledge", mutant)


def drops_dead_letters(patch: pytest.MonkeyPatch) -> None:
    async def mutant(*_: Any) -> bool:
        return True

    patch.setattr(courier.DeliveryRunner, "_append_dead_letter", mutant)


def drops_a_reply_that_cannot_be_stored(patch: pytest.MonkeyPatch) -> None:
    back_into = courier.DeliveryRunner._store_reply

    async def mutant(self: Any, broker: Any, outcome: Any, *more: Any) -> Any:
        await back_into(self, broker, outcome, *more)
        return outcome

    patch.setattr(courier.DeliveryRunner, "_store_reply", mutant)


def matches_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trigger_filter, "filter_for_trigger", lambda *_: None)


def knows_no_lanes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(window.ConsumerConfig, "ordering_key_of", lambda *_: None)


def starts_everything_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(window.ConsumerConfig, "max_in_flight", 1000)


def delivers_twice(patch: pytest.MonkeyPatch) -> None:
    deliver = courier.DeliveryRunner.deliver

    async def mutant(self: Any, *args: Any, **kwargs: Any) -> None:
        await deliver(self, *args, **kwargs)
        await deliver(self, *args, **kwargs)

    patch.setattr(courier.DeliveryRunner, "deliver", mutant)


def sends_twice(patch: pytest.MonkeyPatch) -> None:
    send = sending.Sender.send

    async def mutant(self: Any, *args: Any, **kwargs: Any) -> Any:
        await send(self, *args, **kwargs)
        return await send(self, *args, **kwargs)

    patch.setattr(sending.Sender, "send", mutant)


def _with_verdicts(patch: pytest.MonkeyPatch, **other: Verdict) -> None:
    real = policy.verdict_for
    patch.setattr(policy, "verdict_for", lambda status: other.get(real(status).name, real(status)))


def never_tries_again(patch: pytest.MonkeyPatch) -> None:
    _with_verdicts(patch, RETRY=Verdict.REFUSED)


def tries_again_what_was_refused(patch: pytest.MonkeyPatch) -> None:
    _with_verdicts(patch, REFUSED=Verdict.RETRY)


def waits_as_the_other_class_does(patch: pytest.MonkeyPatch) -> None:
    def mutant(self: Policy, retry: int) -> float:
        return self.delay_s * float(2 ** (retry - 1 if self.broker_class is BrokerClass.KAFKA else retry))

    patch.setattr(Policy, "wait_s", mutant)


def cuts_waits_short(patch: pytest.MonkeyPatch) -> None:
    sleep = courier.DeliveryRunner._sleep
    patch.setattr(courier.DeliveryRunner, "_sleep", lambda self, seconds: sleep(self, seconds / 2))


def loses_an_attribute(patch: pytest.MonkeyPatch) -> None:
    request = message.Message.request

    def mutant(self: Any, **kwargs: Any) -> tuple[dict[str, str], bytes]:
        headers, body = request(self, **kwargs)
        headers.pop("ce-parity", None)
        return headers, body

    patch.setattr(message.Message, "request", mutant)


def gives_dead_letters_no_id_of_their_own(patch: pytest.MonkeyPatch) -> None:
    entry = message.Message.entry
    patch.setattr(message.Message, "entry", lambda self, *, dedup_id="", **kwargs: entry(self, **kwargs))


def breaks_in_the_thread(patch: pytest.MonkeyPatch) -> None:
    def mutant(*_: Any) -> None:
        raise RuntimeError("a bug")

    patch.setattr(dispatch.Dispatcher, "_run_once", mutant)


CAUGHT: list[tuple[Mutation, str, str]] = [
    (acknowledges_what_it_has_only_read, "calm", "acknowledged_only_when_ended"),
    (acknowledges_what_it_has_only_read, "crashes", "nothing_accepted_is_lost"),
    (takes_what_a_stop_interrupts_for_delivered, "stops", "acknowledged_only_when_ended"),
    (leaves_without_acknowledging_what_ended_last, "restarts", "no_duplicate_without_a_cause"),
    (answers_before_the_log_has_it, "stormy", "nothing_accepted_is_lost"),
    (takes_a_failed_append_for_stored, "stormy", "nothing_accepted_is_lost"),
    (forgets_what_the_log_did_not_let_it_acknowledge, "stormy", "nothing_accepted_is_lost"),
    (drops_dead_letters, "failing", "nothing_accepted_is_lost"),
    (drops_a_reply_that_cannot_be_stored, "replies", "nothing_accepted_is_lost"),
    (matches_everything, "calm", "one_effect_per_event"),
    (knows_no_lanes, "ordered", "keys_stay_in_order"),
    (knows_no_lanes, "per-key", "in_flight_is_bounded"),
    (starts_everything_at_once, "slow", "in_flight_is_bounded"),
    (delivers_twice, "calm", "every_event_ends"),
    (sends_twice, "calm", "no_duplicate_without_a_cause"),
    (never_tries_again, "failing", "retries_follow_the_policy"),
    (tries_again_what_was_refused, "failing", "retries_follow_the_policy"),
    (waits_as_the_other_class_does, "failing", "retries_follow_the_policy"),
    (waits_as_the_other_class_does, "channel", "retries_follow_the_policy"),
    (cuts_waits_short, "failing", "waits_take_their_time"),
    (loses_an_attribute, "calm", "nothing_is_changed"),
    (gives_dead_letters_no_id_of_their_own, "crashes", "one_letter_per_entry"),
    (breaks_in_the_thread, "calm", "nothing_breaks"),
]


@pytest.mark.parametrize(("mutation", "scenario", "noticed_by"), CAUGHT, ids=lambda one: getattr(one, "__name__", one))
def test_a_bug_is_noticed(mutation: Mutation, scenario: str, noticed_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(monkeypatch)
    n_events = 80 if mutation is starts_everything_at_once else 20
    notices = (find_breaches(play(scenario_named(scenario, seed=seed, n_events=n_events))) for seed in range(SEEDS))
    assert any(breach.startswith(f"{noticed_by}:") for each in notices for breach in each)


def test_every_property_notices_something() -> None:
    assert {holds.__name__ for holds in PROPERTIES} == {noticed_by for _, _, noticed_by in CAUGHT}
