"""What is tried again, after how long, and what becomes of an event that is given up.

The rules are those of Knative's data plane specification; where the two broker classes differ, `BrokerClass` decides.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from knative.local.eventing.message import Message
from knative.local.manifests import Broker, BrokerClass, Delivery, KafkaSource, Trigger
from knative.local.references import Address, References, Topic

RETRIED = frozenset({404, 408, 409, 429})
"""Client errors that pass; every 5xx and no answer at all are retried too."""

BROKER_DEFAULT = Delivery(retry=10, backoff_policy="exponential", backoff_delay_s=0.2)
"""A Broker without `delivery` (ConfigMap config-br-defaults)."""
SOURCE_DEFAULT = Delivery(retry=10, backoff_policy="exponential", backoff_delay_s=0.3, timeout_s=600)
"""A KafkaSource without `delivery`."""

DEFAULT_DELAY_S = 0.2
KAFKA_TIMEOUT_S = 600.0
ERROR_DATA_CAP = 1024
COMPLAINT_CAP = 300


class Fate(Enum):
    """What an answer means for the event."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from one attempt. Header names are lower case."""

    status: int | None = None
    """None when there was no response."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""
    """Why it counts as failed, when the status does not say it."""

    @property
    def complaint(self) -> str:
        """Why it was not taken, in one line for people; empty when it was."""
        if self.fault or fate(self.status) is Fate.DELIVERED:
            return self.fault
        try:
            told = str(json.loads(self.body)["detail"])
        except (ValueError, LookupError, TypeError, RecursionError):
            told = self.body[:COMPLAINT_CAP].decode(errors="replace")
        return " ".join(told.split())[:COMPLAINT_CAP]


def fate(status: int | None) -> Fate:
    """What an answer's status means."""
    if status is None or status in RETRIED or status >= 500:
        return Fate.RETRY
    return Fate.DELIVERED if 200 <= status < 300 else Fate.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one consumer's events are delivered."""

    retries: int
    """The first attempt is not counted."""
    backoff: str
    delay_s: float
    timeout_s: float | None
    """Of one attempt; None = as long as it takes."""
    dead_letter: Address | Topic | None
    broker_class: BrokerClass

    def wait_s(self, retry: int) -> float:
        """Seconds before a retry, which counts from 1."""
        if self.broker_class is BrokerClass.KAFKA:
            return float(self.delay_s * (2**retry if self.backoff == "exponential" else retry))
        return float(self.delay_s * (2 ** (retry - 1) if self.backoff == "exponential" else retry - 1))


def of_trigger(trigger: Trigger, broker: Broker, references: References) -> Policy:
    """The policy of a Trigger: its own `delivery` as a whole, else the Broker's, else the default.

    Nothing is merged, so a Trigger that only names a dead-letter sink has no retries. The one exception is that sink:
    a `delivery` without one takes the Broker's.
    """
    of_broker = broker.delivery or BROKER_DEFAULT
    chosen = trigger.delivery or of_broker
    sink = chosen.dead_letter_sink or of_broker.dead_letter_sink
    return _policy(chosen, references.resolve(sink) if sink else None, broker.broker_class)


def of_source(source: KafkaSource, references: References) -> Policy:
    """The policy of a KafkaSource, whose data plane is that of the Kafka broker."""
    chosen = source.delivery or SOURCE_DEFAULT
    sink = chosen.dead_letter_sink
    return _policy(chosen, references.resolve(sink) if sink else None, BrokerClass.KAFKA)


def _policy(delivery: Delivery, dead_letter: Address | Topic | None, broker_class: BrokerClass) -> Policy:
    return Policy(
        retries=delivery.retry or 0,
        backoff=delivery.backoff_policy or "exponential",
        delay_s=DEFAULT_DELAY_S if delivery.backoff_delay_s is None else delivery.backoff_delay_s,
        timeout_s=delivery.timeout_s or (KAFKA_TIMEOUT_S if broker_class is BrokerClass.KAFKA else None),
        dead_letter=dead_letter,
        broker_class=broker_class,
    )


def dead_letter(message: Message, *, destination: str, answer: Answer, broker_class: BrokerClass) -> Message:
    """The event as the dead-letter sink gets it: itself, with why it could not be delivered.

    Parameters
    ----------
    message : the event.
    destination : URL that did not take it.
    answer : the last attempt's.
    broker_class : decides where error data is cut, and whether ``kne-`` headers of the answer are copied.
    """
    why = {"knativeerrordest": destination}
    if answer.status is not None:
        why["knativeerrorcode"] = str(answer.status)
    if data := _error_data(answer.body, broker_class):
        why["knativeerrordata"] = data
    if broker_class is BrokerClass.KAFKA:
        for name, value in answer.headers.items():
            extension = "".join(c for c in name.removeprefix("kne-") if c.isascii() and c.isalnum())
            if name.startswith("kne-") and extension:
                why[extension] = value
    return message.with_extensions(why)


def _error_data(body: bytes, broker_class: BrokerClass) -> str:
    if broker_class is BrokerClass.KAFKA:
        return base64.b64encode(body[:ERROR_DATA_CAP]).decode()
    return base64.b64encode(body).decode()[:ERROR_DATA_CAP]
