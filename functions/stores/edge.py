"""The bodies and queries stores accepts of members, and how stores look outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from functions.stores import service
from functions.stores.ports import Deps
from shared.domain.ads.stores import NAME_LENGTH, Membership, Role
from shared.domain.money.ledger import Balance
from shared.web import callers, http, paging

_EXPORTED_LINES = 10_000
_NAME = Field(min_length=1, max_length=NAME_LENGTH)


class NewStore(BaseModel):
    """A store."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = _NAME


class NewName(BaseModel):
    """Another name of a store."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = _NAME


class RoleChange(BaseModel):
    """The role of a member: an owner names members, a buyer tops up and spends, a viewer reads."""

    model_config = ConfigDict(extra="forbid", strict=True)
    role: Literal["owner", "buyer", "viewer"]


class Page(BaseModel):
    """Query of a page, the latest first."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


def create(deps: Deps) -> Response:
    """201 with the store."""
    caller, new = callers.caller(deps), http.read_body(NewStore)
    key = callers.idempotency_key(caller, "store", new.model_dump())
    store, replayed = service.create(caller, new.name, key, deps)
    return callers.private_json(asdict(store), 201, **replayed_header(replayed))


def list_stores(deps: Deps) -> Response:
    """The caller's stores."""
    memberships = service.list_stores(callers.caller(deps), deps)
    return callers.private_json({"items": [_to_json(each) for each in memberships]})


def show(store_id: str, deps: Deps) -> Response:
    """A store of the caller's."""
    return callers.private_json(_to_json(service.read(callers.caller(deps), store_id, deps)))


def rename(store_id: str, deps: Deps) -> Response:
    """204."""
    service.rename(callers.caller(deps), store_id, http.read_body(NewName).name, deps)
    return http.no_content()


def list_members(store_id: str, deps: Deps) -> Response:
    """Members by name; an empty name is of a user who is being deleted."""
    members = service.list_members(callers.caller(deps), store_id, deps)
    return callers.private_json({"items": [{"username": name, "role": role} for name, role in members]})


def put_member(store_id: str, username: str, deps: Deps) -> Response:
    """204."""
    caller, change = callers.caller(deps), http.read_body(RoleChange)
    service.put_member(caller, callers.actor(caller), store_id, username, Role(change.role), deps)
    return http.no_content()


def remove_member(store_id: str, username: str, deps: Deps) -> Response:
    """204."""
    caller = callers.caller(deps)
    service.remove_member(caller, callers.actor(caller), store_id, username, deps)
    return http.no_content()


def show_balance(store_id: str, deps: Deps) -> Response:
    """A store's balance."""
    return callers.private_json(balance_json(service.read_balance(callers.caller(deps), store_id, deps)))


def list_ledger(store_id: str, deps: Deps) -> Response:
    """One page of a store's postings."""
    caller, page = callers.caller(deps), http.read_query(Page)
    before = ledger_position(page)
    lines = service.read_ledger(caller, store_id, before=before, limit=page.limit + 1, deps=deps)
    return callers.private_json(ledger_page([asdict(each) for each in lines], page))


def list_payments(store_id: str, deps: Deps) -> Response:
    """One page of a store's payments."""
    caller, page = callers.caller(deps), http.read_query(Page)
    before = paging.decode_id(page.cursor)
    payments = service.list_payments(caller, store_id, before=before, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in payments], page.limit))


def export(deps: Deps) -> Response:
    """The caller's part of the account's export: their stores and roles, of those they own the postings too."""
    caller = callers.caller(deps)
    stores = []
    for each in service.list_stores(caller, deps):
        owned = each.role is Role.OWNER
        lines = deps.stores.ledger(each.store.id, before=service.LARGEST_NUMBER, limit=_EXPORTED_LINES) if owned else []
        stores.append({**_to_json(each), "postings": [asdict(line) for line in lines]})
    return callers.private_json({"stores": stores})


def balance_json(balance: Balance) -> dict[str, Any]:
    """A balance as it looks outside."""
    return {
        "balance": balance.posted,
        "reserved": balance.pending,
        "available": balance.available,
        "currency": "XTS",
    }


def ledger_position(page: Page) -> int:
    """The number that a page of postings begins before; 0 for the first page."""
    position = paging.decode(page.cursor, int)
    return position[0] if position else 0


def ledger_page(lines: list[dict[str, Any]], page: Page) -> dict[str, Any]:
    """A page of postings, given one more than it holds if there is a next page."""
    shown = lines[: page.limit]
    following = paging.encode([shown[-1]["number"]]) if len(lines) > page.limit else None
    return {"items": shown, "next": following}


def replayed_header(replayed: bool) -> dict[str, str]:
    """The header that tells an answer that was given before."""
    return {"Idempotency-Replayed": "true"} if replayed else {}


def _to_json(membership: Membership) -> dict[str, Any]:
    return {**asdict(membership.store), "role": str(membership.role)}
