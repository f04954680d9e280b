"""Closing a bet early, as a whole or in part."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest

from shared.domain.betting.bets import BetState
from shared.domain.betting.cash_out import LIFETIME
from shared.errors import NotFound, Refused
from tests.support.betting.book import KICK_OFF, NOW, Book, Market, book
from tests.support.betting.functions import Counter, counter, soon
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem

__all__ = ["book", "counter"]


def offer(book: Book, bet_id: str, market: Market, stake: int, amount: int, *, version: int = 1) -> str:
    versions = {next(iter(market.selections.values())): version}
    return book.bets.add_offer(
        bet_id, stake=stake, amount=amount, versions=versions, now=NOW, expires_at=NOW + LIFETIME
    )


def gone(book: Book, offer_id: str, user_id: str, **at: timedelta) -> None:
    with pytest.raises(Refused) as caught:
        book.bets.cash_out(offer_id, user_id, now=NOW + at.get("after", timedelta()))
    assert caught.value.code == "CASH_OUT_GONE"


def test_a_whole_bet_is_closed_for_the_offer(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", {"home": 300})
    bet_id = book.place(ada, [market["home"]], 100)
    taken = book.bets.cash_out(offer(book, bet_id, market, 100, 140), ada, now=NOW)
    bet = book.bet(bet_id)
    assert (taken.amount, bet.state, bet.grade, bet.profit) == (140, BetState.CASHED_OUT, "cashed_out", 40)
    assert (book.available(ada), book.posted(ada)) == (1040, 1040)
    book.result(market.event_id, "final", 1, 0)
    assert book.settle() == 0
    assert book.faults() == []


def test_a_part_is_closed_and_the_rest_is_settled(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", {"home": 300})
    bet_id = book.place(ada, [market["home"]], 100)
    book.bets.cash_out(offer(book, bet_id, market, 40, 30), ada, now=NOW)
    assert (book.bet(bet_id).state, book.available(ada), book.posted(ada)) == (BetState.OPEN, 930, 990)
    book.result(market.event_id, "final", 1, 0)
    book.settle()
    assert (book.bet(bet_id).payout, book.bet(bet_id).profit) == (180, 110)
    assert book.available(ada) == 1110
    assert book.faults() == []


def test_an_offer_is_paid_once_however_many_take_it(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", {"home": 300})
    bet_id = book.place(ada, [market["home"]], 100)
    offer_id = offer(book, bet_id, market, 50, 70)
    barrier = threading.Barrier(8)

    def take() -> None:
        barrier.wait()
        assert book.bets.cash_out(offer_id, ada, now=NOW).amount == 70

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (book.bet(bet_id).cashed_stake, book.available(ada)) == (50, 970)


def test_an_offer_lives_five_seconds(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", {"home": 300})
    offer_id = offer(book, book.place(ada, [market["home"]], 100), market, 100, 140)
    gone(book, offer_id, ada, after=LIFETIME)
    assert timedelta(seconds=5) == LIFETIME


def test_an_offer_is_over_when_the_price_moves_the_market_stops_or_the_match_begins(book: Book) -> None:
    ada = book.bettor()
    repriced, suspended, begun = (book.market("1x2", {"home": 300}) for _ in range(3))
    offers = [
        offer(book, book.place(ada, [market["home"]], 100), market, 100, 140) for market in (repriced, suspended, begun)
    ]
    book.reprice(repriced, {"home": 310})
    book.suspend(suspended)
    for offer_id in offers[:2]:
        gone(book, offer_id, ada)
    run(book.database, "UPDATE betting_events SET starts_at = %s WHERE id = %s", NOW, begun.event_id)
    gone(book, offers[2], ada)


def test_two_offers_do_not_close_more_than_there_is(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", {"home": 300})
    bet_id = book.place(ada, [market["home"]], 100)
    first, second = (offer(book, bet_id, market, 60, 80) for _ in range(2))
    book.bets.cash_out(first, ada, now=NOW)
    gone(book, second, ada)


def test_an_offer_belongs_to_its_bettor(book: Book) -> None:
    ada, bob, market = book.bettor(), book.bettor(), book.market("1x2", {"home": 300})
    offer_id = offer(book, book.place(ada, [market["home"]], 100), market, 100, 140)
    with pytest.raises(NotFound):
        book.bets.cash_out(offer_id, bob, now=NOW)


def test_a_settled_bet_is_not_cashed_out(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", {"home": 300})
    bet_id = book.place(ada, [market["home"]], 100)
    offer_id = offer(book, bet_id, market, 100, 140)
    book.result(market.event_id, "final", 0, 0)
    book.settle(at=KICK_OFF)
    gone(book, offer_id, ada)
    assert book.available(ada) == 900


def test_offers_that_were_not_taken_are_deleted(book: Book) -> None:
    for taken_at in (None, NOW):
        run(
            book.database,
            "INSERT INTO betting_cash_outs (bet_id, stake, amount, versions, made_at, expires_at, taken_at) "
            "VALUES (%s, 10, 9, '{}', %s, %s, %s)",
            uuid.uuid4(),
            NOW,
            NOW,
            taken_at,
        )
    assert book.bets.forget_offers(before=NOW) == 0
    assert book.bets.forget_offers(before=NOW + timedelta(seconds=1)) == 1
    assert run(book.database, "SELECT taken_at IS NOT NULL FROM betting_cash_outs") == [(True,)]


def test_an_accumulator_is_offered_its_settled_legs_at_their_worth(counter: Counter) -> None:
    """Stake 100 at 2.00 won and 1.50, which costs 2.00 now: 100 * 2 * 1.5 / 2 = 150, less five per cent."""
    ada = counter.person()
    won, still_open = (
        counter.book.market("1x2", {"home": odds}, event_id=counter.book.event(starts_at=soon())) for odds in (200, 150)
    )
    legs = [{"selection_id": market["home"].selection_id, "version": 1} for market in (won, still_open)]
    bet = counter.ask("POST", "/bets", ada, key="k", json={"legs": legs, "stake": 100}).get_json()
    counter.book.result(won.event_id, "final", 1, 0)
    counter.book.settle()
    counter.book.reprice(still_open, {"home": 200})
    path = f"/bets/{bet['id']}/cash-out-offers"
    made = counter.ask("POST", path, ada, json={}).get_json()
    assert (made["stake"], made["amount"]) == (100, 142)
    part = counter.ask("POST", path, ada, json={"stake": 50}).get_json()
    taken = counter.ask("POST", "/bets/cash-outs", ada, json={"offer_id": part["id"]}).get_json()
    assert (taken["amount"], taken["bet"]["cashed_stake"], taken["bet"]["cashed_paid"]) == (71, 50, 71)
    assert counter.book.available(ada.id) == 1000 - 100 + 71


def test_what_cannot_be_offered_says_why(counter: Counter) -> None:
    ada, bob = counter.person(), counter.person()
    markets = [
        counter.book.market("1x2", {"home": 200}, event_id=counter.book.event(starts_at=soon())) for _ in range(3)
    ]
    legs = [{"selection_id": market["home"].selection_id, "version": 1} for market in markets]
    system = counter.ask("POST", "/bets", ada, key="a", json={"legs": legs, "stake": 30, "size": 2}).get_json()
    single = counter.ask("POST", "/bets", ada, key="b", json={"legs": legs[:1], "stake": 30}).get_json()
    assert_problem(counter.ask("POST", f"/bets/{system['id']}/cash-out-offers", ada, json={}), 409, "Conflict")
    path = f"/bets/{single['id']}/cash-out-offers"
    assert_problem(counter.ask("POST", path, ada, json={"stake": 31}), 400, "Invalid input")
    assert_problem(counter.ask("POST", path, bob, json={}), 404, "Not found")
    counter.book.suspend(markets[0])
    assert counter.ask("POST", path, ada, json={}).get_json()["code"] == "MARKET_SUSPENDED"
