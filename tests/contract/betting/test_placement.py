"""Placing bets: the price as of a version, limits, one commit with the stake."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.adapters.postgres.bets import PostgresBets
from shared.domain.betting.bets import BetLimits, BetState, NewLeg
from shared.domain.money.ledger import AccountState
from shared.errors import Conflict, InvalidInput, KeyReused, Refused
from tests.support.betting.book import KICK_OFF, NOW, Book, book
from tests.support.engines.postgres import run
from tests.support.money.accounts import key

__all__ = ["book"]

THREE_WAY = {"home": 250, "draw": 320, "away": 290}


def refusal(place: Callable[[], object]) -> str:
    """The code with which a bet is refused."""
    with pytest.raises(Refused) as caught:
        place()
    return caught.value.code


def test_a_stake_is_held_with_its_bet(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    bet = book.bet(book.place(ada, [market["home"]], 100))
    assert (bet.state, bet.stake, bet.potential_payout, bet.payout) == (BetState.OPEN, 100, 250, None)
    assert [(leg.event_id, leg.kind, leg.outcome, leg.odds_hundredths) for leg in bet.legs] == [
        (market.event_id, "1x2", "home", 250)
    ]
    assert (book.available(ada), book.posted(ada)) == (900, 1000)
    assert book.faults() == []


def test_a_request_with_the_same_key_places_one_bet(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    ids = {book.place(ada, [market["home"]], 100, key=key("k", "a")) for _ in range(3)}
    assert len(ids) == 1
    assert book.available(ada) == 900
    with pytest.raises(KeyReused):
        book.place(ada, [market["away"]], 100, key=key("k", "b"))


def test_a_refused_bet_burns_no_key(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    assert refusal(lambda: book.place(ada, [market["home"]], 1001, key=key("k"))) == "INSUFFICIENT_FUNDS"
    assert book.place(ada, [market["home"]], 1001 - 1, key=key("k"))


def test_a_bet_on_a_changed_price_is_refused_with_the_new_one(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    version = book.reprice(market, THREE_WAY | {"home": 240})
    with pytest.raises(Refused) as caught:
        book.place(ada, [market["home"]], accept_better=True)
    assert caught.value.code == "PRICE_CHANGED"
    assert caught.value.detail == {
        "selection": market.selections["home"],
        "version": version,
        "odds_hundredths": 240,
    }


def test_a_better_price_is_taken_by_those_who_accept_it(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    book.reprice(market, THREE_WAY | {"home": 260})
    assert refusal(lambda: book.place(ada, [market["home"]])) == "PRICE_CHANGED"
    bet = book.bet(book.place(ada, [market["home"]], accept_better=True))
    assert (bet.legs[0].odds_hundredths, bet.legs[0].version, bet.potential_payout) == (260, 2, 260)


def test_a_new_version_with_the_same_price_is_no_change(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    book.reprice(market, THREE_WAY | {"away": 300})
    assert book.bet(book.place(ada, [market["home"]])).legs[0].version == 2


def test_a_version_that_never_was_is_refused(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    leg = NewLeg(selection_id=market.selections["home"], version=7)
    assert refusal(lambda: book.place(ada, [leg], accept_better=True)) == "PRICE_CHANGED"


def test_after_kick_off_no_bet_is_accepted_however_late_the_feed_is(book: Book) -> None:
    """B2 row 8: by the server's clock; nobody has told that the match began, or ended."""
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    for now in (KICK_OFF, KICK_OFF + timedelta(hours=2)):
        assert refusal(lambda now=now: book.place(ada, [market["home"]], now=now)) == "EVENT_STARTED"  # type: ignore[misc]
    assert book.available(ada) == 1000


