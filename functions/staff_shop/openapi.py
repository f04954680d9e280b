"""Staff-shop, described for its OpenAPI document; the contract itself is the assignment's."""

from __future__ import annotations

from pydantic import BaseModel

from functions.staff_shop.edge import AuthRequest, SendCoinRequest
from shared.web.openapi import JSON, USER, Operation, ResponseSpec, ok


class AuthResponse(BaseModel):
    """An access token."""

    token: str


class InventoryItem(BaseModel):
    """An item with the quantity that the user has."""

    type: str
    quantity: int


class Received(BaseModel):
    """Coins that somebody sent, all together."""

    fromUser: str  # noqa: N815
    amount: int


class Sent(BaseModel):
    """Coins that somebody was sent, all together."""

    toUser: str  # noqa: N815
    amount: int


class CoinHistory(BaseModel):
    """By counterparty."""

    received: list[Received]
    sent: list[Sent]


class InfoResponse(BaseModel):
    """Coins, inventory and history."""

    coins: int
    inventory: list[InventoryItem]
    coinHistory: CoinHistory  # noqa: N815


class ErrorResponse(BaseModel):
    """An error, and what to do about it."""

    errors: str


def _responses(success: ResponseSpec) -> dict[int, ResponseSpec]:
    texts = {400: "The request cannot be fulfilled.", 401: "Sign in first.", 500: "The fault is ours; try again."}
    return {
        200: success,
        **{status: ResponseSpec(description=text, content={JSON: ErrorResponse}) for status, text in texts.items()},
    }


OPERATIONS = {
    "sign_in": Operation(
        summary="Sign in; the first time makes the user, with 1,000 coins",
        body={JSON: AuthRequest},
        responses=_responses(ok(AuthResponse)[200]),
        problems=False,
    ),
    "show_info": Operation(
        summary="Coins, inventory and history",
        access=USER,
        responses=_responses(ok(InfoResponse)[200]),
        problems=False,
    ),
    "send_coins": Operation(
        summary="Send coins to another user",
        access=USER,
        body={JSON: SendCoinRequest},
        headers={"Idempotency-Key": "the same key with the same request moves coins once"},
        responses=_responses(ResponseSpec(description="Sent.")),
        problems=False,
    ),
    "buy": Operation(
        summary="Buy an item",
        access=USER,
        headers={"Idempotency-Key": "the same key with the same request pays once"},
        responses=_responses(ResponseSpec(description="Bought.")),
        problems=False,
    ),
}
