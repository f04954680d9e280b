"""The request bodies and responses of verify-contact."""

from __future__ import annotations

from flask import Response, request
from pydantic import Field

from functions.verify_contact import message_templates, service
from shared.domain.accounts.contacts import Kind
from shared.web import callers, http
from shared.web.request_models import Body


class Code(Body):
    """The body that holds the code from a message."""

    code: str = Field(max_length=20, description="six digits")


def send_code(kind: Kind, deps: service.Deps) -> Response:
    """Send a code in the caller's preferred language (202)."""
    caller = callers.caller(deps)
    expires_at = service.send_code(caller, callers.actor(caller), kind, _language(), deps)
    return callers.private_json({"kind": kind, "expires_at": expires_at}, 202)


def prove(kind: Kind, deps: service.Deps) -> Response:
    """Verify the address with the code."""
    caller, body = callers.caller(deps), http.read_body(Code)
    proof = service.prove(caller, callers.actor(caller), kind, body.code.strip(), _language(), deps)
    payload = {
        "kind": proof.contact.kind,
        "address": proof.contact.address,
        "verified_at": proof.contact.verified_at,
        "state": proof.state,
    }
    return callers.private_json(payload)


def _language() -> str:
    return request.accept_languages.best_match(message_templates.LANGUAGES, message_templates.LANGUAGES[0]) or ""
