"""Queues of event states: one suite over a real RabbitMQ and over kombu's transport in memory."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import kombu as untyped_kombu
import pytest
from flask import Flask

from functions.settle_bets.wiring import LineResults
from shared.adapters.amqp import event_queues
from shared.adapters.amqp.event_queues import DEAD_LETTERS, RESULTS, STATES, EventQueues, EventState
from shared.adapters.postgres import ledger_blocks
from shared.errors import InvalidInput, Unavailable
from tests.contract.betting.test_settle_bets import deliver, settled, tick
from tests.support.betting.book import KICK_OFF, Book, book
from tests.support.engines.rabbitmq import rabbitmq_url

__all__ = ["book", "rabbitmq_url"]

kombu: Any = untyped_kombu


@pytest.fixture(params=["rabbitmq", "memory"])
def amqp_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server whose queues are empty."""
    url = "memory://localhost/" if request.param == "memory" else str(request.getfixturevalue("rabbitmq_url"))
    for name in ("STATES", "RESULTS", "DEAD_LETTERS"):
        monkeypatch.setattr(event_queues, name, f"{getattr(event_queues, name)}-{uuid.uuid4().hex[:8]}")
    return url


@pytest.fixture
def queues(amqp_url: str) -> EventQueues:
    return EventQueues(amqp_url)


def put(url: str, body: Any, queue: str) -> None:
    """Put a message into a queue, as a client of ours does."""
    with kombu.Connection(url) as connection:
        kombu.Queue(queue, durable=True).maybe_bind(connection.default_channel).declare()
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.Producer().publish(
            text, routing_key=queue, content_type="application/json", content_encoding="utf-8"
        )


def waiting(url: str, queue: str) -> list[Any]:
    """Take what is in a queue."""
    with kombu.Connection(url) as connection:
        bound = kombu.Queue(queue, durable=True).maybe_bind(connection.default_channel)
        bound.declare()
        bodies = []
        while (message := bound.get(no_ack=True)) is not None:
            bodies.append(bytes(message.body) if isinstance(message.body, memoryview) else message.body)
        return [json.loads(body) if str(body) not in ("b'no json'", "no json") else "no json" for body in bodies]


def test_a_state_is_published_once_the_server_has_it(queues: EventQueues, amqp_url: str) -> None:
    queues.publish(12, won=True)
    queues.publish(13, won=False)
    assert waiting(amqp_url, event_queues.STATES) == [{"event_id": 12, "state": 2}, {"event_id": 13, "state": 3}]


def test_results_are_taken_in_order_and_acknowledged(queues: EventQueues, amqp_url: str) -> None:
    for event_id, state in ((1, 2), (2, 3)):
        put(amqp_url, {"event_id": event_id, "state": state}, event_queues.RESULTS)
    taken: list[EventState] = []
    assert queues.take_results(taken.append) == 2
    assert taken == [EventState(event_id=1, won=True), EventState(event_id=2, won=False)]
    assert queues.take_results(taken.append) == 0


POISON = [{"event_id": 1, "state": 1}, {"event_id": 1, "state": 9}, {"event_id": "1"}, [], b"no json"]


def test_unknown_states_are_dead_letters_and_are_never_put_back(queues: EventQueues, amqp_url: str) -> None:
    """State 1 once came back for ever, as fast as the machine could."""
    for body in (*POISON, {"event_id": 7, "state": 2}):
        put(amqp_url, body, event_queues.RESULTS)
    taken: list[EventState] = []
    assert queues.take_results(taken.append) == len(POISON) + 1
    assert taken == [EventState(event_id=7, won=True)]
    assert waiting(amqp_url, event_queues.RESULTS) == []
    assert waiting(amqp_url, event_queues.DEAD_LETTERS) == [*POISON[:-1], "no json"]


def test_at_trouble_of_ours_a_message_stays(queues: EventQueues, amqp_url: str) -> None:
    put(amqp_url, {"event_id": 7, "state": 2}, event_queues.RESULTS)

    def fail(_: EventState) -> None:
        raise Unavailable("the database went away")

    with pytest.raises(Unavailable, match="the database"):
        queues.take_results(fail)
    taken: list[EventState] = []
    assert (queues.take_results(taken.append), len(taken)) == (1, 1)


def test_a_server_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_queues, "_TIMEOUT_S", 0.2)
    with pytest.raises(Unavailable):
        EventQueues("amqp://guest:guest@127.0.0.1:1//").publish(1, won=True)


@pytest.mark.parametrize("event_id", [True, 0, -1, 2**63, 1.0, "1", None])
def test_an_event_id_is_a_number_that_a_column_holds(event_id: Any) -> None:
    with pytest.raises(InvalidInput):
        EventState.from_json(json.dumps({"event_id": event_id, "state": 2}))


def test_a_result_of_the_queue_settles_its_bets_and_is_published(
    book: Book,
    amqp_url: str,
    emptied_database_url: str,
    load_function: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger_blocks.BlockSealer, "notify", lambda _: None)
    client = load_function("settle_bets", DATABASE_URL=emptied_database_url, AMQP_URL=amqp_url).test_client()
    ada, market, match = book.bettor(), book.manual(300), book.market("1x2", {"home": 200})
    bet_id = book.place(ada, [market["win"]], 100)
    put(amqp_url, {"event_id": market.event_id, "state": 2}, event_queues.RESULTS)
    put(amqp_url, {"event_id": market.event_id, "state": 3}, event_queues.RESULTS)  # too late: a result stands
    put(amqp_url, {"event_id": match.event_id, "state": 2}, event_queues.RESULTS)  # matches have scores
    assert deliver(client, tick(), "tick") == 202
    assert (book.bet(bet_id).payout, book.available(ada)) == (300, 1200)
    assert waiting(amqp_url, event_queues.DEAD_LETTERS) == [{"event_id": match.event_id, "state": 2}]
    assert deliver(client, settled(market.event_id, 1), "event-settled") == 202
    assert waiting(amqp_url, event_queues.STATES) == [{"event_id": market.event_id, "state": 2}]


def test_a_result_is_recorded_once_with_its_event(book: Book) -> None:
    market, results = book.manual(), LineResults(book.database)
    for _ in range(2):
        results.record(market.event_id, won=True, now=KICK_OFF)
    assert book.settlements.unsettled_events() == [market.event_id]


def test_the_names_of_queues_are_those_that_clients_know() -> None:
    assert (STATES, RESULTS, DEAD_LETTERS) == ("event_status_updates", "event_results", "event_results.dead")
