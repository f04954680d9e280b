"""Turns what the shop's SQL functions and constraints refuse into our errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared import errors, lazy

if TYPE_CHECKING:
    import psycopg
    from psycopg import errors as pg
else:
    psycopg, pg = lazy.Module("psycopg"), lazy.Module("psycopg.errors")

_BY_STATE: dict[str, type[errors.TouchlineError]] = {
    "SH001": errors.NotFound,
    "SH002": errors.NotFound,
    "SH003": errors.NotFound,
    "SH004": errors.KeyReused,
    "SH005": errors.Forbidden,
    "SH006": errors.Conflict,
    "SH007": errors.Conflict,
}
"""By SQLSTATE; `0060_shop.sql` has the same list."""
_BY_CONSTRAINT = {
    "shop_products_stock": "there are not so many in stock",
    "shop_sellers_email": "another seller has this e-mail address",
    "shop_customers_email": "another customer has this e-mail address",
    "shop_customers_user": "this user is a customer already",
    "shop_purchases_total": "the discount is more than price times quantity",
}


@contextmanager
def map_refusals() -> Iterator[None]:
    """Map refusals of statements inside; what is a bug of ours passes unchanged.

    Raises
    ------
    NotFound, Forbidden, Conflict, KeyReused : by what was refused.
    InProgress : a request with the same idempotency key is under way for longer than two seconds.
    """
    try:
        yield
    except pg.LockNotAvailable as exc:
        raise errors.InProgress("a request with this idempotency key is under way; send it again later") from exc
    except psycopg.Error as exc:
        refusal = _refusal(exc)
        if refusal is None:
            raise
        raise refusal from exc


def _refusal(exc: psycopg.Error) -> errors.TouchlineError | None:
    message = _BY_CONSTRAINT.get(exc.diag.constraint_name or "")
    if message is not None:
        return errors.Conflict(message)
    kind = _BY_STATE.get(exc.sqlstate or "")
    return kind(exc.diag.message_primary or "") if kind else None
