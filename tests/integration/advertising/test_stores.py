"""Stores of advertisers over a real Postgres: roles, and payments from reserve to capture or release."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.postgres import ads_stores
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.stores import STORES_AT_MOST, NewPayment, PaymentState, Role
from shared.errors import Conflict, Forbidden, InsufficientFunds, NotFound
from tests.support.advertising.stores import NOW, available, make_store
from tests.support.money.accounts import faults


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    yield database
    assert faults(database) == []
    database.close()


def reserve(database: Postgres, store_id: str, amount: int, *, lasts_s: float = 60) -> str:
    new = NewPayment(
        store_id=store_id, amount=amount, purpose="clicks", reference="c1/1", reserved_by="test", lasts_s=lasts_s
    )
    return database.transaction(lambda connection: ads_stores.reserve(connection, new, now=NOW))


def capture(database: Postgres, payment_id: str, amount: int) -> str:
    return database.transaction(lambda connection: ads_stores.capture(connection, payment_id, amount)).state


def test_a_part_is_captured_and_the_rest_is_released(database: Postgres) -> None:
    store = make_store(database, 1_000)
    payment_id = reserve(database, store.id, 600)
    assert available(database, store.id) == 400
    assert capture(database, payment_id, 250) == PaymentState.CAPTURED
    assert available(database, store.id) == 750
    assert capture(database, payment_id, 250) == PaymentState.CAPTURED
    with pytest.raises(Conflict):
        capture(database, payment_id, 251)
    with pytest.raises(Conflict):
        database.transaction(lambda connection: ads_stores.release(connection, payment_id))
    assert available(database, store.id) == 750


def test_released_twice_is_released_once(database: Postgres) -> None:
    store = make_store(database, 1_000)
    payment_id = reserve(database, store.id, 600)
    for _ in range(2):
        released = database.transaction(lambda connection: ads_stores.release(connection, payment_id))
        assert (released.state, available(database, store.id)) == (PaymentState.RELEASED, 1_000)
    with pytest.raises(Conflict):
        capture(database, payment_id, 600)


def test_fifty_parallel_payments_with_money_for_three_are_three(database: Postgres) -> None:
    store = make_store(database, 300)

    def attempt(_: int) -> bool:
        try:
            reserve(database, store.id, 100)
        except InsufficientFunds:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(50))) == 3
    assert available(database, store.id) == 0


def test_fifty_parallel_captures_pay_once(database: Postgres) -> None:
    store = make_store(database, 300)
    payment_id = reserve(database, store.id, 200)
    with ThreadPoolExecutor(16) as pool:
        states = set(pool.map(lambda _: capture(database, payment_id, 120), range(50)))
    assert (states, available(database, store.id)) == ({PaymentState.CAPTURED}, 180)


def test_a_late_capture_is_refused_and_the_money_is_the_stores_again(database: Postgres) -> None:
    store = make_store(database, 300)
    payment_id = reserve(database, store.id, 200, lasts_s=1e-6)
    with pytest.raises(Conflict, match="expired"):
        capture(database, payment_id, 200)
    released = database.transaction(lambda connection: ads_stores.release(connection, payment_id))
    assert (released.state, available(database, store.id)) == (PaymentState.RELEASED, 300)


def test_a_frozen_store_reserves_nothing_and_pays_what_it_promised(database: Postgres) -> None:
    store = make_store(database, 300)
    promised = reserve(database, store.id, 100)
    database.transaction(
        lambda connection: ads_stores.SQL.execute(connection, "set_state", store_id=store.id, state="frozen")
    )
    with pytest.raises(Conflict, match="frozen"):
        reserve(database, store.id, 100)
    assert capture(database, promised, 100) == PaymentState.CAPTURED


def test_a_stranger_sees_no_store_and_a_viewer_spends_nothing(database: Postgres) -> None:
    owner, stranger = str(uuid.uuid4()), str(uuid.uuid4())
    store = make_store(database, owner=owner)
    with database.connection() as connection:
        assert ads_stores.require_role(connection, store.id, owner, Role.OWNER) is Role.OWNER
        with pytest.raises(NotFound):
            ads_stores.require_role(connection, store.id, stranger, Role.VIEWER)
        ads_stores.SQL.execute(connection, "put_member", store_id=store.id, user_id=stranger, role=Role.VIEWER, now=NOW)
        assert ads_stores.require_role(connection, store.id, stranger, Role.VIEWER) is Role.VIEWER
        with pytest.raises(Forbidden):
            ads_stores.require_role(connection, store.id, stranger, Role.BUYER)


def test_a_user_has_twenty_stores_at_most(database: Postgres) -> None:
    owner = str(uuid.uuid4())
    for _ in range(STORES_AT_MOST):
        make_store(database, owner=owner)
    with pytest.raises(Conflict, match="more than 20"):
        make_store(database, owner=owner)
