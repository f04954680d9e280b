"""Rules about delivery: retries, dead letters, and what replaces what."""

from __future__ import annotations

from knative.admission import destinations
from knative.admission.complaints import via
from knative.admission.custom import Undecodable
from knative.admission.decode import decode
from knative.lint.findings import Broken, rule
from knative.lint.object_index import World, deliveries, seconds
from knative.lint.yaml_objects import mapping

_OWNERS = ("Broker", "Trigger", "Subscription", "Channel", "Sequence", "KafkaSource")
_MERGED_AFTER_ALL = {"deadLetterSink"}
"""The one field that falls back to the Broker's."""


@rule(
    "dead-letter-without-retry",
    "warning",
    "a dead letter sink without retry, which means retry 0: the first failure is the last",
    "say retry, backoffPolicy and backoffDelay beside it",
)
def dead_letter_without_retry(world: World) -> Broken:
    for each, path, delivery in deliveries(world.of(*_OWNERS)):
        if "deadLetterSink" in delivery and "retry" not in delivery:
            yield each, f"{path}.deadLetterSink", "nothing is retried: the first failure becomes a dead letter"


@rule("backoff-without-retry", "warning", "a back-off that nothing is retried by", "say retry beside it")
def backoff_without_retry(world: World) -> Broken:
    for each, path, delivery in deliveries(world.of(*_OWNERS)):
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
def delivery_replaced(world: World) -> Broken:
    for each in world.of("Trigger"):
        broker = world.broker_of(each)
        if broker is None or not isinstance(each.spec.get("delivery"), dict):
            continue
        lost = set(mapping(broker.spec.get("delivery"))) - set(each.spec["delivery"]) - _MERGED_AFTER_ALL
        if lost:
            yield each, "spec.delivery", f"{', '.join(sorted(lost))} of {broker} no longer holds for this Trigger"


@rule(
    "unchecked-delivery",
    "warning",
    "a KafkaSource's delivery that its webhook does not look into, but any other would refuse",
    "mend it: it fails at run time otherwise",
)
def unchecked_delivery(world: World) -> Broken:
    for each, path, delivery in deliveries(world.of("KafkaSource")):
        try:
            complaints = destinations.delivery(decode("DeliverySpec", delivery))
        except Undecodable:
            continue  # the webhook says so
        for complaint in via(complaints, path):
            yield each, complaint.paths[0], str(complaint)


@rule(
    "timeout-below-function",
    "warning",
    "a delivery that gives up before its function does, and so repeats what is still running",
    "make delivery.timeout at least the function's timeoutSeconds",
)
def timeout_below_function(world: World) -> Broken:
    for each, path, delivery in deliveries(world.of("Trigger", "Subscription", "KafkaSource")):
        field = "sink" if each.kind == "KafkaSource" else "subscriber"
        function = world.behind(mapping(each.spec.get(field)).get("ref"), each)
        waits_s = seconds(delivery.get("timeout"))
        if function is None or function.kind != "Service" or waits_s is None:
            continue
        runs_s = mapping(mapping(function.spec.get("template")).get("spec")).get("timeoutSeconds") or 300
        if isinstance(runs_s, int) and waits_s < runs_s:
            yield each, f"{path}.timeout", f"{delivery['timeout']} is less than the {runs_s} s that {function} may take"


@rule(
    "dead-letter-to-itself",
    "warning",
    "a dead letter sink that is the very thing whose events fail",
    "send dead letters where nobody answers: a KafkaSink, or a Service of their own",
)
def dead_letter_to_itself(world: World) -> Broken:
    for each, path, delivery in deliveries(world.of(*_OWNERS)):
        sink = world.behind(mapping(delivery.get("deadLetterSink")).get("ref"), each)
        around = {id(each), id(world.broker_of(each)) if each.kind == "Trigger" else 0}
        around.add(id(world.behind(each.spec.get("channel"), each)))
        if sink is not None and id(sink) in around:
            yield each, f"{path}.deadLetterSink", f"what fails goes to {sink}, to fail again"
