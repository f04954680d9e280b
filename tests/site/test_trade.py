"""Wallet, merch and bets as pages: every form acts once, refusals are words, and nothing needs script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client, TestResponse

from shared.clock import SystemClock
from shared.domain.accounts.users import OPERATOR
from shared.security.tokens import Caller, Tokens
from tests.support.functions.catalogue import ENV
from tests.support.site.served_site import ServedSite

SAME = {"Sec-Fetch-Site": "same-origin"}


def register(site: ServedSite) -> tuple[Client, str]:
    client, name = Client(site.app), f"fan{uuid4().hex[:12]}"
    fields = {"username": name, "password": "a long and quiet sentence"}
    assert client.post("/account/register", data=fields, headers=SAME).status_code == 303
    return client, name


@pytest.fixture
def person(site: ServedSite) -> Client:
    return register(site)[0]


def post(client: Client, path: str, **fields: str) -> TestResponse:
    return client.post(path, data={"key": str(uuid4()), **fields}, headers=SAME)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)))


@pytest.fixture
def offer_event(site: ServedSite) -> Callable[..., dict[str, Any]]:
    """Makes an event that can be bet on, as an operator does."""
    kid, _, secret = ENV["TOKEN_KEYS"].partition(":")
    token = Tokens(((kid, secret),), SystemClock()).sign(
        Caller(user_id=str(uuid4()), username="operator", roles=(OPERATOR,))
    )

    def offer(name: str) -> dict[str, Any]:
        starts_at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        body = {"name": name, "starts_at": starts_at, "odds_hundredths": 250}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        answer = site.functions.apps["lines"].test_client().post("/lines", json=body, headers=headers)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        event: dict[str, Any] = answer.get_json()
        return event

    return offer


def test_a_form_that_is_sent_twice_buys_once(person: Client) -> None:
    key = str(uuid4())
    for _ in range(2):
        answer = post(person, "/account/merch", key=key, item="cup", quantity="2")
        assert (answer.status_code, answer.location) == (303, "/account/merch?done=bought")
    shown = text_of(person, "/account/merch")
    assert "cup × 2" in shown
    assert shown.count("cup × 2") == 1
    assert "You have 960 coins" in shown


def test_coins_are_sent_by_name_and_the_history_shows_it(site: ServedSite, person: Client) -> None:
    other, name = register(site)
    answer = post(person, "/account/wallet", to=name, amount="250")
    assert answer.location == "/account/wallet?done=sent_coins"
    assert "You have 750 coins" in text_of(person, "/account/wallet")
    assert "You have 1250 coins" in text_of(other, "/account/wallet")


@pytest.mark.parametrize("amount", ["0", "-5", "1.5", "ten", "", "9" * 40])
def test_an_amount_that_is_no_whole_number_is_refused_in_words(person: Client, amount: str) -> None:
    answer = post(person, "/account/wallet", to="somebody", amount=amount)
    assert answer.status_code == 422
    assert "Give a whole number of at least 1." in answer.get_data(as_text=True)


def test_a_bet_is_placed_from_the_page_and_stands_among_ones_own(
    person: Client, offer_event: Callable[..., dict[str, Any]]
) -> None:
    event = offer_event(f"It rains in {uuid4().hex[:6]}")
    market = event["markets"][0]
    page = person.get(f"/account/lines/{event['event_id']}").get_data(as_text=True)
    pick = f"{market['selections'][0]['selection_id']}:{market['version']}"
    assert f'value="{pick}"' in page
    answer = post(person, "/account/lines", stake="40", **{f"pick-{event['event_id']}": pick})
    assert answer.location == "/account/bets?done=bet"
    shown = text_of(person, "/account/bets")
    assert event["name"] in shown
    assert "may pay: 100" in shown
    assert "You have 960 coins (reserved: 40)" in shown


def test_a_bet_without_a_pick_and_one_that_is_too_dear_are_refused_in_words(
    person: Client, offer_event: Callable[..., dict[str, Any]]
) -> None:
    assert "Pick at least one outcome" in post(person, "/account/lines", stake="5").get_data(as_text=True)
    event = offer_event("It snows")
    pick = f"{event['markets'][0]['selections'][0]['selection_id']}:{event['markets'][0]['version']}"
    dear = post(person, "/account/lines", stake="1001", **{f"pick-{event['event_id']}": pick})
    assert dear.status_code == 422
    assert "You have too few coins." in dear.get_data(as_text=True)


def test_an_offer_to_cash_out_is_shown_with_its_amount_and_taken(
    person: Client, offer_event: Callable[..., dict[str, Any]]
) -> None:
    event = offer_event("It is windy")
    pick = f"{event['markets'][0]['selections'][0]['selection_id']}:{event['markets'][0]['version']}"
    post(person, "/account/lines", stake="100", **{f"pick-{event['event_id']}": pick})
    page = person.get("/account/bets").get_data(as_text=True)
    bet = re.search(r'name="bet" value="([^"]+)"', page)
    assert bet is not None
    offered = post(person, "/account/bets/offer", bet=bet[1])
    assert offered.status_code == 303
    assert offered.location.startswith("/account/bets?offer=")
    shown = text_of(person, offered.location)
    assert re.search(r"Close this bet now for \d+ coins", shown)


def test_self_exclusion_stops_bets_at_once(person: Client, offer_event: Callable[..., dict[str, Any]]) -> None:
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    assert post(person, "/account/limits/exclusion", until=until).location == "/account/limits?done=excluded"
    assert "You will not bet until" in text_of(person, "/account/limits")
    event = offer_event("It thunders")
    pick = f"{event['markets'][0]['selections'][0]['selection_id']}:{event['markets'][0]['version']}"
    answer = post(person, "/account/lines", stake="5", **{f"pick-{event['event_id']}": pick})
    assert "You have excluded yourself from betting." in answer.get_data(as_text=True)


def test_an_own_limit_holds(person: Client) -> None:
    assert post(person, "/account/limits", daily_stake="50").location == "/account/limits?done=limit"
    assert "50" in text_of(person, "/account/limits")


@pytest.mark.parametrize(
    "path", ["/account/wallet", "/account/merch", "/account/lines", "/account/bets/offer", "/account/limits"]
)
def test_a_form_of_another_site_moves_nothing(person: Client, path: str) -> None:
    answer = person.post(path, data={"item": "cup", "to": "x", "amount": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "You have 1000 coins" in text_of(person, "/account/wallet")
