"""The edge of bets: what bettors and operators send and see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.accounts.users import OPERATOR
from shared.events.betting import LineChanged
from shared.events.envelope import Event
from shared.events.users import UserDeleted
from tests.support.betting.book import Market, book
from tests.support.betting.functions import Counter, Person, counter, soon
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem

__all__ = ["book", "counter"]

THREE_WAY = {"home": 250, "draw": 320, "away": 290}


@pytest.fixture
def market(counter: Counter) -> Market:
    return counter.book.market("1x2", THREE_WAY, event_id=counter.book.event(starts_at=soon()))


def slip(market: Market, outcome: str = "home", stake: int = 100, **more: Any) -> dict[str, Any]:
    leg = market[outcome]
    return {"legs": [{"selection_id": leg.selection_id, "version": leg.version}], "stake": stake, **more}


def placed(counter: Counter, who: Person, body: dict[str, Any], key: str = "k") -> dict[str, Any]:
    response = counter.ask("POST", "/bets", who, key=key, json=body)
    assert response.status_code == 201, response.text
    bet: dict[str, Any] = response.get_json()
    return bet


def test_a_bet_is_quoted_placed_and_found(counter: Counter, market: Market) -> None:
    ada = counter.person()
    quote = counter.ask("POST", "/bets/quote", ada, json=slip(market)).get_json()
    assert (quote["potential_payout"], quote["refusals"]) == (250, [])
    assert (quote["limits"]["stake_max"], quote["limits"]["left_today"]) == (10_000, 50_000)
    bet = placed(counter, ada, slip(market))
    assert (bet["stake"], bet["potential_payout"], bet["state"]) == (100, 250, "open")
    assert counter.ask("GET", f"/bets/{bet['id']}", ada).get_json() == bet
    assert [each["id"] for each in counter.ask("GET", "/bets", ada).get_json()["items"]] == [bet["id"]]
    assert counter.ask("GET", "/bets/limits", ada).get_json()["left_today"] == 49_900


def test_every_answer_says_that_the_money_is_simulated(counter: Counter, market: Market) -> None:
    ada, operator = counter.person(), counter.person(OPERATOR)
    bet = placed(counter, ada, slip(market))
    offer = counter.ask("POST", f"/bets/{bet['id']}/cash-out-offers", ada, json={})
    answers = [offer, counter.ask("POST", "/bets/quote", ada, json=slip(market))]
    answers += [counter.ask("POST", "/bets/cash-outs", ada, json={"offer_id": offer.get_json()["id"]})]
    for path in ("/bets", f"/bets/{bet['id']}", "/bets/limits", "/bets/statistics", "/bets/export"):
        answers.append(counter.ask("GET", path, ada))
    answers += [counter.ask("GET", path, operator) for path in ("/bets/open", "/bets/books")]
    assert [answer.get_json()["simulated_money"] for answer in answers] == [True] * len(answers)
    answers += [counter.ask("GET", "/bets"), counter.ask("GET", "/bets/nothing", ada)]
    assert {answer.headers["Simulated-Money"] for answer in answers} == {"true"}


def test_the_same_key_places_one_bet(counter: Counter, market: Market) -> None:
    ada = counter.person()
    first = placed(counter, ada, slip(market))
    again = counter.ask("POST", "/bets", ada, key="k", json=slip(market))
    assert (again.get_json()["id"], again.headers["Idempotency-Replayed"]) == (first["id"], "true")
    assert_problem(counter.ask("POST", "/bets", ada, key="k", json=slip(market, stake=1)), 422, "Key reused")
    assert_problem(counter.ask("POST", "/bets", ada, json=slip(market)), 400, "Invalid input")


def test_a_refusal_names_its_reason_and_the_new_price(counter: Counter, market: Market) -> None:
    ada = counter.person()
    counter.book.reprice(market, THREE_WAY | {"home": 240})
    response = counter.ask("POST", "/bets", ada, key="k", json=slip(market))
    fault = response.get_json()
    assert (response.status_code, response.mimetype) == (409, "application/problem+json")
    assert (fault["code"], fault["context"]["version"]) == ("PRICE_CHANGED", 2)
    assert fault["context"]["odds_hundredths"] == 240


def test_a_stopped_event_is_never_bettable_whatever_is_cached(counter: Counter, market: Market) -> None:
    ada = counter.person()
    assert counter.ask("POST", "/bets/quote", ada, json=slip(market)).get_json()["refusals"] == []
    counter.book.suspend(market)
    # Nobody has told bets of it, so a quote may still show the price.
    response = counter.ask("POST", "/bets", ada, key="k", json=slip(market))
    assert response.get_json()["code"] == "MARKET_SUSPENDED"
    assert counter.deliver(changed(market), "line-changed").status_code == 202
    quote = counter.ask("POST", "/bets/quote", ada, json=slip(market)).get_json()
    assert quote["refusals"] == ["MARKET_SUSPENDED"]


def test_a_changed_line_is_seen_at_once_and_a_miss_asks(counter: Counter, market: Market) -> None:
    ada = counter.person()
    counter.ask("POST", "/bets/quote", ada, json=slip(market))
    counter.book.reprice(market, THREE_WAY | {"home": 260})
    assert counter.deliver(changed(market), "line-changed").status_code == 202
    [price] = counter.ask("POST", "/bets/quote", ada, json=slip(market)).get_json()["prices"]
    assert (price["version"], price["odds_hundredths"]) == (2, 260)


def test_bets_of_others_are_seen_by_operators_only(counter: Counter, market: Market) -> None:
    ada, bob, operator = counter.person(), counter.person(), counter.person(OPERATOR)
    bet = placed(counter, ada, slip(market))
    assert_problem(counter.ask("GET", f"/bets/{bet['id']}", bob), 404, "Not found")
    assert counter.ask("GET", "/bets", bob).get_json()["items"] == []
    for path in ("/bets/open", "/bets/books", "/bets?everybody=true"):
        assert_problem(counter.ask("GET", path, bob), 403, "Forbidden")
    assert counter.ask("GET", f"/bets/{bet['id']}", operator).status_code == 200
    for path in ("/bets/open", "/bets?everybody=true&state=open"):
        assert [each["id"] for each in counter.ask("GET", path, operator).get_json()["items"]] == [bet["id"]]
    assert_problem(counter.ask("GET", "/bets"), 401, "Not authenticated")


def test_a_bet_on_a_match_is_not_taken_back_one_on_a_manual_event_is(counter: Counter, market: Market) -> None:
    ada, manual = counter.person(), counter.book.manual(starts_at=soon())
    match = placed(counter, ada, slip(market), "a")
    assert_problem(counter.ask("DELETE", f"/bets/{match['id']}", ada), 409, "Conflict")
    bet = placed(counter, ada, slip(manual, "win"), "b")
    assert counter.ask("DELETE", f"/bets/{bet['id']}", ada).status_code == 204
    assert counter.book.available(ada.id) == 900


def test_limits_of_ones_own(counter: Counter, market: Market) -> None:
    ada = counter.person()
    assert counter.ask("PUT", "/bets/limits", ada, json={"daily_stake": 120}).get_json()["left_today"] == 120
    placed(counter, ada, slip(market), "a")
    response = counter.ask("POST", "/bets", ada, key="b", json=slip(market))
    fault = response.get_json()
    assert (fault["code"], fault["context"]["left"]) == ("DAILY_LIMIT", 20)
    higher = counter.ask("PUT", "/bets/limits", ada, json={"daily_stake": None}).get_json()
    assert (higher["self"]["daily_stake"], higher["left_today"]) == (120, 20)
    assert datetime.fromisoformat(higher["self"]["pending_from"]) > soon(24 * 6)


def test_a_self_exclusion_holds_and_cannot_be_shortened(counter: Counter, market: Market) -> None:
    ada, month = counter.person(), soon(24 * 30)
    assert counter.ask("PUT", "/bets/self-exclusion", ada, json={"until": month.isoformat()}).status_code == 200
    shorter = counter.ask("PUT", "/bets/self-exclusion", ada, json={"until": soon(1).isoformat()}).get_json()
    assert datetime.fromisoformat(shorter["self"]["excluded_until"]) == month
    response = counter.ask("POST", "/bets", ada, key="k", json=slip(market))
    assert response.get_json()["code"] == "SELF_EXCLUDED"
    assert counter.ask("POST", "/bets/quote", ada, json=slip(market)).get_json()["refusals"] == ["SELF_EXCLUDED"]


def test_books_show_what_each_outcome_costs(counter: Counter, market: Market) -> None:
    operator, bettors = counter.person(OPERATOR), [counter.person() for _ in range(3)]
    for bettor, outcome, stake in zip(bettors, THREE_WAY, (100, 50, 20), strict=True):
        placed(counter, bettor, slip(market, outcome, stake))
    books = counter.ask("GET", "/bets/books", operator).get_json()
    [book_of_market] = books["markets"]
    assert book_of_market["profit_if"] == {"home": -80, "draw": 10, "away": 112}
    assert (book_of_market["staked"], book_of_market["worst"]) == (170, -80)
    assert (books["takings"]["open_stakes"], books["takings"]["hold"]) == (170, None)
    counter.book.result(market.event_id, "final", 0, 1)
    counter.book.settle(at=datetime.now(UTC))
    takings = counter.ask("GET", "/bets/books", operator).get_json()["takings"]
    assert (takings["staked"], takings["paid"], takings["profit"]) == (170, 58, 112)
    assert takings["hold"] == pytest.approx(112 / 170)


def test_a_bet_whose_event_is_over_is_found_stuck(counter: Counter, market: Market) -> None:
    operator, bettor = counter.person(OPERATOR), counter.person()
    bet = placed(counter, bettor, slip(market))
    assert counter.ask("GET", "/bets/open?stuck=true", operator).get_json()["items"] == []
    run(counter.book.database, "UPDATE betting_bets SET last_starts_at = %s", soon(-51))
    assert [each["id"] for each in counter.ask("GET", "/bets/open?stuck=true", operator).get_json()["items"]] == [
        bet["id"]
    ]
    counter.book.result(market.event_id, "void")
    counter.book.settle()
    assert counter.ask("GET", "/bets/open?stuck=true", operator).get_json()["items"] == []


def test_a_deleted_user_is_forgotten_and_open_bets_are_given_back(counter: Counter, market: Market) -> None:
    ada = counter.person()
    bet = placed(counter, ada, slip(market))
    counter.ask("PUT", "/bets/limits", ada, json={"daily_stake": 500})
    event = UserDeleted(user_id=ada.id, occurred_at=datetime.now(UTC)).to_event()
    for _ in range(2):
        assert counter.deliver(event, "user-deleted").status_code == 202
    assert counter.book.bet(bet["id"]).state == "cancelled"
    assert run(counter.book.database, "SELECT count(*) FROM betting_players") == [(0,)]
    assert counter.book.coins.close(ada.id)


def test_the_export_holds_bets_and_limits(counter: Counter, market: Market) -> None:
    ada = counter.person()
    bet = placed(counter, ada, slip(market))
    exported = counter.ask("GET", "/bets/export", ada).get_json()
    assert [each["id"] for each in exported["bets"]] == [bet["id"]]
    assert exported["limits"]["staked_today"] == 100


def test_statistics_count_no_refund(counter: Counter) -> None:
    """B2 row 6, as a bettor sees it."""
    ada, markets = counter.person(), [counter.book.manual(300, starts_at=soon()) for _ in range(3)]
    for number, market in enumerate(markets):
        placed(counter, ada, slip(market, "win", 10), str(number))
    counter.book.decide(markets[0].event_id, "win")
    counter.book.decide(markets[1].event_id, "lose")
    counter.book.result(markets[2].event_id, "void")
    counter.book.settle()
    sums = counter.ask("GET", "/bets/statistics", ada).get_json()
    assert (sums["n_won"], sums["n_lost"], sums["n_returned"], sums["profit"], sums["win_rate"]) == (1, 1, 1, 10, 0.5)


def test_the_clock_deletes_offers_that_nobody_took(counter: Counter, market: Market) -> None:
    ada = counter.person()
    bet = placed(counter, ada, slip(market))
    assert counter.ask("POST", f"/bets/{bet['id']}/cash-out-offers", ada, json={}).status_code == 201
    run(counter.book.database, "UPDATE betting_cash_outs SET expires_at = %s", soon(-1))
    tick = Event(id="1", source="/ping", type="dev.knative.sources.ping", time=datetime.now(UTC), data=b"{}")
    assert counter.deliver(tick, "tick").status_code == 202
    assert run(counter.book.database, "SELECT count(*) FROM betting_cash_outs") == [(0,)]


def changed(market: Market) -> Event:
    now = datetime.now(UTC)
    return LineChanged(
        event_id=market.event_id,
        revision=2,
        state="open",
        suspended_for="",
        starts_at=now + timedelta(hours=1),
        changed_at=now,
    ).to_event()