def test_a_suspended_market_takes_no_bets(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    book.suspend(market)
    assert refusal(lambda: book.place(ada, [market["home"]])) == "MARKET_SUSPENDED"
    nothing = NewLeg(selection_id=10**9, version=1)
    assert refusal(lambda: book.place(ada, [nothing])) == "MARKET_SUSPENDED"


def test_an_event_that_is_over_takes_no_bets(book: Book) -> None:
    ada, market = book.bettor(), book.manual()
    book.decide(market.event_id)
    assert refusal(lambda: book.place(ada, [market["win"]])) == "EVENT_STARTED"


def test_limits_of_one_bet(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    limits = BetLimits(stake_min=10, stake_max=100, payout_max=240, daily_stake_max=10**6)
    book.bets = PostgresBets(book.database, limits)
    assert refusal(lambda: book.place(ada, [market["home"]], 9)) == "STAKE_TOO_SMALL"
    assert refusal(lambda: book.place(ada, [market["home"]], 101)) == "STAKE_TOO_LARGE"
    assert refusal(lambda: book.place(ada, [market["home"]], 97)) == "PAYOUT_LIMIT"
    assert book.place(ada, [market["home"]], 96)


def test_the_limit_of_a_day_begins_anew_at_midnight(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY, event_id=book.event(starts_at=NOW + timedelta(days=3)))
    book.bets = PostgresBets(book.database, BetLimits(daily_stake_max=250))
    book.place(ada, [market["home"]], 200)
    with pytest.raises(Refused) as caught:
        book.place(ada, [market["home"]], 51)
    assert (caught.value.code, caught.value.detail) == ("DAILY_LIMIT", {"limit": 250, "left": 50})
    book.place(ada, [market["home"]], 50)
    book.place(ada, [market["home"]], 250, now=NOW.replace(day=8, hour=0))


def test_the_stakes_of_a_day_are_counted_one_after_the_other(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    book.bets = PostgresBets(book.database, BetLimits(daily_stake_max=300))
    results = in_parallel(12, lambda _: book.place(ada, [market["home"]], 100))
    assert sum(isinstance(each, str) for each in results) == 3


@pytest.mark.parametrize("size", [0, 3])
def test_a_bet_has_combinations_of_its_own_legs(book: Book, size: int) -> None:
    ada = book.bettor()
    legs = [book.market("1x2", THREE_WAY)["home"] for _ in range(2)]
    with pytest.raises(InvalidInput):
        book.place(ada, legs, size=size)


def test_legs_of_one_event_are_correlated(book: Book) -> None:
    ada, event_id = book.bettor(), book.event()
    first = book.market("1x2", THREE_WAY, event_id=event_id)
    second = book.market("total", {"over": 190, "under": 190}, line=10, event_id=event_id)
    assert refusal(lambda: book.place(ada, [first["home"], second["over"]])) == "CORRELATED_LEGS"
    assert refusal(lambda: book.place(ada, [first["home"], first["home"]])) == "DUPLICATE"
    assert run(book.database, "SELECT count(*) FROM betting_legs") == [(0,)]


def test_a_system_stakes_once_for_all_its_combinations(book: Book) -> None:
    ada = book.bettor()
    legs = [book.market("1x2", {"home": odds})["home"] for odds in (200, 300, 400)]
    bet = book.bet(book.place(ada, legs, 30, size=2))
    assert (bet.is_system, bet.potential_payout, book.available(ada)) == (True, 10 * (6 + 8 + 12), 970)


def test_a_frozen_account_places_no_bet(book: Book) -> None:
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    run(book.database, "SELECT ledger_set_state(%s, 'coins', 'COIN', %s)", f"users/{ada}", AccountState.FROZEN.value)
    with pytest.raises(Conflict, match="frozen"):
        book.place(ada, [market["home"]])


def test_six_stakes_of_which_five_are_covered(book: Book) -> None:
    """Stakes that are held count, so one's last coins are staked once."""
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    results = in_parallel(6, lambda _: book.place(ada, [market["home"]], 200))
    codes = [each.code for each in results if isinstance(each, Refused)]
    assert codes == ["INSUFFICIENT_FUNDS"]
    assert (book.available(ada), book.faults()) == (0, [])


def test_a_bet_at_the_very_moment_of_suspension_is_before_it_or_refused(book: Book) -> None:
    """Twelve bettors and the suspension meet at one barrier; no bet is younger than the suspension."""
    for _ in range(4):
        market = book.market("1x2", THREE_WAY)
        bettors = [book.bettor() for _ in range(12)]
        barrier = threading.Barrier(13)

        def act(n: int, market: object = market, bettors: list[str] = bettors, barrier: object = barrier) -> object:
            barrier.wait()  # type: ignore[attr-defined]
            if n == 12:
                book.suspend(market)  # type: ignore[arg-type]
                # Bets that were under way hold the event's lock until they are stored.
                return run(book.database, "SELECT count(*) FROM betting_legs WHERE event_id = %s", market.event_id)  # type: ignore[attr-defined]
            return book.place(bettors[n], [market["home"]], 10)  # type: ignore[index]

        results = in_parallel(13, act)
        assert {each.code for each in results if isinstance(each, Refused)} <= {"MARKET_SUSPENDED"}
        n_placed = sum(isinstance(each, str) for each in results)
        assert results[12] == [(n_placed,)]


def test_a_bet_is_cancelled_before_its_event_begins_only(book: Book) -> None:
    ada, market = book.bettor(), book.manual()
    bet_id = book.place(ada, [market["win"]], 100)
    assert refusal(lambda: book.bets.cancel(bet_id, now=KICK_OFF)) == "EVENT_STARTED"
    book.bets.cancel(bet_id, now=NOW)
    assert (book.bet(bet_id).state, book.available(ada)) == (BetState.CANCELLED, 1000)
    with pytest.raises(Conflict):
        book.bets.cancel(bet_id, now=NOW)
    book.decide(market.event_id)
    assert book.settle() == 0
    assert book.faults() == []


def in_parallel(n: int, work: Callable[[int], object]) -> list[object]:
    """What each of so many threads returned, or the refusal it met."""
    results: list[object] = [None] * n

    def run_one(number: int) -> None:
        try:
            results[number] = work(number)
        except Refused as exc:
            results[number] = exc

    threads = [threading.Thread(target=run_one, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_bets_are_listed_the_latest_first(book: Book) -> None:
    ada, bob, market = book.bettor(), book.bettor(), book.market("1x2", THREE_WAY)
    ids = [book.place(ada, [market["home"]], 10) for _ in range(3)]
    other = book.place(bob, [market["home"]], 10)
    assert [bet.id for bet in book.bets.bets(ada, before="", limit=2)] == ids[:0:-1]
    assert [bet.id for bet in book.bets.bets(ada, before=ids[1], limit=2)] == [ids[0]]
    assert [bet.id for bet in book.bets.bets(None, before="", limit=9)] == [other, *ids[::-1]]
    assert book.bets.bets(str(uuid.uuid4()), before="", limit=9) == []
