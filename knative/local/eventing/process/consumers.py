"""From manifests to consumers: what each reads from the log, whom it delivers to, and by which rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knative.local.eventing.delivery import policy
from knative.local.eventing.delivery.runner import Subscription
from knative.local.eventing.delivery.window import MAX_IN_CHANNEL, ConsumerConfig
from knative.local.eventing.filters import trigger_filter
from knative.local.eventing.ingress.endpoints import PARTITIONS, IngressEndpoint
from knative.local.eventing.message import hop_limit, message
from knative.local.eventing.runtime.topic_names import broker_topic, channel_topic, subscription_group, trigger_group
from knative.local.eventing.sources import kafka_source
from knative.manifests import filter_text
from knative.manifests.model import BrokerClass, KafkaSource, Manifests, Name, Order, Trigger
from knative.manifests.model import Subscription as ChannelSubscription
from knative.manifests.references import References
from shared.ports.log import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Something that reads the log and delivers."""

    kind: str
    """As `/status` calls it."""
    name: Name
    to: Subscription
    readings: tuple[ConsumerConfig, ...]
    """One for each of its members."""


def build_consumers(
    manifests: Manifests, references: References, endpoints: Mapping[str, IngressEndpoint]
) -> Iterator[Consumer]:
    """All there are; `endpoints` by their path."""
    # Sources first: what they have delivered is on the broker's topic before it leaves their lag, so somebody who
    # waits for all lags to be zero cannot look in between.
    for source in manifests.kafka_sources:
        yield _of_source(source, references)
    for trigger in manifests.triggers:
        yield _of_trigger(trigger, manifests, references, endpoints)
    for subscription in manifests.subscriptions:
        yield _of_subscription(subscription, manifests, references)


def _of_source(source: KafkaSource, references: References) -> Consumer:
    # Order needs one reader: on Valkey members compete for the entries of a partition, and after a rebalance of Kafka
    # the former holder is still delivering. It delivers partitions (or keys) side by side all the same.
    n_members = source.consumers if source.order is Order.UNORDERED else min(source.consumers, 1)
    readings = tuple(
        ConsumerConfig(
            topic=topic,
            partitions=PARTITIONS,
            group=source.consumer_group,
            member=f"{source.name.name}-{number}",
            start=source.start,
            decode=kafka_source.decoder(source),
            order=source.order,
        )
        for topic in source.topics
        for number in range(n_members)
    )
    to = Subscription(
        label=f"KafkaSource {source.name}",
        namespace=source.name.namespace,
        destination=references.resolve(source.sink),
        policy=policy.policy_for_source(source, references),
    )
    return Consumer(kind="kafkasources", name=source.name, to=to, readings=readings)


def _of_trigger(
    trigger: Trigger, manifests: Manifests, references: References, endpoints: Mapping[str, IngressEndpoint]
) -> Consumer:
    broker = next(each for each in manifests.brokers if each.name == trigger.broker)
    is_kafka = broker.broker_class is BrokerClass.KAFKA
    reading = ConsumerConfig(
        topic=broker_topic(broker.name),
        partitions=PARTITIONS,
        group=trigger_group(trigger.name),
        member=trigger.name.name,
        decode=message.from_entry if is_kafka else _without_hops,
        filter=trigger_filter.filter_for_trigger(trigger, broker.broker_class),
        wanted=filter_text.describe_filter(trigger),
        # The annotation that asks for order is the Kafka broker's; the channel broker does not know it.
        order=Order.UNORDERED if trigger.order is Order.ORDERED and not is_kafka else trigger.order,
        most=0 if is_kafka else MAX_IN_CHANNEL,
    )
    to = Subscription(
        label=f"Trigger {trigger.name}",
        namespace=trigger.name.namespace,
        destination=references.resolve(trigger.subscriber),
        policy=policy.policy_for_trigger(trigger, broker, references),
        reply=endpoints[f"/{broker.name}"],
    )
    return Consumer(kind="triggers", name=trigger.name, to=to, readings=(reading,))


def _of_subscription(subscription: ChannelSubscription, manifests: Manifests, references: References) -> Consumer:
    channel = next(each for each in manifests.channels if each.name == subscription.channel)
    reading = ConsumerConfig(
        topic=channel_topic(channel.name),
        partitions=PARTITIONS,
        group=subscription_group(subscription.name),
        member=subscription.name.name,
        decode=message.from_entry,
        wanted=filter_text.EVERYTHING,
        most=0 if channel.data_plane is BrokerClass.KAFKA else MAX_IN_CHANNEL,
    )
    to = Subscription(
        label=f"Subscription {subscription.name}",
        namespace=subscription.name.namespace,
        destination=references.resolve(subscription.subscriber),
        policy=policy.policy_for_subscription(subscription, channel, references),
        reply=references.resolve(subscription.reply) if subscription.reply else None,
    )
    return Consumer(kind="subscriptions", name=subscription.name, to=to, readings=(reading,))


def _without_hops(entry: Entry) -> message.Message:
    return hop_limit.strip(message.from_entry(entry))
