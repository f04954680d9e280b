"""Use cases of shop: who may do what, and in which order.

An operator may do all. A user acts for the sellers that name them, and for the customer who they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from functions.shop.ports import Deps
from shared.domain.accounts.contacts import Address
from shared.domain.accounts.users import OPERATOR
from shared.domain.money.ledger import RequestKey
from shared.domain.shop.bulk import BulkReport, Row, RowFault
from shared.domain.shop.listing import PurchaseFilter
from shared.domain.shop.records import (
    Customer,
    CustomerFields,
    NewProduct,
    NewPurchase,
    Product,
    Purchase,
    Seller,
    SellerFields,
    check_sale,
)
from shared.security import access
from shared.security.tokens import Caller


def owner_of(caller: Caller) -> str | None:
    """Return the user to whom the caller is limited; None for an operator."""
    return None if OPERATOR in caller.roles else caller.user_id


def add_seller(caller: Caller, new: SellerFields, user_id: str | None, deps: Deps) -> Seller:
    """Add a seller and name the user who acts for them; operators do."""
    access.require_operator(caller)
    return deps.sellers.add(new, user_id=user_id, now=deps.clock.now())


def list_own_sellers(caller: Caller, *, before: str, limit: int, deps: Deps) -> Sequence[Seller]:
    """Return the sellers that the caller acts for."""
    return deps.sellers.list_page(owner=caller.user_id, before=before, limit=limit)


def update_seller(caller: Caller, seller_id: str, changes: SellerFields, deps: Deps) -> Seller:
    """Change a seller."""
    return deps.sellers.update(seller_id, changes, owner=owner_of(caller), now=deps.clock.now())


def delete_seller(caller: Caller, seller_id: str, deps: Deps) -> None:
    """Delete a seller and what they sell; operators do."""
    access.require_operator(caller)
    deps.sellers.delete(seller_id, now=deps.clock.now())


def add_product(caller: Caller, new: NewProduct, key: RequestKey, deps: Deps) -> tuple[Product, bool]:
    """Add a product of a seller that the caller acts for; also whether an earlier request did."""
    return deps.products.add(new, owner=owner_of(caller), key=key, now=deps.clock.now())


def replace_product(caller: Caller, product_id: str, new: NewProduct, deps: Deps) -> Product:
    """Give a product all its fields anew."""
    return deps.products.replace(product_id, new, owner=owner_of(caller), now=deps.clock.now())


def delete_product(caller: Caller, product_id: str, deps: Deps) -> None:
    """Sell a product no more."""
    deps.products.delete(product_id, owner=owner_of(caller), now=deps.clock.now())


def add_products(
    caller: Caller, rows: Sequence[Row[NewProduct]], faults: Sequence[RowFault], key: RequestKey, deps: Deps
) -> BulkReport:
    """Add products in bulk."""
    return deps.products.add_rows(rows, faults, owner=owner_of(caller), key=key, now=deps.clock.now())


def add_customer(caller: Caller, new: CustomerFields, user_id: str | None, deps: Deps) -> Customer:
    """Add a customer: users themselves, operators anybody; `user_id` is an operator's to choose."""
    whose = user_id if OPERATOR in caller.roles else caller.user_id
    return deps.customers.add(new, user_id=whose, now=deps.clock.now())


def find_customer(caller: Caller, customer_id: str, deps: Deps) -> Customer:
    """Return a customer: oneself, or for operators anybody."""
    return deps.customers.find(customer_id, owner=owner_of(caller))


def list_customers(caller: Caller, *, email: Address | None, before: str, limit: int, deps: Deps) -> Sequence[Customer]:
    """Return customers: oneself, or for operators all."""
    return deps.customers.list_page(owner=owner_of(caller), email=email, before=before, limit=limit)


def update_customer(caller: Caller, customer_id: str, changes: CustomerFields, deps: Deps) -> Customer:
    """Change a customer."""
    return deps.customers.update(customer_id, changes, owner=owner_of(caller), now=deps.clock.now())


def delete_customer(caller: Caller, customer_id: str, deps: Deps) -> None:
    """Erase what is personal of a customer."""
    deps.customers.delete(customer_id, owner=owner_of(caller), now=deps.clock.now())


def add_customers(
    caller: Caller, rows: Sequence[Row[CustomerFields]], faults: Sequence[RowFault], key: RequestKey, deps: Deps
) -> BulkReport:
    """Add customers in bulk; operators do."""
    access.require_operator(caller)
    return deps.customers.add_rows(rows, faults, key=key, now=deps.clock.now())


def buy(caller: Caller, new: NewPurchase, key: RequestKey, deps: Deps) -> tuple[Purchase, bool]:
    """Record a purchase; also whether an earlier request with this key did."""
    now = deps.clock.now()
    check_sale(new, now)
    bought = deps.purchases.buy(new, user_id=caller.user_id, is_operator=owner_of(caller) is None, key=key, now=now)
    deps.purchased()
    return bought


def find_purchase(caller: Caller, purchase_id: str, deps: Deps) -> Purchase:
    """Return a purchase that the caller made or sold."""
    return deps.purchases.find(purchase_id, owner=owner_of(caller))


def list_purchases(
    caller: Caller, wanted: PurchaseFilter, *, before: str, limit: int, deps: Deps
) -> Sequence[Purchase]:
    """Return what the caller bought and sold; for operators all."""
    return deps.purchases.list_page(wanted, owner=owner_of(caller), before=before, limit=limit)


def cancel_purchase(caller: Caller, purchase_id: str, deps: Deps) -> None:
    """Cancel a purchase that the caller sold; one that is cancelled stays so."""
    deps.purchases.cancel(
        purchase_id, user_id=caller.user_id, is_operator=owner_of(caller) is None, now=deps.clock.now()
    )
    deps.purchased()


def record_purchases(
    caller: Caller, rows: Sequence[Row[NewPurchase]], faults: Sequence[RowFault], key: RequestKey, deps: Deps
) -> BulkReport:
    """Record purchases in bulk, of products that the caller sells."""
    report = deps.purchases.buy_rows(rows, faults, owner=owner_of(caller), key=key, now=deps.clock.now())
    deps.purchased()
    return report
