"""The shop, described for its OpenAPI document."""

from __future__ import annotations

from functions.shop.answers import (
    BulkReport,
    Categories,
    Customer,
    Customers,
    Exported,
    OwnSeller,
    OwnSellers,
    Product,
    Products,
    Purchase,
    Purchases,
    Seller,
    Sellers,
)
from functions.shop.bulk_rows import JSON_LINES
from functions.shop.customer_edge import CustomerChanges, CustomersQuery, NewCustomer
from functions.shop.product_edge import ProductBody, ProductReplacement, ProductsQuery
from functions.shop.purchase_edge import PurchaseBody, PurchasesQuery
from functions.shop.seller_edge import NewSeller, SellerChanges
from shared.events.users import UserDeleted
from shared.web.openapi import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    JSON,
    OPERATOR,
    USER,
    Operation,
    cacheable,
    event_operation,
    no_content,
    ok,
    tabular,
)
from shared.web.request_models import PageQuery
from shared.web.tabular_schema import CSV, PARQUET

_ROWS = {CSV: str, JSON_LINES: str, PARQUET: bytes}


def _bulk(summary: str, access: str) -> Operation:
    return Operation(
        summary=summary,
        access=access,
        headers=IDEMPOTENCY_KEY,
        body=_ROWS,
        responses=ok(BulkReport, status=200, **IDEMPOTENCY_REPLAYED),
        error_statuses=(409, 415, 422),
    )


OPERATIONS = {
    "add_seller": Operation(
        summary="Add a seller",
        access=OPERATOR,
        body={JSON: NewSeller},
        responses=ok(OwnSeller, status=201, Location="the seller's address"),
        error_statuses=(409,),
    ),
    "list_sellers": Operation(summary="Sellers", query=PageQuery, responses=cacheable(Sellers)),
    "list_own_sellers": Operation(
        summary="The sellers that the caller acts for", access=USER, query=PageQuery, responses=ok(OwnSellers)
    ),
    "show_seller": Operation(summary="One seller", responses=cacheable(Seller)),
    "update_seller": Operation(
        summary="Change fields of a seller",
        access=USER,
        body={JSON: SellerChanges},
        responses=ok(OwnSeller),
        error_statuses=(409,),
    ),
    "delete_seller": Operation(
        summary="Delete a seller and what they sell",
        access=OPERATOR,
        responses=no_content("It is deleted."),
    ),
    "add_product": Operation(
        summary="Add a product of a seller that the caller acts for",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: ProductBody},
        responses=ok(Product, status=201, Location="the product's address", **IDEMPOTENCY_REPLAYED),
        error_statuses=(404, 409, 422),
    ),
    "list_products": Operation(
        summary="Products by category, seller, price or words",
        query=ProductsQuery,
        negotiable=True,
        responses=tabular(Products),
    ),
    "list_categories": Operation(summary="Categories with their numbers of products", responses=cacheable(Categories)),
    "show_product": Operation(summary="One product", responses=cacheable(Product)),
    "replace_product": Operation(
        summary="Give a product all its fields anew",
        access=USER,
        body={JSON: ProductReplacement},
        responses=ok(Product),
    ),
    "delete_product": Operation(
        summary="Sell a product no more", access=USER, responses=no_content("It is sold no more.")
    ),
    "add_products": _bulk("Add products in bulk, each row judged alone", USER),
    "add_customer": Operation(
        summary="Become a customer; operators add anybody",
        access=USER,
        body={JSON: NewCustomer},
        responses=ok(Customer, status=201, Location="the customer's address"),
        error_statuses=(409,),
    ),
    "list_customers": Operation(
        summary="The caller as a customer; for operators all",
        access=USER,
        query=CustomersQuery,
        responses=ok(Customers),
    ),
    "show_customer": Operation(summary="One customer", access=USER, responses=ok(Customer)),
    "update_customer": Operation(
        summary="Change fields of a customer",
        access=USER,
        body={JSON: CustomerChanges},
        responses=ok(Customer),
        error_statuses=(409,),
    ),
    "delete_customer": Operation(
        summary="Erase what is personal of a customer; purchases stay",
        access=USER,
        responses=no_content("It is erased."),
    ),
    "add_customers": _bulk("Add customers in bulk, each row judged alone", OPERATOR),
    "buy": Operation(
        summary="Buy a product, or record a sale of it",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: PurchaseBody},
        responses=ok(Purchase, status=201, Location="the purchase's address", **IDEMPOTENCY_REPLAYED),
        error_statuses=(403, 404, 409, 422),
    ),
    "list_purchases": Operation(
        summary="What the caller bought and sold; for operators all",
        access=USER,
        query=PurchasesQuery,
        responses=ok(Purchases),
    ),
    "show_purchase": Operation(summary="One purchase", access=USER, responses=ok(Purchase)),
    "cancel_purchase": Operation(
        summary="Cancel a purchase and give its pieces back, once; its seller does",
        access=USER,
        responses=no_content("It is cancelled."),
    ),
    "record_purchases": _bulk("Record purchases in bulk, each row judged alone", USER),
    "export": Operation(
        summary="What the shop keeps of the caller, as `GET /me/export` collects it",
        access=USER,
        responses=ok(Exported),
    ),
    "erase": event_operation(UserDeleted.TYPE, "Erase the customer and the sellers that a deleted user was"),
    "tick": event_operation("dev.knative.sources.ping", "Do what the clock asks for"),
}
