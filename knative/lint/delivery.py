"""Rules about delivery: retries, dead letters, and what replaces what."""

from __future__ import annotations

from knative.admission import destinations
from knative.admission.custom import DecodeError
from knative.admission.decode import decode
from knative.admission.field_errors import with_prefix
from knative.lint.findings import Violations, rule
from knative.lint.object_index import ObjectIndex, iter_deliveries, period_seconds
from knative.lint.yaml_objects import as_mapping

_DELIVERY_OWNERS = ("Broker", "Trigger", "Subscription", "Channel", "Sequence", "KafkaSource")
_INHERITED = {"deadLetterSink"}
"""The one field that falls back to the Broker's."""


@rule(
    "dead-letter-without-retry",
    "warning",
    "a dead letter sink without retry, which means retry 0: the first failure is the last",
    "say retry, backoffPolicy and backoffDelay beside it",
)
def find_dead_letter_without_retry(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        if "deadLetterSink" in delivery and "retry" not in delivery:
            yield each, f"{path}.deadLetterSink", "nothing is retried: the first failure becomes a dead letter"


@rule("backoff-without-retry", "warning", "a back-off that nothing is retried by", "say retry beside it")
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
    "mend it: it fails at run time otherwise",
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
    "send dead letters where nobody answers: a KafkaSink, or a Service of their own",
)
def find_dead_letter_to_itself(index: ObjectIndex) -> Violations:
    for each, path, delivery in iter_deliveries(index.of_kinds(*_DELIVERY_OWNERS)):
        sink = index.resolve(as_mapping(delivery.get("deadLetterSink")).get("ref"), each)
        around = {id(each), id(index.broker_of(each)) if each.kind == "Trigger" else 0}
        around.add(id(index.resolve(each.spec.get("channel"), each)))
        if sink is not None and id(sink) in around:
            yield each, f"{path}.deadLetterSink", f"what fails goes to {sink}, to fail again"
