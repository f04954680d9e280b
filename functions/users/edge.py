"""The queries and bodies users accepts, and how users and records look to operators."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import Field

from functions.users import service
from shared.domain.accounts import lifecycle, usernames
from shared.domain.accounts.audit import AuditRecord
from shared.domain.accounts.users import State, User
from shared.security.tokens import Caller
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery, PrintableText


class Search(PageQuery):
    """Which users; what is not given does not matter."""

    name: PrintableText = Field(default="", max_length=64, description="how the username begins, in any case")
    contact: PrintableText = Field(default="", max_length=320, description="a whole e-mail address or phone number")
    state: State | None = None
    role: PrintableText = Field(default="", max_length=64)


class AuditPage(PageQuery):
    """Query of an audit trail."""


class Block(Body):
    """Why a user is blocked."""

    reason: PrintableText = Field(
        min_length=3,
        max_length=500,
        description="for the audit trail, which its subject may read",
    )


def search(deps: service.Deps) -> Response:
    """One page of users, the latest first."""
    who, asked = _operator(deps), http.read_query(Search)
    name, contact = usernames.fold(asked.name), asked.contact.casefold()
    wanted = service.Wanted(name=name, contact=contact, state=asked.state, role=asked.role)
    found = service.search(who, wanted, before=paging.decode_id(asked.cursor), limit=asked.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_shown(user) for user in found], asked.limit))


def show(user_id: str, deps: service.Deps) -> Response:
    """One user."""
    who = _operator(deps)
    profile = service.show(who, callers.actor(who, operating=True), user_id, deps)
    return callers.private_json(lifecycle.to_json(profile))


def block(user_id: str, deps: service.Deps) -> Response:
    """204: the user is blocked."""
    who, body = _operator(deps), http.read_body(Block)
    service.block(who, callers.actor(who, operating=True), user_id, body.reason, deps)
    return Response(status=204)


def set_role(user_id: str, role: str, *, held: bool, deps: service.Deps) -> Response:
    """204: the user holds the role, or not."""
    who = _operator(deps)
    service.set_role(who, callers.actor(who, operating=True), user_id, role, held=held, deps=deps)
    return Response(status=204)


def erase_soon(user_id: str, deps: service.Deps) -> Response:
    """202: the clock will erase the user."""
    who = _operator(deps)
    service.erase_soon(who, callers.actor(who, operating=True), user_id, deps)
    return Response(status=202)


def audit(user_id: str, deps: service.Deps) -> Response:
    """One page of what a user did and what was done to them."""
    who, asked = _operator(deps), http.read_query(AuditPage)
    by, before = callers.actor(who, operating=True), paging.decode_id(asked.cursor)
    found = service.audit(who, by, user_id, before=before, limit=asked.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_recorded(each) for each in found], asked.limit))


def _operator(deps: service.Deps) -> Caller:
    return callers.operator(deps)


def _shown(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "state": user.state,
        "roles": list(user.roles),
        "created_at": user.created_at,
    }


def _recorded(recorded: AuditRecord) -> dict[str, Any]:
    entry = recorded.entry
    return {
        "id": recorded.id,
        "at": recorded.at,
        "action": entry.action,
        "outcome": entry.outcome,
        "by": {"kind": entry.by.kind, "id": entry.by.id or None},
        "user_id": entry.user_id or None,
        "address": entry.by.client.address,
        "user_agent": entry.by.client.user_agent,
        "detail": dict(entry.detail),
    }
