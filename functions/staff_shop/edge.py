"""The routes to the letter of their contract: its field names, its statuses 200, 400, 401 and 500, its error body."""

from __future__ import annotations

from flask import Request, Response, request
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import HTTPException

from functions.staff_shop import service
from shared import errors
from shared.domain.money.ledger import RequestKey, request_key
from shared.security.tokens import Caller
from shared.web import callers, error_responses, http

_FORWARDED_HEADERS = ("Retry-After", "WWW-Authenticate", "Allow")
_INTERNAL = "the fault is on our side and was recorded"


class AuthRequest(BaseModel):
    """Credentials; the first time makes the user."""

    model_config = ConfigDict(strict=True)
    username: str = Field(max_length=200)
    password: str = Field(max_length=2_000)


class SendCoinRequest(BaseModel):
    """A transfer of coins to another user."""

    model_config = ConfigDict(strict=True)
    toUser: str = Field(max_length=200)  # noqa: N815  (the contract's name)
    amount: int


def sign_in(deps: service.Deps) -> Response:
    """200 with a token."""
    body = http.read_body(AuthRequest)
    token = service.sign_in(body.username, body.password, callers.client(), deps)
    return http.json_response({"token": token}, headers=callers.NO_STORE)


def show_info(deps: service.Deps) -> Response:
    """200 with coins, inventory and history."""
    return http.json_response(service.read_info(callers.caller(deps), deps), headers=callers.NO_STORE)


def send_coins(deps: service.Deps) -> Response:
    """200 without a body."""
    who = callers.caller(deps)
    body = http.read_body(SendCoinRequest)
    service.send_coins(who, body.toUser, body.amount, _key(who, "sendCoin", body.model_dump()), deps)
    return Response(status=200)


def buy(item: str, deps: service.Deps) -> Response:
    """200 without a body."""
    who = callers.caller(deps)
    service.buy(who, item, _key(who, "buy", item), deps)
    return Response(status=200)


def respond_unrouted(incoming: Request) -> Response:
    """404 or 405 of paths and methods that the contract does not have, in its error body."""
    response = http.respond_unrouted(incoming)
    return _in_contract(response, str(response.get_json()["detail"]), response.status_code)


def respond_error(error: Exception) -> Response:
    """The contract's error body; what it has no status for becomes the nearest one that it has."""
    response = error_responses.respond_error(error)
    if request.path.startswith("/health/"):
        return response
    return _in_contract(response, _detail(error), _status(error, response.status_code))


def _in_contract(response: Response, detail: str, status: int) -> Response:
    headers = {name: response.headers[name] for name in _FORWARDED_HEADERS if name in response.headers}
    return http.json_response({"errors": detail}, status, headers)


def _status(error: Exception, status: int) -> int:
    if isinstance(error, HTTPException):
        return status if status in (404, 405) else 400  # of paths and methods that the contract does not have
    if isinstance(error, errors.Overloaded) and "attempts" in str(error):
        return 401
    return status if status in (401, 500) else 500 if status in (429, 503) else 400


def _detail(error: Exception) -> str:
    if isinstance(error, errors.InvalidInput) and error.errors:
        return f"{error}: " + "; ".join(f"{name}: {fault}" for name, fault in error.errors.items())
    if isinstance(error, errors.TouchlineError) and not isinstance(error, errors.Corrupted | errors.InvalidSettings):
        return str(error)
    return str(error.description) if isinstance(error, HTTPException) else _INTERNAL


def _key(who: Caller, operation: str, payload: object) -> RequestKey | None:
    """The contract knows no key; a client that sends one may retry without paying twice."""
    return request_key(f"users/{who.user_id}/{operation}", request.headers.get(callers.IDEMPOTENCY_KEY, ""), payload)
