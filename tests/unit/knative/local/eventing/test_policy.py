"""The rules of delivery: what is retried, how long it waits, what a dead letter says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from knative.admission.eventing import DEFAULT_DELIVERY
from knative.local.eventing.delivery.policy import (
    BROKER_DEFAULT,
    Policy,
    Verdict,
    policy_for_source,
    policy_for_subscription,
    policy_for_trigger,
    verdict_for,
)
from knative.manifests import durations
from knative.manifests.model import (
    Broker,
    BrokerClass,
    Channel,
    Delivery,
    Destination,
    KafkaSink,
    KafkaSource,
    Manifests,
    Name,
    Ref,
    Service,
    Subscription,
    Trigger,
)
from knative.manifests.references import References
from tests.conformance.plugin import Agreement
from tests.support.reference import reference

HERE = "touchline"


def name(text: str) -> Name:
    return Name(namespace=HERE, name=text)


SINK = Destination(ref=Ref(kind="Service", name=name("sink")))
LETTERS = Destination(ref=Ref(kind="KafkaSink", name=name("letters")))
OTHERS = Destination(ref=Ref(kind="KafkaSink", name=name("others")))
PLACES = References(
    Manifests(
        services=(Service(name=name("sink")),),
        kafka_sinks=(KafkaSink(name=name("letters"), topic="letters"), KafkaSink(name=name("others"), topic="others")),
    ),
    functions_url="http://functions",
    eventing_url="http://eventing",
)


def a_policy(broker_class: BrokerClass, backoff: str = "exponential") -> Policy:
    return Policy(retries=4, backoff=backoff, delay_s=0.2, timeout_s=None, dead_letter=None, broker_class=broker_class)


@pytest.mark.conforms(
    "delivery-404-retried",
    "delivery-409-retried",
    "delivery-429-retried",
    "delivery-5xx-retried",
    "delivery-no-answer-retried",
)
@pytest.mark.parametrize("status", [404, 408, 409, 429, 500, 502, 503, 504, 599, None])
def test_trouble_that_may_pass_is_retried(status: int | None) -> None:
    assert verdict_for(status) is Verdict.RETRY


@pytest.mark.conforms("delivery-1xx-3xx-error", "delivery-400-final", "delivery-other-4xx-final")
@pytest.mark.parametrize("status", [100, 301, 302, 400, 401, 403, 405, 410, 413, 415, 418, 422, 451])
def test_what_can_never_succeed_is_refused_at_once(status: int) -> None:
    assert verdict_for(status) is Verdict.REFUSED


@pytest.mark.conforms("delivery-2xx-done")
@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_delivered(status: int) -> None:
    assert verdict_for(status) is Verdict.DELIVERED


@pytest.mark.conforms(
    "delivery-backoff-linear", "delivery-backoff-exponential", "channel-retry-wait", "channel-retry-rate"
)
@pytest.mark.parametrize(
    ("broker_class", "backoff", "waits"),
    [
        (BrokerClass.KAFKA, "exponential", [0.4, 0.8, 1.6, 3.2]),
        (BrokerClass.KAFKA, "linear", [0.2, 0.4, 0.6, 0.8]),
        (BrokerClass.CHANNEL, "exponential", [0.2, 0.4, 0.8, 1.6]),
        (BrokerClass.CHANNEL, "linear", [0.0, 0.2, 0.4, 0.6]),
    ],
)
def test_waits_differ_by_broker_class(broker_class: BrokerClass, backoff: str, waits: list[float]) -> None:
    policy = a_policy(broker_class, backoff)
    assert [policy.wait_s(retry) for retry in (1, 2, 3, 4)] == pytest.approx(waits)


def test_thousands_of_retries_at_once_are_possible() -> None:
    assert replace(a_policy(BrokerClass.KAFKA), delay_s=0.0).wait_s(5000) == 0


def observed(field: str) -> list[Any]:
    """The rows of the channel broker's recorded deliveries that have a field."""
    rows = [json.loads(line) for line in reference("conformance/observed/delivery.jsonl").read_text().splitlines()]
    return [row for row in rows if field in row]


