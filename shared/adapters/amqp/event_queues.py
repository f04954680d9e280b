"""Queues of event states for users of RabbitMQ: states are published with confirms, results are acknowledged by hand.

A message is JSON, ``{"event_id": 12, "state": 2}``: 2 is won, 3 is lost. What is no such message goes to the dead
letters and is never put back, as it would come again for ever. Our own trouble leaves a message where it was.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared import lazy
from shared.errors import InvalidInput, NotFound, TouchlineError, Unavailable

kombu: Any = lazy.Module("kombu")
exceptions: Any = lazy.Module("kombu.exceptions")

_log = logging.getLogger(__name__)

STATES, RESULTS, DEAD_LETTERS = "event_status_updates", "event_results", "event_results.dead"
"""Queues: what we publish (the first system's name), what we take, and what nobody could read."""
WON, LOST = 2, 3
MESSAGES_AT_ONCE = 100
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventState:
    """An event that is over."""

    event_id: int
    won: bool

    def to_json(self) -> dict[str, int]:
        """The message."""
        return {"event_id": self.event_id, "state": WON if self.won else LOST}

    @classmethod
    def from_json(cls, text: bytes | str) -> EventState:
        """Read a message; `InvalidInput` for another state or another shape."""
        try:
            payload = json.loads(text)
            event_id, state = payload["event_id"], payload["state"]
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise InvalidInput("the message has no event_id and no state") from exc
        if type(event_id) is not int or type(state) is not int or not 0 < event_id < 2**63:
            raise InvalidInput("event_id and state are numbers")
        if state not in (WON, LOST):
            raise InvalidInput(f"state {state} is neither {WON} (won) nor {LOST} (lost)")
        return cls(event_id=event_id, won=state == WON)


class EventQueues:
    """Both directions over one AMQP server; each use connects anew, since it comes seldom."""

    def __init__(self, url: str) -> None:
        """Remember the address."""
        self._url = url

    def publish(self, event_id: int, *, won: bool) -> None:
        """Publish how an event ended; returns once the server has it. `Unavailable` otherwise: publish it again."""
        state = EventState(event_id=event_id, won=won)
        self._use(lambda connection: _send(connection, STATES, json.dumps(state.to_json()).encode()))

    def take_results(self, record: Callable[[EventState], None]) -> int:
        """Hand waiting messages to `record`, each acknowledged after that; how many were taken.

        What `record` finds invalid or unknown is a dead letter. At any other trouble the message stays in the queue,
        and the trouble is raised.
        """
        return int(self._use(lambda connection: _drain(connection, record)))

    def probe(self) -> None:
        """Return when the server answers, raise `Unavailable` otherwise."""
        self._use(lambda connection: None)

    def _use(self, work: Callable[[Any], Any]) -> Any:
        try:
            with kombu.Connection(
                self._url, connect_timeout=_TIMEOUT_S, transport_options={"confirm_publish": True}
            ) as connection:
                connection.ensure_connection(max_retries=1, timeout=_TIMEOUT_S)
                return work(connection)
        except (exceptions.KombuError, OSError, *_errors(self._url)) as exc:
            raise Unavailable("the AMQP server does not answer") from exc


def _errors(url: str) -> tuple[type[BaseException], ...]:
    transport = kombu.Connection(url).get_transport_cls()
    return (*transport.connection_errors, *transport.channel_errors)


def _queue(name: str) -> Any:
    """A durable queue of the default exchange; messages are stored on disk."""
    return kombu.Queue(name, durable=True)


def _send(connection: Any, name: str, body: bytes) -> None:
    producer = connection.Producer()
    _queue(name).maybe_bind(producer.channel).declare()
    producer.publish(
        body,
        routing_key=name,
        delivery_mode=2,
        content_type="application/json",
        content_encoding="utf-8",
        timeout=_TIMEOUT_S,
    )


def _drain(connection: Any, record: Callable[[EventState], None]) -> int:
    queue = _queue(RESULTS).maybe_bind(connection.default_channel)
    queue.declare()
    n_taken = 0
    while n_taken < MESSAGES_AT_ONCE and (message := queue.get(no_ack=False)) is not None:
        _take(connection, message, record)
        n_taken += 1
    return n_taken


def _take(connection: Any, message: Any, record: Callable[[EventState], None]) -> None:
    try:
        record(EventState.from_json(message.body))
    except (InvalidInput, NotFound) as exc:
        _log.error("a result is a dead letter: %s", exc, extra={"action": "dead_letter"})
        # Sent by us and not by the server's policy, so that it is kept whatever the server is; then it is taken.
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        _send(connection, DEAD_LETTERS, body)
    except TouchlineError:
        message.requeue()
        raise
    message.ack()
