"""The queries, request bodies and responses of users."""

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
    """The filters of a search for users."""

    name: PrintableText = Field(default="", max_length=64, description="the beginning of the username, in any case")
    contact: PrintableText = Field(default="", max_length=320, description="a whole e-mail address or phone number")
    state: State | None = None
    role: PrintableText = Field(default="", max_length=64)


class AuditPage(PageQuery):
    """The page of an audit trail."""


class Block(Body):
    """The body of a block."""

    reason: PrintableText = Field(
        min_length=3,
        max_length=500,
        description="stored in the audit trail, which the user may read",
    )


def search(deps: service.Deps) -> Response:
    """Return one page of users, the latest first."""
    caller, query = callers.operator(deps), http.read_query(Search)
    name, contact = usernames.fold(query.name), query.contact.casefold()
    criteria = service.UserFilter(name=name, contact=contact, state=query.state, role=query.role)
    users = service.search(caller, criteria, before=paging.decode_id(query.cursor), limit=query.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_user_to_json(user) for user in users], query.limit))


def read_user(user_id: str, deps: service.Deps) -> Response:
    """Return one user with their contacts."""
    caller = callers.operator(deps)
    profile = service.read_user(caller, callers.actor(caller, operating=True), user_id, deps)
    return callers.private_json(lifecycle.to_json(profile))


def block(user_id: str, deps: service.Deps) -> Response:
    """Block the user (204)."""
    caller, body = callers.operator(deps), http.read_body(Block)
    service.block(caller, callers.actor(caller, operating=True), user_id, body.reason, deps)
    return http.no_content()


def set_role(user_id: str, role: str, *, grant: bool, deps: service.Deps) -> Response:
    """Grant or revoke a role (204)."""
    caller = callers.operator(deps)
    service.set_role(caller, callers.actor(caller, operating=True), user_id, role, grant=grant, deps=deps)
    return http.no_content()


def schedule_erasure(user_id: str, deps: service.Deps) -> Response:
    """Schedule the erasure of a blocked user (202)."""
    caller = callers.operator(deps)
    service.schedule_erasure(caller, callers.actor(caller, operating=True), user_id, deps)
    return Response(status=202)


def read_audit_trail(user_id: str, deps: service.Deps) -> Response:
    """Return one page of the audit trail of a user."""
    caller, query = callers.operator(deps), http.read_query(AuditPage)
    by, before = callers.actor(caller, operating=True), paging.decode_id(query.cursor)
    records = service.read_audit_trail(caller, by, user_id, before=before, limit=query.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_record_to_json(each) for each in records], query.limit))


def _operator(deps: service.Deps) -> Caller:
    return callers.operator(deps)


def _user_to_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "state": user.state,
        "roles": list(user.roles),
        "created_at": user.created_at,
    }


def _record_to_json(record: AuditRecord) -> dict[str, Any]:
    entry = record.entry
    return {
        "id": record.id,
        "at": record.at,
        "action": entry.action,
        "outcome": entry.outcome,
        "by": {"kind": entry.by.kind, "id": entry.by.id or None},
        "user_id": entry.user_id or None,
        "address": entry.by.client.address,
        "user_agent": entry.by.client.user_agent,
        "detail": dict(entry.detail),
    }
