"""Campaigns through their real edge. All money is simulated."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from functions.campaigns import store as campaigns_store
from functions.place_bids.store import PostgresBids
from shared.adapters.postgres import ads_stores
from shared.domain.ads.stores import Role
from shared.security.sealing import Sealer
from tests.support.advertising.bidding import SEALING_KEYS
from tests.support.advertising.stores import NOW, make_store
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.money.functions import Person, Shop, shop

__all__ = ["shop"]

BODY = {"name": "Boots (simulated)", "region": "generated-0", "zone": "Europe/London", "daily_budget": 5_000,
        "least_bid": 10, "largest_bid": 900}  # fmt: skip


@pytest.fixture(autouse=True)
def sealing(shop: Shop) -> None:
    shop.environment["SEALING_KEYS"] = ",".join(f"{kid}:{text}" for kid, text in SEALING_KEYS)


@pytest.fixture
def owner(shop: Shop) -> Person:
    return shop.person()


@pytest.fixture
def store_id(shop: Shop, owner: Person) -> str:
    return make_store(shop.database, 100_000, owner=owner.id).id


def member(shop: Shop, store_id: str, role: Role) -> Person:
    person = shop.person()
    with shop.database.connection() as connection:
        ads_stores.SQL.execute(connection, "put_member", store_id=store_id, user_id=person.id, role=role, now=NOW)
    return person


def create(shop: Shop, who: Person, store_id: str, *, key: str = "", **changes: Any) -> Any:
    body = {**BODY, "store_id": store_id, **changes}
    return shop.ask("POST", "/campaigns", who, key=key or uuid.uuid4().hex, json=body)


def test_a_campaign_is_created_shown_listed_and_says_when_it_bids(shop: Shop, owner: Person, store_id: str) -> None:
    created = create(shop, owner, store_id)
    assert created.status_code == 201, created.text
    assert created.json["effective_by"] > created.json["created_at"]
    shown = shop.ask("GET", f"/campaigns/{created.json['id']}", owner).json
    assert (shown["daily_budget"], shown["target"], shown["state"], shown["bid"]) == (5_000, "clicks", "active", 0)
    listed = shop.ask("GET", f"/campaigns?store_id={store_id}", owner).json
    assert [each["id"] for each in listed["items"]] == [shown["id"]]


def test_the_same_key_creates_one_campaign(shop: Shop, owner: Person, store_id: str) -> None:
    first, second = (create(shop, owner, store_id, key="once") for _ in range(2))
    assert first.json["id"] == second.json["id"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert_problem(create(shop, owner, store_id, key="once", daily_budget=6_000), 422, "Key reused")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"daily_budget": None}, "daily_budget"),
        ({"total_budget": 400, "daily_budget": 500}, "daily_budget"),
        ({"position": 2}, "position"),
        ({"target": "position"}, "position"),
        ({"target": "cost-per-click", "cost_per_click": 5}, "cost_per_click"),
        ({"least_bid": 901}, "largest_bid"),
        ({"daily_budget": 200, "least_bid": 300}, "least_bid"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"bid": 50}, "bid"),
        ({"use_daily_budget": True}, "use_daily_budget"),
        ({"daily_budget": 5_000.5}, "daily_budget"),
    ],
)
def test_contradictory_and_unknown_fields_are_refused_on_create_and_on_update(
    shop: Shop, owner: Person, store_id: str, fields: dict[str, Any], named: str
) -> None:
    """D3 row 18: what would be ignored is refused, on update as on create."""
    campaign = create(shop, owner, store_id).json
    on_create = create(shop, owner, store_id, **fields)
    on_update = shop.ask("PATCH", f"/campaigns/{campaign['id']}", owner, json=fields)
    for answer in (on_create, on_update):
        assert_problem(answer, 400, "Invalid input")
        assert named in answer.json["errors"], answer.text
    assert shop.ask("GET", f"/campaigns/{campaign['id']}", owner).json["version"] == 1


def test_a_partial_update_keeps_every_cap(shop: Shop, owner: Person, store_id: str) -> None:
    """D3 row 18: a PUT without its companion field lifted the cap and overspent."""
    campaign = create(shop, owner, store_id, total_budget=50_000).json
    changed = shop.ask("PATCH", f"/campaigns/{campaign['id']}", owner, json={"largest_bid": 800}).json
    assert (changed["daily_budget"], changed["total_budget"], changed["largest_bid"]) == (5_000, 50_000, 800)
    assert changed["version"] == 2
    assert_problem(shop.ask("PATCH", f"/campaigns/{campaign['id']}", owner, json={}), 400, "Invalid input")


def test_viewers_read_buyers_change_owners_set_the_key_and_strangers_see_nothing(
    shop: Shop, owner: Person, store_id: str
) -> None:
    campaign = create(shop, owner, store_id).json
    viewer, buyer, stranger = member(shop, store_id, Role.VIEWER), member(shop, store_id, Role.BUYER), shop.person()
    path, paused = f"/campaigns/{campaign['id']}", {"state": "paused"}
    assert shop.ask("GET", path, viewer).status_code == 200
    assert_problem(shop.ask("PUT", f"{path}/state", viewer, json=paused), 403, "Forbidden")
    assert shop.ask("PUT", f"{path}/state", buyer, json=paused).json["state"] == "paused"
    for method, where, body in (("GET", path, None), ("PATCH", path, {"name": "x"}), ("DELETE", path, None)):
        assert_problem(shop.ask(method, where, stranger, json=body), 404, "Not found")
    assert_problem(create(shop, stranger, store_id), 404, "Not found")
    key = {"store_id": store_id, "api_key": "secret-of-the-market"}
    assert_problem(shop.ask("PUT", "/campaigns/market-key", buyer, json=key), 403, "Forbidden")
    assert shop.ask("PUT", "/campaigns/market-key", owner, json=key).status_code == 204
    assert_problem(shop.ask("GET", path), 401, "Not authenticated")


def test_an_api_key_is_sealed_and_never_shown_again(shop: Shop, owner: Person, store_id: str) -> None:
    secret = "secret-of-the-market"
    query = f"/campaigns/market-key?store_id={store_id}"
    assert shop.ask("GET", query, owner).json == {"stored": False, "added_at": None}
    shop.ask("PUT", "/campaigns/market-key", owner, json={"store_id": store_id, "api_key": secret})
    shown = shop.ask("GET", query, owner)
    assert shown.json["stored"]
    assert secret not in shown.text
    ((sealed,),) = run(shop.database, "SELECT sealed FROM ads_market_keys")
    assert secret not in sealed
    assert PostgresBids(shop.database, Sealer(SEALING_KEYS)).read_key(store_id) == secret
    assert shop.ask("DELETE", query, owner).status_code == 204
    assert not shop.ask("GET", query, owner).json["stored"]


def test_keys_are_sealed_again_when_the_sealing_key_rotates(shop: Shop, owner: Person, store_id: str) -> None:
    shop.ask("PUT", "/campaigns/market-key", owner, json={"store_id": store_id, "api_key": "secret-of-the-market"})
    rotated = PostgresBids(shop.database, Sealer((("s2", "new " * 10), *SEALING_KEYS)))
    assert (rotated.rotate_keys(), rotated.rotate_keys()) == (1, 0)
    only_new = PostgresBids(shop.database, Sealer((("s2", "new " * 10),)))
    assert only_new.read_key(store_id) == "secret-of-the-market"


def test_a_deleted_campaign_is_not_listed_and_stays_deleted(shop: Shop, owner: Person, store_id: str) -> None:
    campaign = create(shop, owner, store_id).json
    path = f"/campaigns/{campaign['id']}"
    assert shop.ask("DELETE", path, owner).json["state"] == "deleted"
    assert shop.ask("DELETE", path, owner).status_code == 200
    assert_problem(shop.ask("PUT", f"{path}/state", owner, json={"state": "active"}), 409, "Conflict")
    assert_problem(shop.ask("PATCH", path, owner, json={"name": "again"}), 409, "Conflict")
    assert shop.ask("GET", f"/campaigns?store_id={store_id}", owner).json["items"] == []


def test_a_total_below_what_is_spent_is_refused(shop: Shop, owner: Person, store_id: str) -> None:
    campaign = create(shop, owner, store_id, total_budget=50_000).json
    run(shop.database, "UPDATE ads_bidding SET spent = 7000 WHERE campaign_id = %s", campaign["id"])
    path = f"/campaigns/{campaign['id']}"
    assert_problem(shop.ask("PATCH", path, owner, json={"total_budget": 6_999}), 409, "Conflict")
    assert shop.ask("PATCH", path, owner, json={"total_budget": 7_000}).status_code == 200


def test_a_frozen_store_creates_no_campaign(shop: Shop, owner: Person, store_id: str) -> None:
    run(shop.database, "UPDATE ads_stores SET state = 'frozen' WHERE id = %s", store_id)
    assert_problem(create(shop, owner, store_id), 409, "Conflict")


def test_a_store_has_so_many_campaigns_at_most(
    shop: Shop, owner: Person, store_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns_store, "CAMPAIGNS_AT_MOST", 2)
    for _ in range(2):
        assert create(shop, owner, store_id).status_code == 201
    assert_problem(create(shop, owner, store_id), 409, "Conflict")
