"""The visitor's coins and merch: balance, history, transfers, what is sold, what they have."""

from __future__ import annotations

from collections.abc import Mapping

from functions.site.page import PageRequest, View
from functions.site.personal import Form, Outcome, PersonalPage, Problem, new_key, outcome_of
from functions.site.visitor import Visitor

_LINES = 50
_AMOUNT_AT_MOST = 10**15
_QUANTITY_AT_MOST = 1000


def _wallet(request: PageRequest, visitor: Visitor) -> View:
    balance = visitor.ask("coins", "GET", "/coins")
    history = visitor.ask("coins", "GET", f"/coins/history?limit={_LINES}")
    return View(
        title=request.translate("Wallet"),
        may_be_found=False,
        values={
            "balance": balance.value if balance.ok else None,
            "history": history.value["items"] if history.ok else None,
            "new_key": new_key,
        },
    )


def _merch(request: PageRequest, visitor: Visitor) -> View:
    balance = visitor.ask("coins", "GET", "/coins")
    items = visitor.ask("merch", "GET", "/merch/items")
    inventory = visitor.ask("merch", "GET", "/merch/inventory")
    purchases = visitor.ask("merch", "GET", f"/merch/purchases?limit={_LINES}")
    return View(
        title=request.translate("Merch"),
        may_be_found=False,
        values={
            "balance": balance.value if balance.ok else None,
            "items": [each for each in items.value["items"] if each["on_sale"]] if items.ok else None,
            "inventory": inventory.value["items"] if inventory.ok else [],
            "purchases": purchases.value["items"] if purchases.ok else [],
            "new_key": new_key,
        },
    )


def _transfer(request: PageRequest, fields: Mapping[str, str], visitor: Visitor) -> Outcome:
    amount = read_whole(fields.get("amount", ""), _AMOUNT_AT_MOST)
    if amount is None:
        return Outcome(problem=_not_whole(request, "amount"))
    body = {"to": fields.get("to", "").strip(), "amount": amount}
    reply = visitor.ask("coins", "POST", "/coins/transfers", body, headers=key_of(fields))
    return outcome_of(reply, "/account/wallet?done=sent_coins", request.translate)


def _buy(request: PageRequest, fields: Mapping[str, str], visitor: Visitor) -> Outcome:
    quantity = read_whole(fields.get("quantity", "1"), _QUANTITY_AT_MOST)
    if quantity is None:
        return Outcome(problem=_not_whole(request, "quantity"))
    body = {"items": [{"item": fields.get("item", ""), "quantity": quantity}]}
    reply = visitor.ask("merch", "POST", "/merch/purchases", body, headers=key_of(fields))
    return outcome_of(reply, "/account/merch?done=bought", request.translate)


def read_whole(text: str, most: int) -> int | None:
    """Return a whole number from 1 to `most`; None for what is none."""
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    return int(text) if 1 <= int(text) <= most else None


def key_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the header that makes a form that is sent twice one act."""
    return {"Idempotency-Key": fields.get("key", "")[:100] or new_key()}


def _not_whole(request: PageRequest, field: str) -> Problem:
    _ = request.translate
    return Problem(summary=_("The form has a fault."), errors={field: _("Give a whole number of at least 1.")})


PERSONAL = (
    PersonalPage(name="wallet", template="account/wallet.html", view=_wallet),
    PersonalPage(name="merch", template="account/merch.html", view=_merch),
)
FORMS = (
    Form(name="transfer", page="wallet", submit=_transfer),
    Form(name="buy", page="merch", submit=_buy),
)
