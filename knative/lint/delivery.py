"""Rules about delivery: retries, dead letters, and what replaces what."""

from __future__ import annotations

import re

from knative.admission import destinations, periods
from knative.admission.custom import DecodeError
from knative.admission.decode import decode
from knative.admission.field_errors import with_prefix
from knative.lint.findings import Violations, rule
from knative.lint.object_index import CHANNEL, KAFKA, ObjectIndex, iter_deliveries, period_seconds
from knative.lint.yaml_objects import as_mapping

_DELIVERY_OWNERS = ("Broker", "Trigger", "Subscription", "Channel", "Sequence", "KafkaSource")
_DAY_S, _YEAR_DAYS = 86_400, 365.2425
_MAX_DOUBLINGS = 1000
"""Beyond it a number of seconds is no float any more."""
_INHERITED = {"deadLetterSink"}
"""The one field that falls back to the Broker's."""


@rule(
    "dead-letter-without-retry",
    "warning",
    "a dead letter sink without retry, which means retry 0: the first failure is the last",
    "add retry, backoffPolicy and backoffDelay",
)
def find_dead_letter_without_retry(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        if "deadLetterSink" in delivery and "retry" not in delivery:
            yield each, f"{path}.deadLetterSink", "nothing is retried: the first failure becomes a dead letter"


@rule("backoff-without-retry", "warning", "a back-off that nothing is retried by", "add retry")
def find_backoff_without_retry(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        backoff = [field for field in ("backoffPolicy", "backoffDelay") if field in delivery]
        if backoff and not delivery.get("retry") and "deadLetterSink" not in delivery:
            yield (
                each,
                f"{path}.{backoff[0]}",
                f"{' and '.join(backoff)} without retry: nothing is retried",
            )


@rule(
    "delivery-replaced",
    "warning",
    "a Trigger's delivery that loses fields of its Broker's: it replaces it as a whole",
    "repeat those fields on the Trigger",
)
def find_delivery_replaced(index: ObjectIndex) -> Violations:
    for each in index.of_kinds("Trigger"):
        broker = index.broker_of(each)
        if broker is None or not isinstance(each.spec.get("delivery"), dict):
            continue
        lost = set(as_mapping(broker.spec.get("delivery"))) - set(each.spec["delivery"]) - _INHERITED
        if lost:
            yield each, "spec.delivery", f"{', '.join(sorted(lost))} of {broker} no longer holds for this Trigger"


@rule(
    "unchecked-delivery",
    "warning",
    "a KafkaSource's delivery that its webhook does not look into, but any other would refuse",
    "fix it: it fails at run time",
)
def find_unchecked_delivery(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds("KafkaSource")):
        try:
            errors = destinations.delivery(decode("DeliverySpec", delivery))
        except DecodeError:
            continue  # the webhook says so
        for error in with_prefix(errors, path):
            yield each, error.paths[0], str(error)


@rule(
    "timeout-below-function",
    "warning",
    "a delivery that gives up before its function does, and so repeats what is still running",
    "make delivery.timeout at least the function's timeoutSeconds",
)
def find_timeout_below_function(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds("Trigger", "Subscription", "KafkaSource")):
        field = "sink" if each.kind == "KafkaSource" else "subscriber"
        function = index.resolve(as_mapping(each.spec.get(field)).get("ref"), each)
        waits_s = period_seconds(delivery.get("timeout"))
        if function is None or function.kind != "Service" or waits_s is None:
            continue
        runs_s = as_mapping(as_mapping(function.spec.get("template")).get("spec")).get("timeoutSeconds") or 300
        if isinstance(runs_s, int) and waits_s < runs_s:
            yield each, f"{path}.timeout", f"{delivery['timeout']} is less than the {runs_s} s that {function} may take"


@rule(
    "dead-letter-to-itself",
    "warning",
    "a dead letter sink that is the very thing whose events fail",
    "send dead letters to a KafkaSink, or to a Service of their own",
)
def find_dead_letter_to_itself(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        sink = index.resolve(as_mapping(delivery.get("deadLetterSink")).get("ref"), each)
        around = {id(each), id(index.broker_of(each)) if each.kind == "Trigger" else 0}
        around.add(id(index.resolve(each.spec.get("channel"), each)))
        if sink is not None and id(sink) in around:
            yield each, f"{path}.deadLetterSink", f"what fails goes to {sink}, to fail again"


@rule(
    "delay-without-policy",
    "warning",
    "a backoffDelay without backoffPolicy on a channel's data plane, which then does not wait at all",
    "add backoffPolicy",
)
def find_delay_without_policy(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        if "backoffDelay" in delivery and "backoffPolicy" not in delivery and index.data_plane_of(each) == CHANNEL:
            yield each, f"{path}.backoffDelay", f"{delivery['backoffDelay']} is not waited: there is no backoffPolicy"


@rule(
    "retry-without-wait",
    "warning",
    "retries without a wait on a Kafka data plane, which then gives up at the first failure",
    "say a backoffDelay of at least PT0.1S",
)
def find_retry_without_wait(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        delay = delivery.get("backoffDelay")
        if delivery.get("retry") and period_seconds(delay) == 0 and index.data_plane_of(each) == KAFKA:
            yield each, f"{path}.backoffDelay", f"nothing is retried: the Kafka data plane cannot wait {delay}"


@rule(
    "backoff-too-long",
    "warning",
    "retries of which the last ones come more than a day later",
    "retry less often, or set backoffPolicy: linear",
)
def find_backoff_too_long(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        retries, delay_s = delivery.get("retry"), period_seconds(delivery.get("backoffDelay"))
        if not isinstance(retries, int) or not delay_s:
            continue
        is_linear = delivery.get("backoffPolicy") == "linear"
        longest_s = delay_s * (retries if is_linear else 2.0 ** min(retries, _MAX_DOUBLINGS))
        if longest_s > _DAY_S:
            yield each, f"{path}.retry", f"retry {retries} waits up to {_many_days(longest_s)}"


@rule(
    "odd-duration",
    "warning",
    "a duration that a cluster takes and reads otherwise than it looks",
    "write weeks, days, hours, minutes and tenths of seconds, such as PT0.5S",
)
def find_odd_duration(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        for field in ("backoffDelay", "timeout", "retryAfterMax"):
            text = delivery.get(field)
            if isinstance(text, str) and periods.valid(text) and (words := _oddity(text)):
                yield each, f"{path}.{field}", f"{text} {words}"


def _oddity(text: str) -> str:
    """Say what is unexpected about a valid duration; empty when nothing is."""
    if "-" in text:
        return "is negative"
    if periods.is_zero(text) and any(digit in text for digit in "123456789"):
        return "is no time at all: only tenths are read"
    if re.search("[0-9][YM]", text.partition("T")[0]):
        return "has years or months, which are taken for 365.2425 days and a twelfth of that"
    return ""


def _many_days(seconds: float) -> str:
    days = seconds / _DAY_S
    return f"{days:.0f} days" if days < 2 * _YEAR_DAYS else f"{days / _YEAR_DAYS:.3g} years"
