"""The queries, bodies and answers of products."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field, StringConstraints

from functions.shop import bulk_rows, service
from functions.shop.answers import Products
from functions.shop.models import Id, Name, bulk_key, bulk_response, nonblank, replayed_header
from functions.shop.ports import Deps
from shared.domain.shop.currencies import currency
from shared.domain.shop.listing import ORDERS, ProductFilter
from shared.domain.shop.records import (
    CATEGORY_LENGTH,
    DESCRIPTION_LENGTH,
    IMAGE_LENGTH,
    LARGEST_PRICE,
    LARGEST_STOCK,
    NewProduct,
    Product,
)
from shared.web import callers, content_negotiation, http, json_text, paging
from shared.web.request_models import Body, PageQuery

Category = Annotated[str, nonblank(CATEGORY_LENGTH)]
CurrencyCode = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Stock = Annotated[int, Field(ge=0, le=LARGEST_STOCK, description="pieces")]
Price = Annotated[int, Field(ge=1, le=LARGEST_PRICE, description="in the currency's minor unit, such as cents")]


class ProductFields(Body):
    """A product without its stock."""

    seller_id: Id
    name: Name
    description: str = Field(default="", max_length=DESCRIPTION_LENGTH, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$")
    category: Category
    price: Price
    currency: CurrencyCode
    image: str = Field(default="", max_length=IMAGE_LENGTH, pattern=r"^(https://[!-~]+)?$", description="an address")

    def to_product_with(self, stock: int | None) -> NewProduct:
        """Return our value of it; `InvalidInput` for a currency that nobody pays with."""
        return NewProduct(
            seller_id=self.seller_id,
            name=self.name,
            description=self.description,
            category=self.category,
            price=self.price,
            currency=currency(self.currency).code,
            stock=stock,
            image=self.image,
        )


class ProductBody(ProductFields):
    """A product to be added."""

    stock: Stock

    def to_product(self) -> NewProduct:
        """Return our value of it; errors as `to_product_with`."""
        return self.to_product_with(self.stock)


class ProductReplacement(ProductFields):
    """The new fields of a product."""

    stock: Stock | None = Field(
        default=None, description="left out, it stays: pieces may be sold between a read and this request"
    )

    def to_product(self) -> NewProduct:
        """Return our value of it; errors as `to_product_with`."""
        return self.to_product_with(self.stock)


class ProductsQuery(PageQuery):
    """The products that are listed, and in which order."""

    category: Category | None = None
    seller_id: Id | None = None
    q: Annotated[str, nonblank(200)] | None = Field(default=None, description="words, each by its beginning")
    currency: CurrencyCode | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    in_stock: bool | None = Field(default=None, description="true: only what can be bought")
    sort: Literal["newest", "cheapest", "dearest", "name"] = "newest"
    cursor: str = Field(default="", max_length=600, description="`next` of the page before")


def add(deps: Deps) -> Response:
    """201 with the product."""
    caller, body = callers.caller(deps), http.read_body(ProductBody)
    key = callers.idempotency_key(caller, "product", body.model_dump())
    product, replayed = service.add_product(caller, body.to_product(), key, deps)
    location = f"/shop/v1/products/{product.id}"
    return callers.private_json(asdict(product), 201, Location=location, **replayed_header(replayed))


def list_all(deps: Deps) -> Response:
    """One page of products in the media type that the caller wants; the same for everybody."""
    query = http.read_query(ProductsQuery, ignored=content_negotiation.PARAMETER)
    wanted = ProductFilter(**query.model_dump(exclude={"limit", "cursor", "sort"}))
    question = query.model_dump(exclude={"limit", "cursor"})
    after = _position(query, question)
    products = deps.products.list_page(wanted, order=query.sort, after=after, limit=query.limit + 1)
    page = products[: query.limit]
    end = _position_of(page[-1], query.sort) if len(products) > query.limit else None
    payload = {"items": [asdict(each) for each in page], "next": paging.encode(end, query=question)}
    return content_negotiation.respond(json_text.encode(payload), lambda: Products)


def list_categories(deps: Deps) -> Response:
    """Every category with the number of its products."""
    return http.cacheable_json({"items": [asdict(each) for each in deps.products.categories()]})


def show(product_id: str, deps: Deps) -> Response:
    """Return a product; the same for everybody."""
    return http.cacheable_json(asdict(deps.products.find(product_id)))


def replace(product_id: str, deps: Deps) -> Response:
    """Return the product with its new fields."""
    caller, body = callers.caller(deps), http.read_body(ProductReplacement)
    return callers.private_json(asdict(service.replace_product(caller, product_id, body.to_product(), deps)))


def delete(product_id: str, deps: Deps) -> Response:
    """204."""
    service.delete_product(callers.caller(deps), product_id, deps)
    return http.no_content()


def add_rows(deps: Deps) -> Response:
    """200 with the number of rows that were added, and the faults of the others."""
    caller, key = bulk_key(deps, "products")
    rows, faults = bulk_rows.read_rows(ProductBody, ProductBody.to_product)
    return bulk_response(service.add_products(caller, rows, faults, key, deps))


def _position(query: ProductsQuery, question: dict[str, Any]) -> tuple[Any, str] | None:
    """Return where the page before ended: the order's field and the id."""
    kind = int if ORDERS[query.sort] == "price" else str
    position = paging.decode(query.cursor, kind, str, query=question)
    return None if position is None else (position[0], position[1])


def _position_of(product: Product, sort: str) -> tuple[Any, str]:
    return getattr(product, ORDERS[sort]), product.id
