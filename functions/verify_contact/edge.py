"""The bodies verify-contact accepts, and how its answers look outside."""

from __future__ import annotations

from flask import Response, request
from pydantic import Field

from functions.verify_contact import message_templates as letters
from functions.verify_contact import service
from shared.domain.accounts.contacts import Kind
from shared.web import callers, http
from shared.web.request_models import Body


class Code(Body):
    """What a message brought."""

    code: str = Field(max_length=20, description="six digits")


def send_code(kind: Kind, deps: service.Deps) -> Response:
    """202: a message is on its way, in the best of the languages that are asked for."""
    who = callers.caller(deps)
    expires_at = service.send_code(who, callers.actor(who), kind, _language(), deps)
    return callers.private_json({"kind": kind, "expires_at": expires_at}, 202)


def prove(kind: Kind, deps: service.Deps) -> Response:
    """The address is the caller's."""
    who, body = callers.caller(deps), http.read_body(Code)
    proof = service.prove(who, callers.actor(who), kind, body.code.strip(), _language(), deps)
    payload = {
        "kind": proof.contact.kind,
        "address": proof.contact.address,
        "verified_at": proof.contact.verified_at,
        "state": proof.state,
    }
    return callers.private_json(payload)


def _language() -> str:
    return request.accept_languages.best_match(letters.LANGUAGES, letters.LANGUAGES[0]) or ""