def test_retried_status_codes_are_those_observed(agreement: Agreement) -> None:
    (row,) = observed("codes")
    single, _, last = row["codes"].partition(" and every code from 500 to ")
    expected = {int(code) for code in single.split(", ")} | set(range(500, int(last) + 1))
    ours = {status for status in range(100, 600) if verdict_for(status) is Verdict.RETRY}
    agreement("Delivery: status codes of the channel broker", 500 - len(ours ^ expected), 500)
    assert ours == expected


def test_waits_of_the_channel_broker_are_those_observed(agreement: Agreement) -> None:
    rows = observed("waits")
    differing = []
    for row in rows:
        delay_s = durations.seconds(row["delay"])
        policy = replace(a_policy(BrokerClass.CHANNEL, row["policy"]), delay_s=delay_s)
        if [policy.wait_s(retry) for retry in range(1, 7)] != pytest.approx(row["waits"]):
            differing.append(row)
    agreement("Delivery: sequences of waits of the channel broker", len(rows) - len(differing), len(rows))
    assert (len(rows), differing) == (12, [])


def a_trigger(own: Delivery | None) -> Trigger:
    return Trigger(name=name("t"), broker=name("default"), subscriber=SINK, delivery=own)


def a_broker(own: Delivery | None, broker_class: BrokerClass = BrokerClass.KAFKA) -> Broker:
    return Broker(name=name("default"), broker_class=broker_class, delivery=own)


@pytest.mark.conforms("delivery-none")
def test_a_broker_without_delivery_retries_ten_times() -> None:
    policy = policy_for_trigger(a_trigger(None), a_broker(None), PLACES)
    assert (policy.retries, policy.backoff, policy.delay_s) == (10, "exponential", 0.2)
    assert policy.dead_letter is None


def test_the_default_delivery_is_the_one_that_the_webhook_writes_down() -> None:
    written, own = DEFAULT_DELIVERY, BROKER_DEFAULT
    assert (own.retry, own.backoff_policy) == (written["retry"], written["backoffPolicy"])
    assert own.backoff_delay_s == durations.seconds(str(written["backoffDelay"]))


@pytest.mark.conforms("delivery-of-broker")
def test_a_trigger_without_delivery_takes_the_brokers() -> None:
    broker = a_broker(Delivery(retry=2, backoff_policy="linear", backoff_delay_s=1, dead_letter_sink=LETTERS))
    policy = policy_for_trigger(a_trigger(None), broker, PLACES)
    assert (policy.retries, policy.backoff, policy.delay_s) == (2, "linear", 1)
    assert policy.dead_letter == PLACES.resolve(LETTERS)


@pytest.mark.conforms("delivery-of-trigger", "delivery-trigger-over-broker")
def test_a_triggers_delivery_replaces_the_brokers_and_is_not_merged() -> None:
    broker = a_broker(Delivery(retry=7, backoff_policy="linear", backoff_delay_s=9))
    policy = policy_for_trigger(a_trigger(Delivery(dead_letter_sink=OTHERS)), broker, PLACES)
    assert policy.retries == 0
    assert policy.backoff == "exponential"
    assert policy.dead_letter == PLACES.resolve(OTHERS)


@pytest.mark.parametrize(
    ("broker_class", "own", "delay_s"),
    [
        (BrokerClass.KAFKA, Delivery(retry=1), 1.0),
        (BrokerClass.KAFKA, Delivery(retry=1, backoff_policy="linear"), 1.0),
        (BrokerClass.KAFKA, Delivery(retry=1, backoff_delay_s=3), 3.0),
        (BrokerClass.CHANNEL, Delivery(retry=1), 0.0),
        (BrokerClass.CHANNEL, Delivery(retry=1, backoff_policy="linear"), 0.0),
        (BrokerClass.CHANNEL, Delivery(retry=1, backoff_delay_s=3), 0.0),
        (BrokerClass.CHANNEL, Delivery(retry=1, backoff_policy="linear", backoff_delay_s=3), 3.0),
    ],
)
def test_a_delay_that_is_not_given_is_1_s_on_kafka_and_none_on_the_channel_broker_which_needs_both(
    broker_class: BrokerClass, own: Delivery, delay_s: float
) -> None:
    assert policy_for_trigger(a_trigger(own), a_broker(None, broker_class), PLACES).delay_s == delay_s


