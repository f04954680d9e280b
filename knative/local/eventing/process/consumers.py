"""Builds the consumers from the manifests: what each reads from the log, whom it delivers to, and by which rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knative.local.eventing.delivery import policy
from knative.local.eventing.delivery.runner import DeliveryTarget
from knative.local.eventing.delivery.window import MAX_IN_CHANNEL, ConsumerConfig
from knative.local.eventing.filters import trigger_filter
from knative.local.eventing.ingress.endpoints import PARTITIONS, IngressEndpoint
from knative.local.eventing.message import hop_limit, message
from knative.local.eventing.runtime.topic_names import broker_topic, channel_topic, subscription_group, trigger_group
from knative.local.eventing.sources import kafka_source
from knative.manifests import filter_text
from knative.manifests.model import BrokerClass, KafkaSource, Manifests, Name, Order, Subscription, Trigger
from knative.manifests.references import References
from shared.ports.log import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A consumer group, with the target of its events."""

    kind: str
    """As `/status` calls it."""
    name: Name
    target: DeliveryTarget
    configs: tuple[ConsumerConfig, ...]
    """One for each of its members."""


def build_consumers(
    manifests: Manifests, references: References, endpoints: Mapping[str, IngressEndpoint]
) -> Iterator[Consumer]:
    """Build all consumers; `endpoints` by their path."""
    # Sources first: what they have delivered is in the broker's topic before it leaves their lag, so a caller that
    # waits until all lags are zero cannot look in between.
    for source in manifests.kafka_sources:
        yield _source_consumer(source, references)
    for trigger in manifests.triggers:
        yield _trigger_consumer(trigger, manifests, references, endpoints)
    for subscription in manifests.subscriptions:
        yield _subscription_consumer(subscription, manifests, references)


def _source_consumer(source: KafkaSource, references: References) -> Consumer:
    # Order needs one reader: on Valkey members compete for the entries of a partition, and after a rebalance of Kafka
    # the former holder is still delivering. It delivers partitions (or keys) side by side all the same.
    n_members = source.consumers if source.order is Order.UNORDERED else min(source.consumers, 1)
    configs = tuple(
        ConsumerConfig(
            topic=topic,
            partitions=PARTITIONS,
            group=source.consumer_group,
            member=f"{source.name.name}-{number}",
            start=source.start,
            decode=kafka_source.decoder(source),
            doubt=kafka_source.doubt,
            order=source.order,
        )
        for topic in source.topics
        for number in range(n_members)
    )
    target = DeliveryTarget(
        label=f"KafkaSource {source.name}",
        namespace=source.name.namespace,
        destination=references.resolve(source.sink),
        policy=policy.policy_for_source(source, references),
    )
    return Consumer(kind="kafkasources", name=source.name, target=target, configs=configs)


def _trigger_consumer(
    trigger: Trigger, manifests: Manifests, references: References, endpoints: Mapping[str, IngressEndpoint]
) -> Consumer:
    broker = next(each for each in manifests.brokers if each.name == trigger.broker)
    is_kafka = broker.broker_class is BrokerClass.KAFKA
    config = ConsumerConfig(
        topic=broker_topic(broker.name),
        partitions=PARTITIONS,
        group=trigger_group(trigger.name),
        member=trigger.name.name,
        decode=message.from_kafka_entry if is_kafka else _from_entry_without_hops,
        filter=trigger_filter.filter_for_trigger(trigger, broker.broker_class),
        filter_text=filter_text.describe_filter(trigger),
        # The annotation that asks for order is the Kafka broker's; the channel broker does not know it.
        order=Order.UNORDERED if trigger.order is Order.ORDERED and not is_kafka else trigger.order,
        in_flight_limit=0 if is_kafka else MAX_IN_CHANNEL,
    )
    target = DeliveryTarget(
        label=f"Trigger {trigger.name}",
        namespace=trigger.name.namespace,
        destination=references.resolve(trigger.subscriber),
        policy=policy.policy_for_trigger(trigger, broker, references),
        reply=endpoints[f"/{broker.name}"],
    )
    return Consumer(kind="triggers", name=trigger.name, target=target, configs=(config,))


def _subscription_consumer(subscription: Subscription, manifests: Manifests, references: References) -> Consumer:
    channel = next(each for each in manifests.channels if each.name == subscription.channel)
    is_kafka = channel.data_plane is BrokerClass.KAFKA
    config = ConsumerConfig(
        topic=channel_topic(channel.name),
        partitions=PARTITIONS,
        group=subscription_group(subscription.name),
        member=subscription.name.name,
        decode=message.from_kafka_entry if is_kafka else message.from_entry,
        filter_text=filter_text.EVERYTHING,
        in_flight_limit=0 if is_kafka else MAX_IN_CHANNEL,
    )
    target = DeliveryTarget(
        label=f"Subscription {subscription.name}",
        namespace=subscription.name.namespace,
        destination=references.resolve(subscription.subscriber),
        policy=policy.policy_for_subscription(subscription, channel, references),
        reply=references.resolve(subscription.reply) if subscription.reply else None,
    )
    return Consumer(kind="subscriptions", name=subscription.name, target=target, configs=(config,))


def _from_entry_without_hops(entry: Entry) -> message.Message:
    return hop_limit.strip(message.from_entry(entry))
