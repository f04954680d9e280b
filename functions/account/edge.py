"""The bodies account accepts, and how an account looks to its owner."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from functions.account import service
from shared.domain.accounts import contacts, lifecycle
from shared.domain.accounts.contacts import Address
from shared.domain.accounts.lifecycle import Profile
from shared.web import callers, http
from shared.web.request_models import Body


class _Confirmed(Body):
    """A wish that the password stands behind."""

    password: str = Field(description="the current one")


class NewPassword(_Confirmed):
    """Another password."""

    new_password: str = Field(description="10 to 1024 characters, no NUL, not the username, none known from breaches")


class NewEmail(_Confirmed):
    """Another e-mail address."""

    email: str = Field(max_length=320, description="replaces the present one once it is proven")


class NewPhone(_Confirmed):
    """Another phone number."""

    phone: str = Field(max_length=40, description="international; replaces the present one once it is proven")


class Deletion(_Confirmed):
    """The wish to be deleted."""


def me(deps: service.Deps) -> Response:
    """The caller's account."""
    return _answer(service.me(callers.caller(deps), deps))


def change_password(deps: service.Deps) -> Response:
    """The new password holds, and all other sessions are over."""
    who, wish = callers.caller(deps), http.read_body(NewPassword)
    service.change_password(who, callers.actor(who), wish.password, wish.new_password, deps)
    return Response(status=204)


def claim_email(deps: service.Deps) -> Response:
    """202: the address is noted and has yet to be proven."""
    who, wish = callers.caller(deps), http.read_body(NewEmail)
    address = contacts.parse_email(wish.email)
    service.claim(who, callers.actor(who), address, wish.password, deps)
    return _claimed(address)


def claim_phone(deps: service.Deps) -> Response:
    """202: the number is noted and has yet to be proven."""
    who, wish = callers.caller(deps), http.read_body(NewPhone)
    address = contacts.parse_phone(wish.phone)
    service.claim(who, callers.actor(who), address, wish.password, deps)
    return _claimed(address)


def ask_deletion(deps: service.Deps) -> Response:
    """202 with the time until which the user may come back."""
    who, wish = callers.caller(deps), http.read_body(Deletion)
    due_at = service.ask_deletion(who, callers.actor(who), wish.password, deps)
    return callers.clear_token_cookies(http.json_response({"deletion_due_at": due_at}, 202))


def come_back(deps: service.Deps) -> Response:
    """The account as it stays."""
    who = callers.caller(deps)
    return _answer(service.come_back(who, callers.actor(who), deps))


def export(deps: service.Deps) -> Response:
    """All that is kept about the caller, as a file to save."""
    who = callers.caller(deps)
    content = service.export(who, callers.actor(who), callers.access_token(), deps)
    headers = {**callers.NO_STORE, "Content-Disposition": 'attachment; filename="touchline-account.json"'}
    return http.json_response(content, headers=headers)


def _answer(profile: Profile) -> Response:
    return callers.private_json(lifecycle.to_json(profile))


def _claimed(address: Address) -> Response:
    payload = {"kind": address.kind, "address": address.shown, "verified_at": None}
    return callers.private_json(payload, 202)