def test_the_format_of_a_trigger_is_honoured_by_the_channel_broker_alone() -> None:
    own = Delivery(structured=True)
    assert policy_for_trigger(a_trigger(own), a_broker(None, BrokerClass.CHANNEL), PLACES).structured
    assert not policy_for_trigger(a_trigger(own), a_broker(None, BrokerClass.KAFKA), PLACES).structured
    assert not policy_for_trigger(a_trigger(None), a_broker(own, BrokerClass.CHANNEL), PLACES).structured


@pytest.mark.conforms("delivery-trigger-dead-letter")
def test_only_the_dead_letter_sink_falls_back_to_the_brokers() -> None:
    policy = policy_for_trigger(a_trigger(Delivery(retry=1)), a_broker(Delivery(dead_letter_sink=LETTERS)), PLACES)
    assert policy.retries == 1
    assert policy.dead_letter == PLACES.resolve(LETTERS)


def test_the_kafka_broker_waits_600_s_for_an_answer_and_the_channel_broker_for_ever() -> None:
    kafka = policy_for_trigger(a_trigger(None), a_broker(None), PLACES)
    channel = policy_for_trigger(a_trigger(None), a_broker(None, BrokerClass.CHANNEL), PLACES)
    assert (kafka.timeout_s, channel.timeout_s) == (600, None)


@pytest.mark.conforms("kafka-source-delivery")
def test_a_source_without_delivery_has_defaults_of_its_own() -> None:
    policy = policy_for_source(KafkaSource(name=name("s"), topics=("t",), consumer_group="g", sink=SINK), PLACES)
    assert (policy.retries, policy.backoff, policy.delay_s, policy.timeout_s) == (10, "exponential", 0.3, 600)


@pytest.mark.conforms("kafka-source-delivery")
def test_a_source_that_only_names_a_dead_letter_sink_has_no_retries() -> None:
    source = KafkaSource(
        name=name("s"), topics=("t",), consumer_group="g", sink=SINK, delivery=Delivery(dead_letter_sink=LETTERS)
    )
    policy = policy_for_source(source, PLACES)
    assert policy.retries == 0
    assert policy.dead_letter == PLACES.resolve(LETTERS)


def a_subscription(own: Delivery | None) -> Subscription:
    return Subscription(name=name("s"), channel=name("c"), subscriber=SINK, delivery=own)


def test_a_subscription_without_delivery_has_no_retries() -> None:
    policy = policy_for_subscription(a_subscription(None), Channel(name=name("c")), PLACES)
    assert (policy.retries, policy.dead_letter, policy.timeout_s) == (0, None, None)


@pytest.mark.conforms("channel-delivery-default", "channel-retry-number")
def test_a_subscription_without_delivery_takes_its_channels() -> None:
    channel = Channel(name=name("c"), delivery=Delivery(retry=2, dead_letter_sink=LETTERS))
    policy = policy_for_subscription(a_subscription(None), channel, PLACES)
    assert (policy.retries, policy.dead_letter) == (2, PLACES.resolve(LETTERS))


def test_a_subscriptions_delivery_replaces_its_channels_but_for_the_dead_letter_sink() -> None:
    channel = Channel(name=name("c"), delivery=Delivery(retry=2, dead_letter_sink=LETTERS))
    policy = policy_for_subscription(a_subscription(Delivery(backoff_delay_s=1)), channel, PLACES)
    assert (policy.retries, policy.dead_letter) == (0, PLACES.resolve(LETTERS))


def test_a_kafka_channel_waits_as_the_kafka_broker_does() -> None:
    channel = Channel(name=name("c"), data_plane=BrokerClass.KAFKA)
    policy = policy_for_subscription(a_subscription(Delivery(retry=1, backoff_delay_s=1)), channel, PLACES)
    assert (policy.wait_s(1), policy.timeout_s) == (2, 600)
