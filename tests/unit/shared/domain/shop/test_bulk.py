"""Rows of purchases are judged alone, in their order, against what is left."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.shop.bulk import FAULTS_LISTED, PurchaseJudge, RowFault, SoldProduct, report
from shared.domain.shop.records import NewPurchase
from shared.errors import InvalidInput

SHIRT = SoldProduct(
    id="shirt",
    seller_id="ann",
    seller_user_id="user-ann",
    name="Home shirt",
    category="Shirts",
    price=100,
    currency="EUR",
    stock=5,
)


def judge(**fields: Any) -> PurchaseJudge:
    return PurchaseJudge(
        **{"products": {"shirt": SHIRT}, "customers": frozenset({"ada"}), "seller_user_id": "", **fields}
    )


def purchase(**fields: Any) -> NewPurchase:
    return NewPurchase(**{"product_id": "shirt", "customer_id": "ada", "quantity": 1, **fields})


def test_a_sale_takes_from_its_product_what_is_not_given() -> None:
    sale = judge().judge(purchase(quantity=3))
    assert (sale.unit_price, sale.discount, sale.total) == (100, 0, 300)
    sale = judge().judge(purchase(quantity=3, unit_price=90, discount=20))
    assert (sale.unit_price, sale.discount, sale.total) == (90, 20, 250)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"product_id": "mug"}, "product_id"),
        ({"customer_id": "bob"}, "customer_id"),
        ({"seller_id": "ben"}, "seller_id"),
        ({"currency": "USD"}, "currency"),
        ({"discount": 101}, "discount"),
        ({"quantity": 6}, "quantity"),
    ],
)
def test_a_fault_names_its_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        judge().judge(purchase(**fields))
    assert list(refused.value.errors) == [field]


def test_a_seller_sells_only_their_own() -> None:
    assert judge(seller_user_id="user-ann").judge(purchase())
    with pytest.raises(InvalidInput):
        judge(seller_user_id="user-ben").judge(purchase())


@given(st.lists(st.integers(1, 7), max_size=20))
def test_no_order_of_rows_takes_more_than_there_is_and_none_that_fits_is_refused(quantities: list[int]) -> None:
    judging, left = judge(), SHIRT.stock
    for quantity in quantities:
        if quantity <= left:
            judging.judge(purchase(quantity=quantity))
            left -= quantity
        else:
            with pytest.raises(InvalidInput):
                judging.judge(purchase(quantity=quantity))
    assert judging.taken.get("shirt", 0) == SHIRT.stock - left


def test_a_report_counts_all_and_lists_the_first_in_their_order() -> None:
    faults = [RowFault(row=n, errors={"quantity": "x"}) for n in range(FAULTS_LISTED + 5, 0, -1)]
    result = report(7, faults)
    assert (result.success_count, result.error_count) == (7, FAULTS_LISTED + 5)
    assert [each.row for each in result.errors] == list(range(1, FAULTS_LISTED + 1))
