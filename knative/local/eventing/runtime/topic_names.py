"""Names of topics and consumer groups, as a cluster forms them."""

from __future__ import annotations

from knative.manifests.model import Name


def broker_topic(broker: Name) -> str:
    """Return the topic that holds a Broker's events."""
    return f"knative-broker-{broker.namespace}-{broker.name}"


def channel_topic(channel: Name) -> str:
    """Return the topic that holds a Channel's events."""
    return f"knative-channel-{channel.namespace}-{channel.name}"


def trigger_group(trigger: Name) -> str:
    """Return the consumer group of a Trigger."""
    return f"knative-trigger-{trigger.namespace}-{trigger.name}"


def subscription_group(subscription: Name) -> str:
    """Return the consumer group of a Subscription."""
    return f"knative-subscription-{subscription.namespace}-{subscription.name}"
