"""Stores through their real edge: members, balances, payments of other functions, what managers do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from shared.adapters.postgres import ads_stores, ledger_blocks
from shared.clock import SystemClock
from shared.events import cloudevents
from shared.events.users import UserDeleted
from tests.support.advertising.payments import Desk, Person, desk, provider
from tests.support.advertising.stores import make_store
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.money.accounts import faults

__all__ = ["desk", "provider"]
READ, PAY = "stores:read", "payments:write"


@pytest.fixture(autouse=True)
def sound(desk: Desk) -> Iterator[None]:
    """Whatever a test does, the ledger keeps its rules."""
    yield
    assert faults(desk.database) == []


def give(desk: Desk, amount: int, store_id: str = "") -> None:
    desk.database.transaction(
        lambda connection: ads_stores.adjust(connection, store_id or desk.store_id, amount, detail={})
    )


def available(desk: Desk) -> int:
    return int(desk.ask("GET", f"/stores/{desk.store_id}/balance", desk.owner).json["available"])


def delete_user(desk: Desk, person: Person) -> None:
    headers, body = cloudevents.to_http(UserDeleted(user_id=person.id, occurred_at=SystemClock().now()).to_event())
    answer = desk.app("stores").test_client().post("/events/user-deleted", headers=headers, data=body)
    assert answer.status_code == 202, answer.text


def audited(desk: Desk) -> list[str]:
    return [
        action
        for (action,) in run(desk.database, "SELECT action FROM audit_trail WHERE action LIKE 'ads.%%' ORDER BY id")
    ]


# --- members


def test_a_store_is_opened_once_for_each_key(desk: Desk) -> None:
    ada = desk.person()
    first = desk.ask("POST", "/stores", ada, json={"name": "  Ada's   boots "}, key="k")
    again = desk.ask("POST", "/stores", ada, json={"name": "  Ada's   boots "}, key="k")
    assert (first.status_code, again.status_code, again.headers["Idempotency-Replayed"]) == (201, 201, "true")
    assert first.json["id"] == again.json["id"]
    assert (first.json["name"], first.json["currency"], first.json["state"]) == ("Ada's boots", "XTS", "open")
    (shown,) = desk.ask("GET", "/stores", ada).json["items"]
    assert (shown["id"], shown["role"]) == (first.json["id"], "owner")


def test_roles_decide_what_a_member_may_do(desk: Desk) -> None:
    viewer, buyer = desk.person(), desk.person()
    base = f"/stores/{desk.store_id}"
    for person, role in ((viewer, "viewer"), (buyer, "buyer")):
        assert desk.ask("PUT", f"{base}/members/{person.name}", desk.owner, json={"role": role}).status_code == 204
    top_up = {"store_id": desk.store_id, "provider": "stripe", "amount": 500}
    assert desk.ask("GET", f"{base}/balance", viewer).status_code == 200
    assert_problem(desk.ask("POST", "/top-ups", viewer, json=top_up, key="k"), 403, "Forbidden")
    assert desk.ask("POST", "/top-ups", buyer, json=top_up, key="k").status_code == 201
    assert_problem(desk.ask("PUT", f"{base}/members/{buyer.name}", buyer, json={"role": "owner"}), 403, "Forbidden")
    assert_problem(desk.ask("PUT", f"{base}/name", buyer, json={"name": "Mine"}), 403, "Forbidden")
    members = desk.ask("GET", f"{base}/members", viewer).json["items"]
    assert {each["username"]: each["role"] for each in members} == {
        desk.owner.name: "owner",
        viewer.name: "viewer",
        buyer.name: "buyer",
    }
    assert desk.ask("DELETE", f"{base}/members/{viewer.name}", viewer).status_code == 204, "anybody may leave"
    assert_problem(desk.ask("GET", f"{base}/balance", viewer), 404, "Not found")
    assert audited(desk) == ["ads.member.put", "ads.member.put", "ads.member.remove"]


def test_a_store_keeps_an_owner(desk: Desk) -> None:
    base = f"/stores/{desk.store_id}/members/{desk.owner.name}"
    assert_problem(desk.ask("DELETE", base, desk.owner), 409, "Conflict")
    assert_problem(desk.ask("PUT", base, desk.owner, json={"role": "viewer"}), 409, "Conflict")


@pytest.mark.parametrize("path", ["", "/members", "/balance", "/ledger", "/payments"])
def test_a_stranger_sees_nothing_of_a_store(desk: Desk, path: str) -> None:
    assert_problem(desk.ask("GET", f"/stores/{desk.store_id}{path}", desk.person()), 404, "Not found")
    assert_problem(desk.ask("GET", f"/stores/{uuid.uuid4()}{path}", desk.person()), 404, "Not found")
    assert_problem(desk.ask("GET", f"/stores/{desk.store_id}{path}"), 401, "Not authenticated")


def test_the_ledger_of_a_store_is_paged_and_adds_up(desk: Desk) -> None:
    for amount in (500, 300, -200, 50):
        give(desk, amount)
    path, cursor = f"/stores/{desk.store_id}/ledger", ""
    lines: list[dict[str, Any]] = []
    while cursor is not None:
        page = desk.ask("GET", f"{path}?limit=3" + (f"&cursor={cursor}" if cursor else ""), desk.owner).json
        lines, cursor = [*lines, *page["items"]], page["next"]
    assert [line["amount"] for line in lines] == [50, -200, 300, 500]
    assert [line["balance"] for line in lines] == [650, 600, 800, 500]


# --- other functions


def order(desk: Desk, amount: int, *, key: str = "", **more: Any) -> Any:
    body = {"store_id": desk.store_id, "amount": amount, "purpose": "clicks", **more}
    return desk.ask("POST", "/core/v1/payments", desk.service_token(PAY), json=body, key=key or str(uuid.uuid4()))


def test_a_payment_goes_from_reserve_to_capture(desk: Desk) -> None:
    give(desk, 1_000)
    token = desk.service_token(PAY, READ)
    first, again = order(desk, 600, key="k"), order(desk, 600, key="k")
    assert (first.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert first.json == again.json
    assert (first.json["state"], available(desk)) == ("reserved", 400)
    path = f"/core/v1/payments/{first.json['id']}"
    for _ in range(2):
        captured = desk.ask("POST", f"{path}/capture", token, json={"amount": 250})
        assert (captured.status_code, captured.json["state"], captured.json["captured"]) == (200, "captured", 250)
    assert_problem(desk.ask("POST", f"{path}/release", token), 409, "Conflict")
    assert (available(desk), desk.ask("GET", path, token).json["captured"]) == (750, 250)
    (shown,) = desk.ask("GET", f"/stores/{desk.store_id}/payments", desk.owner).json["items"]
    assert (shown["id"], shown["purpose"], shown["state"]) == (first.json["id"], "clicks", "captured")


def test_more_than_there_is_is_not_reserved_and_the_key_is_free_again(desk: Desk) -> None:
    assert_problem(order(desk, 100, key="k"), 409, "Insufficient funds")
    give(desk, 100)
    assert order(desk, 100, key="k").status_code == 201
    assert_problem(order(desk, 99, key="k"), 422, "Key reused")


def test_a_released_payment_costs_nothing(desk: Desk) -> None:
    give(desk, 1_000)
    path = f"/core/v1/payments/{order(desk, 600).json['id']}"
    for _ in range(2):
        assert desk.ask("POST", f"{path}/release", desk.service_token(PAY)).json["state"] == "released"
    assert_problem(desk.ask("POST", f"{path}/capture", desk.service_token(PAY), json={"amount": 1}), 409, "Conflict")
    assert available(desk) == 1_000


CORE = (
    ("GET", "/core/v1/stores/{store}"),
    ("GET", "/core/v1/stores/{store}/balance"),
    ("GET", "/core/v1/stores/{store}/ledger"),
    ("GET", "/core/v1/stores/{store}/members/{id}"),
    ("GET", "/core/v1/payments/{id}"),
    ("POST", "/core/v1/payments"),
    ("POST", "/core/v1/payments/{id}/capture"),
    ("POST", "/core/v1/payments/{id}/release"),
)


@pytest.mark.parametrize(("method", "path"), CORE)
def test_core_answers_service_tokens_of_its_audience_and_scope_only(desk: Desk, method: str, path: str) -> None:
    path = path.format(store=desk.store_id, id=uuid.uuid4())
    for token, status in (
        (None, 401),
        (desk.owner, 401),
        (desk.person("manager", "operator"), 401),
        (desk.service_token(PAY, READ, audience="stores"), 401),
        (desk.service_token("balance:read"), 403),
        (desk.service_token(READ if method == "POST" else PAY), 403),
    ):
        answer = desk.ask(method, path, token)
        assert answer.status_code == status, (token, answer.text)


def test_core_reads_what_members_read(desk: Desk) -> None:
    give(desk, 700)
    token, base = desk.service_token(READ), f"/core/v1/stores/{desk.store_id}"
    assert desk.ask("GET", base, token).json["state"] == "open"
    assert desk.ask("GET", f"{base}/balance", token).json == {
        "balance": 700,
        "reserved": 0,
        "available": 700,
        "currency": "XTS",
    }
    assert [line["amount"] for line in desk.ask("GET", f"{base}/ledger", token).json["items"]] == [700]
    assert desk.ask("GET", f"{base}/members/{desk.owner.id}", token).json == {"role": "owner"}
    assert_problem(desk.ask("GET", f"{base}/members/{uuid.uuid4()}", token), 404, "Not found")


# --- managers


def test_a_manager_adjusts_with_a_reason_once_for_each_key(desk: Desk) -> None:
    manager, path = desk.person("manager"), f"/stores/{desk.store_id}/adjustments"
    preview = desk.ask("POST", path, manager, json={"amount": 500, "reason": "a gift", "preview": True})
    assert preview.json == {"balance": 0, "balance_after": 500, "needs_second_manager": False, "left_today": 1_000_000}
    assert available(desk) == 0
    for _ in range(2):
        done = desk.ask("POST", path, manager, json={"amount": 500, "reason": "a gift"}, key="k")
        assert (done.status_code, done.json["state"]) == (201, "done")
    assert available(desk) == 500
    taken = desk.ask("POST", path, manager, json={"amount": -200, "reason": "too much"}, key="l")
    assert (taken.status_code, available(desk)) == (201, 300)
    assert_problem(
        desk.ask("POST", path, manager, json={"amount": -301, "reason": "more"}, key="m"), 409, "Insufficient funds"
    )
    assert_problem(desk.ask("POST", path, manager, json={"amount": 0, "reason": "none"}, key="n"), 400, "Invalid input")
    assert_problem(desk.ask("POST", path, desk.owner, json={"amount": 5, "reason": "me"}, key="o"), 403, "Forbidden")
    assert audited(desk) == ["ads.adjustment.do"] * 2


def test_a_large_adjustment_waits_for_a_second_manager(desk: Desk) -> None:
    first, second = desk.person("manager"), desk.person("manager")
    path = f"/stores/{desk.store_id}/adjustments"
    waits = desk.ask("POST", path, first, json={"amount": 100_001, "reason": "a campaign"}, key="k")
    assert (waits.status_code, waits.json["state"], available(desk)) == (202, "waiting", 0)
    (listed,) = desk.ask("GET", "/stores/orders", second).json["items"]
    decision = f"/stores/orders/{listed['id']}"
    assert_problem(desk.ask("PUT", f"{decision}/approval", first), 403, "Forbidden")
    assert desk.ask("PUT", f"{decision}/approval", second).json["state"] == "done"
    assert_problem(desk.ask("PUT", f"{decision}/refusal", second), 409, "Conflict")
    assert available(desk) == 100_001
    assert audited(desk) == ["ads.adjustment.ask", "ads.adjustment.approve"]
    over = desk.ask("POST", path, first, json={"amount": 900_000, "reason": "more"}, key="l")
    assert_problem(over, 409, "Conflict")


def test_a_manager_who_is_a_member_moves_nothing_of_the_store(desk: Desk) -> None:
    manager = desk.person("manager")
    store = make_store(desk.database, owner=manager.id)
    body = {"amount": 5, "reason": "for me"}
    assert_problem(desk.ask("POST", f"/stores/{store.id}/adjustments", manager, json=body, key="k"), 403, "Forbidden")
    state = {"state": "frozen", "reason": "for me"}
    assert_problem(desk.ask("PUT", f"/stores/{store.id}/state", manager, json=state), 403, "Forbidden")


def test_a_frozen_store_takes_money_and_spends_none(desk: Desk) -> None:
    give(desk, 1_000)
    manager = desk.person("manager")
    promised = order(desk, 300).json["id"]
    path = f"/stores/{desk.store_id}/state"
    assert desk.ask("PUT", path, manager, json={"state": "frozen", "reason": "fraud?"}).status_code == 204
    assert_problem(order(desk, 100), 409, "Conflict")
    captured = desk.ask("POST", f"/core/v1/payments/{promised}/capture", desk.service_token(PAY), json={"amount": 300})
    assert captured.status_code == 200, "what was promised is paid"
    give(desk, 50)
    assert desk.ask("PUT", path, manager, json={"state": "open", "reason": "no fraud"}).status_code == 204
    assert (order(desk, 100).status_code, available(desk)) == (201, 650)
    assert audited(desk) == ["ads.store.freeze", "ads.store.unfreeze"]


def refund(desk: Desk, top_up: dict[str, Any], amount: int, manager: Person, *, key: str = "") -> Any:
    body = {"top_up_id": top_up["id"], "amount": amount, "reason": "asked for it"}
    return desk.ask("POST", f"/stores/{desk.store_id}/refunds", manager, json=body, key=key or str(uuid.uuid4()))


@pytest.mark.parametrize("name", ["stripe", "yookassa"])
def test_a_refund_in_parts_never_exceeds_what_was_paid(desk: Desk, name: str) -> None:
    top_up, manager = desk.paid(10_000, name), desk.person("manager")
    assert refund(desk, top_up, 4_000, manager).status_code == 201
    assert (available(desk), desk.balance("refunds"), desk.cleared(name)) == (6_000, 4_000, 10_000)
    desk.ask_all()
    desk.deliver_all()
    assert (desk.shown(top_up)["state"], desk.shown(top_up)["refunded"]) == ("partly_refunded", 4_000)
    assert_problem(refund(desk, top_up, 6_001, manager), 409, "Conflict")
    assert refund(desk, top_up, 6_000, manager).status_code == 201
    desk.ask_all()
    desk.deliver_all()
    assert (desk.shown(top_up)["state"], desk.balance(), desk.balance("refunds")) == ("refunded", 0, 0)
    assert desk.cleared(name) == desk.truth(name) == 0


def test_a_refund_that_its_provider_refuses_is_the_stores_again(desk: Desk) -> None:
    top_up, manager = desk.paid(10_000), desk.person("manager")
    desk.provider.book.slow_refunds = True
    assert refund(desk, top_up, 4_000, manager).status_code == 201
    desk.ask_all()
    (theirs,) = desk.provider.book.refunds
    assert (desk.shown(top_up)["refunds"][0]["state"], available(desk)) == ("pending", 6_000)
    desk.provider.book.settle(theirs, paid=False)
    desk.ask_all()
    assert (desk.shown(top_up)["refunds"][0]["state"], available(desk), desk.balance("refunds")) == (
        "failed",
        10_000,
        0,
    )


def test_money_that_is_spent_is_not_refunded_by_us(desk: Desk) -> None:
    top_up, manager = desk.paid(10_000), desk.person("manager")
    payment = order(desk, 9_000).json["id"]
    assert_problem(refund(desk, top_up, 4_000, manager), 409, "Insufficient funds")
    desk.ask("POST", f"/core/v1/payments/{payment}/release", desk.service_token(PAY))
    assert refund(desk, top_up, 4_000, manager).status_code == 201


def test_money_that_its_provider_paid_back_after_it_was_spent_is_a_debt(desk: Desk) -> None:
    top_up = desk.paid(10_000)
    payment = order(desk, 9_000).json["id"]
    desk.ask("POST", f"/core/v1/payments/{payment}/capture", desk.service_token(PAY), json={"amount": 9_000})
    desk.provider.book.refund("a person there", top_up["payment_id"], 10_000)
    desk.deliver_all()
    assert (desk.shown(top_up)["state"], desk.balance(), desk.balance("debt")) == ("refunded", 0, 9_000)
    desk.paid(9_500)
    assert (desk.balance(), desk.balance("debt"), desk.cleared("stripe")) == (500, 0, 9_500)


def test_a_refund_of_another_stores_top_up_is_not_found(desk: Desk) -> None:
    top_up, manager = desk.paid(10_000), desk.person("manager")
    other = make_store(desk.database).id
    body = {"top_up_id": top_up["id"], "amount": 100, "reason": "asked for it"}
    assert_problem(desk.ask("POST", f"/stores/{other}/refunds", manager, json=body, key="k"), 404, "Not found")


# --- the end of a user


def test_a_store_whose_last_owner_is_deleted_keeps_its_money_frozen(desk: Desk) -> None:
    top_up, manager, heir = desk.paid(10_000), desk.person("manager"), desk.person()
    desk.ask(
        "POST", "/top-ups/endpoints", desk.owner, json={"store_id": desk.store_id, "url": "https://shop.example/hook"}
    )
    for _ in range(2):
        delete_user(desk, desk.owner)
    (shown,) = desk.ask("GET", "/stores/ownerless", manager).json["items"]
    assert (shown["id"], shown["name"], shown["state"]) == (desk.store_id, "", "ownerless")
    assert run(desk.database, "SELECT count(*) FROM ads_hook_endpoints") == [(0,)]
    assert_problem(order(desk, 100), 409, "Conflict")
    assert refund(desk, top_up, 4_000, manager).status_code == 201, "its payer may have it back"
    path = f"/stores/{desk.store_id}"
    assert_problem(
        desk.ask("PUT", f"{path}/state", manager, json={"state": "open", "reason": "why not"}), 409, "Conflict"
    )
    body = {"username": heir.name, "reason": "of the same company"}
    assert desk.ask("PUT", f"{path}/owner", manager, json=body).status_code == 204
    assert desk.ask("GET", f"{path}/balance", heir).json["available"] == 6_000
    assert order(desk, 100).status_code == 201


def test_a_deleted_member_leaves_a_store_to_its_owners(desk: Desk) -> None:
    buyer = desk.person()
    path = f"/stores/{desk.store_id}"
    desk.ask("PUT", f"{path}/members/{buyer.name}", desk.owner, json={"role": "buyer"})
    delete_user(desk, buyer)
    assert [each["username"] for each in desk.ask("GET", f"{path}/members", desk.owner).json["items"]] == [
        desk.owner.name
    ]
    assert desk.ask("GET", path, desk.owner).json["state"] == "open"


def test_the_export_holds_stores_and_of_owned_ones_the_postings(desk: Desk) -> None:
    give(desk, 500)
    viewer = desk.person()
    desk.ask("PUT", f"/stores/{desk.store_id}/members/{viewer.name}", desk.owner, json={"role": "viewer"})
    (owned,) = desk.ask("GET", "/stores/export", desk.owner).json["stores"]
    (seen,) = desk.ask("GET", "/stores/export", viewer).json["stores"]
    assert (owned["role"], [line["amount"] for line in owned["postings"]]) == ("owner", [500])
    assert (seen["role"], seen["postings"]) == ("viewer", [])


def test_what_is_posted_is_sealed_as_every_posting_is(desk: Desk) -> None:
    desk.paid(700)
    ledger_blocks.seal_all(desk.database)
    assert run(desk.database, "SELECT sum(n_transactions) FROM ledger_blocks") == [(1,)]
