"""The delivery policy: what is retried, after which wait, and where an event goes that is given up.

The rules are those of Knative's data plane specification; where the two broker classes differ, `BrokerClass` decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from knative.manifests.model import (
    Broker,
    BrokerClass,
    Channel,
    Delivery,
    Destination,
    KafkaSource,
    Subscription,
    Trigger,
)
from knative.manifests.references import Address, References, Topic

RETRIED_STATUSES = frozenset({404, 408, 409, 429})
"""Client errors that pass; every 5xx and no response at all are retried too."""

BROKER_DEFAULT = Delivery(retry=10, backoff_policy="exponential", backoff_delay_s=0.2)
"""For a Broker without `delivery` (ConfigMap config-br-defaults)."""
SOURCE_DEFAULT = Delivery(retry=10, backoff_policy="exponential", backoff_delay_s=0.3, timeout_s=600)
"""For a KafkaSource without `delivery`."""

NO_RETRIES = Delivery()
"""For a Subscription without `delivery` whose Channel has none either."""

KAFKA_DELAY_S = 1.0
"""When `delivery` has no ``backoffDelay``; the channel broker then retries at once."""
KAFKA_TIMEOUT_S = 600.0
KAFKA_MIN_WAIT_S = 0.001
"""The real dispatcher's timers are not shorter: it fails the delivery instead of retrying it at once."""
MAX_DOUBLINGS = 60
"""Limit of the exponent: thousands of retries without a delay are allowed, and the wait has to stay a number."""
MAX_FAILURE_TEXT = 300


class Verdict(Enum):
    """The meaning of a response for the event."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The result of one attempt. Header names are lower case."""

    status: int | None = None
    """None when there was no response, or none that counts."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""
    """Why the attempt failed, when the status does not say it."""

    @property
    def failure_text(self) -> str:
        """One line for people on why the event was not accepted; empty when it was."""
        if self.error or verdict_for(self.status) is Verdict.DELIVERED:
            return self.error
        try:
            text = str(json.loads(self.body)["detail"])
        except (ValueError, LookupError, TypeError, RecursionError):
            text = self.body[:MAX_FAILURE_TEXT].decode(errors="replace")
        return " ".join(text.split())[:MAX_FAILURE_TEXT]


def verdict_for(status: int | None) -> Verdict:
    """Return what the status of a response means."""
    if status is None or status in RETRIED_STATUSES or status >= 500:
        return Verdict.RETRY
    return Verdict.DELIVERED if 200 <= status < 300 else Verdict.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules by which the events of one consumer are delivered."""

    retries: int
    """Attempts after the first."""
    backoff: str
    delay_s: float
    timeout_s: float | None
    """Time limit of one attempt; None = none."""
    dead_letter: Address | Topic | None
    broker_class: BrokerClass
    """The data plane that delivers; a Channel's and a KafkaSource's have the rules of one or the other too."""
    structured: bool = False
    """The content mode of what the subscriber gets."""

    def wait_s(self, retry: int) -> float:
        """Return the seconds before a retry, which counts from 1."""
        step = retry if self.broker_class is BrokerClass.KAFKA else retry - 1
        return self.delay_s * (2.0 ** min(step, MAX_DOUBLINGS) if self.backoff == "exponential" else step)

    def can_wait(self, seconds: float) -> bool:
        """Whether the data plane has timers as short as this."""
        return self.broker_class is BrokerClass.CHANNEL or seconds >= KAFKA_MIN_WAIT_S


def policy_for_trigger(trigger: Trigger, broker: Broker, references: References) -> Policy:
    """Return the policy of a Trigger: its own `delivery`, or the Broker's, or the default."""
    return _policy(trigger.delivery, broker.delivery or BROKER_DEFAULT, references, broker.broker_class)


def policy_for_subscription(subscription: Subscription, channel: Channel, references: References) -> Policy:
    """Return the policy of a Subscription: its own `delivery`, or the Channel's, or no retries."""
    return _policy(subscription.delivery, channel.delivery or NO_RETRIES, references, channel.data_plane)


def policy_for_source(source: KafkaSource, references: References) -> Policy:
    """Return the policy of a KafkaSource, whose data plane is that of the Kafka broker."""
    return _policy(source.delivery or SOURCE_DEFAULT, NO_RETRIES, references, BrokerClass.KAFKA)


def _policy(own: Delivery | None, parents: Delivery, references: References, broker_class: BrokerClass) -> Policy:
    """Take `own` as a whole or `parents` as a whole.

    Nothing is merged, so a Trigger that only names a dead-letter sink has no retries. The one exception is that sink:
    a `delivery` without one takes the parent's. The content mode is only ever the own one.
    """
    chosen = own or parents
    is_kafka = broker_class is BrokerClass.KAFKA
    return Policy(
        retries=chosen.retry or 0,
        backoff=chosen.backoff_policy or "exponential",
        delay_s=_delay_s(chosen, broker_class),
        timeout_s=chosen.timeout_s or (KAFKA_TIMEOUT_S if is_kafka else None),
        dead_letter=_resolve(chosen.dead_letter_sink or parents.dead_letter_sink, references),
        broker_class=broker_class,
        structured=bool(own and own.structured) and not is_kafka,
    )


def _delay_s(chosen: Delivery, broker_class: BrokerClass) -> float:
    if broker_class is BrokerClass.KAFKA:
        return KAFKA_DELAY_S if chosen.backoff_delay_s is None else chosen.backoff_delay_s
    # The channel broker needs both: a delay without a policy, or the reverse, is no back-off at all.
    return (chosen.backoff_delay_s or 0.0) if chosen.backoff_policy else 0.0


def _resolve(sink: Destination | None, references: References) -> Address | Topic | None:
    return references.resolve(sink) if sink else None
