"""The request bodies and responses of account."""

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
    """A body that the current password confirms."""

    password: str = Field(description="the current one")


class NewPassword(_Confirmed):
    """The body of a change of password."""

    new_password: str = Field(description="10 to 1024 characters, no NUL, not the username, none known from breaches")


class NewEmail(_Confirmed):
    """The body of a change of e-mail address."""

    email: str = Field(max_length=320, description="replaces the current one once it is verified")


class NewPhone(_Confirmed):
    """The body of a change of phone number."""

    phone: str = Field(max_length=40, description="international; replaces the current one once it is verified")


class Deletion(_Confirmed):
    """The body of a request for deletion."""


def me(deps: service.Deps) -> Response:
    """Return the caller's account."""
    return _respond_profile(service.me(callers.caller(deps), deps))


def change_password(deps: service.Deps) -> Response:
    """Change the password and end all other sessions."""
    caller, body = callers.caller(deps), http.read_body(NewPassword)
    service.change_password(caller, callers.actor(caller), body.password, body.new_password, deps)
    return http.no_content()


def change_email(deps: service.Deps) -> Response:
    """Store an e-mail address that has yet to be verified (202)."""
    caller, body = callers.caller(deps), http.read_body(NewEmail)
    address = contacts.parse_email(body.email)
    service.claim_contact(caller, callers.actor(caller), address, body.password, deps)
    return _respond_claim(address)


def change_phone(deps: service.Deps) -> Response:
    """Store a phone number that has yet to be verified (202)."""
    caller, body = callers.caller(deps), http.read_body(NewPhone)
    address = contacts.parse_phone(body.phone)
    service.claim_contact(caller, callers.actor(caller), address, body.password, deps)
    return _respond_claim(address)


def request_deletion(deps: service.Deps) -> Response:
    """Schedule the deletion and return when it is due (202)."""
    caller, body = callers.caller(deps), http.read_body(Deletion)
    due_at = service.request_deletion(caller, callers.actor(caller), body.password, deps)
    return callers.clear_token_cookies(http.json_response({"deletion_due_at": due_at}, 202))


def cancel_deletion(deps: service.Deps) -> Response:
    """Cancel the deletion and return the account."""
    caller = callers.caller(deps)
    return _respond_profile(service.cancel_deletion(caller, callers.actor(caller), deps))


def export(deps: service.Deps) -> Response:
    """Return everything stored about the caller, as a file to save."""
    caller = callers.caller(deps)
    content = service.export(caller, callers.actor(caller), callers.access_token(), deps)
    headers = {**callers.NO_STORE, "Content-Disposition": 'attachment; filename="touchline-account.json"'}
    return http.json_response(content, headers=headers)


def _respond_profile(profile: Profile) -> Response:
    return callers.private_json(lifecycle.to_json(profile))


def _respond_claim(address: Address) -> Response:
    payload = {"kind": address.kind, "address": address.shown, "verified_at": None}
    return callers.private_json(payload, 202)
