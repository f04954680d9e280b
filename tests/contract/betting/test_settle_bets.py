"""The edge of settle-bets: woken by an event's result, and by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.adapters.postgres import ledger_blocks
from shared.domain.betting.bets import BetState
from shared.events import cloudevents
from shared.events.betting import EventSettled
from shared.events.envelope import Event
from tests.support.betting.book import NOW, Book, book

__all__ = ["book"]


@pytest.fixture
def client(
    book: Book, emptied_database_url: str, load_function: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    monkeypatch.setattr(ledger_blocks.BlockSealer, "notify", lambda _: None)
    return load_function("settle_bets", DATABASE_URL=emptied_database_url).test_client()


def settled(event_id: int, revision: int) -> Event:
    return EventSettled(
        event_id=event_id,
        revision=revision,
        status="decided",
        home_goals=None,
        away_goals=None,
        outcome="win",
        n_tied=1,
        void_reason="",
        recorded_at=datetime.now(UTC),
    ).to_event()


def deliver(client: FlaskClient, event: Event, path: str) -> int:
    headers, body = cloudevents.to_http(event)
    return client.post(f"/events/{path}", headers=headers, data=body).status_code


def tick() -> Event:
    return Event(id="1", source="/ping", type="dev.knative.sources.ping", time=NOW, data=b'{"task": "sweep"}')


def test_it_is_ready_when_the_database_answers(client: FlaskClient) -> None:
    assert client.get("/health/ready").status_code == 200


def test_a_result_settles_its_bets_however_often_it_is_delivered(client: FlaskClient, book: Book) -> None:
    ada, market = book.bettor(), book.manual(300)
    bet_id = book.place(ada, [market["win"]], 100)
    revision = book.decide(market.event_id)
    for _ in range(3):
        assert deliver(client, settled(market.event_id, revision), "event-settled") == 202
    assert (book.bet(bet_id).payout, book.available(ada)) == (300, 1200)
    assert len(book.settlements.settlements(bet_id)) == 1


def test_the_newest_result_counts_whichever_event_tells_of_it(client: FlaskClient, book: Book) -> None:
    """B2 row 15: the first revision is delivered after the second."""
    ada, market = book.bettor(), book.manual(300)
    bet_id = book.place(ada, [market["win"]], 100)
    first, second = book.decide(market.event_id, "win"), book.decide(market.event_id, "lose")
    for revision in (second, first):
        assert deliver(client, settled(market.event_id, revision), "event-settled") == 202
    assert (book.bet(bet_id).grade, book.available(ada)) == ("loss", 900)


def test_the_sweep_settles_what_no_event_told_of(client: FlaskClient, book: Book) -> None:
    """B2 row 2: a match that was postponed too long is void, and its stakes go back once."""
    ada, markets = book.bettor(), [book.market("1x2", {"home": 250}) for _ in range(2)]
    bets = [book.place(ada, [market["home"]], 100) for market in markets]
    book.result(markets[0].event_id, "void")
    book.result(markets[1].event_id, "final", 1, 0)
    for _ in range(2):
        assert deliver(client, tick(), "tick") == 202
    assert [book.bet(bet_id).payout for bet_id in bets] == [100, 250]
    assert book.available(ada) == 1000 + 150
    assert book.bets.bets(None, before="", limit=10, state=BetState.OPEN.value) == []


def test_what_is_no_result_is_refused_for_good(client: FlaskClient) -> None:
    wrong = Event(id="1", source="/s", type=EventSettled.TYPE, time=NOW, data=b"{}")
    assert deliver(client, wrong, "event-settled") == 400
