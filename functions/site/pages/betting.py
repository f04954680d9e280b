"""The visitor's bets with simulated money: lines, a slip, bets, cash-outs, limits and self-exclusion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from functions.site.page import PageRequest, View, parse_day
from functions.site.pages.wallet import key_of, read_whole
from functions.site.personal import Form, Outcome, PersonalPage, Problem, new_key, outcome_of, problem_of
from functions.site.texts import mark as _
from functions.site.visitor import Reply, Visitor

_EVENTS = 40
_BETS = 50
_STAKE_AT_MOST = 10**15
_PICK = "pick-"
KINDS = {
    "1x2": _("Result"),
    "double_chance": _("Double chance"),
    "draw_no_bet": _("Draw no bet"),
    "total": _("Goals"),
    "handicap": _("Handicap"),
    "both_score": _("Both score"),
    "correct_score": _("Correct score"),
    "manual": _("Outcome"),
}
OUTCOMES = {
    "home": _("home win"),
    "draw": _("draw"),
    "away": _("away win"),
    "home_draw": _("home or draw"),
    "home_away": _("home or away"),
    "draw_away": _("draw or away"),
    "over": _("over"),
    "under": _("under"),
    "yes": _("yes"),
    "no": _("no"),
    "win": _("it happens"),
    "other": _("any other"),
}
STATES = {"open": _("open"), "settled": _("settled"), "cancelled": _("cancelled"), "cashed_out": _("cashed out")}
REFUSALS = {
    "MARKET_SUSPENDED": _("This market is suspended at the moment."),
    "EVENT_STARTED": _("The match has begun."),
    "PRICE_CHANGED": _("The price has changed. Look at the new one and decide again."),
    "STAKE_TOO_SMALL": _("The stake is too small."),
    "STAKE_TOO_LARGE": _("The stake is above the limit of one bet."),
    "PAYOUT_LIMIT": _("The payout would be above the limit."),
    "DAILY_LIMIT": _("The stake is above what is left of your day."),
    "SELF_EXCLUDED": _("You have excluded yourself from betting."),
    "INSUFFICIENT_FUNDS": _("You have too few coins."),
    "CORRELATED_LEGS": _("Two picks of one match cannot be combined."),
    "CASH_OUT_GONE": _("The offer is over. Ask for another one."),
}


def _lines(request: PageRequest, visitor: Visitor) -> View:
    reply = visitor.ask("lines", "GET", f"/lines?state=open&limit={_EVENTS}")
    events = reply.value["items"] if reply.ok else None
    return _view(request, _("Lines"), visitor, events=events, whole=False)


def _event(request: PageRequest, visitor: Visitor) -> View:
    reply = visitor.ask("lines", "GET", f"/lines/{request['event']}")
    return _view(request, _("Lines"), visitor, events=[reply.value] if reply.ok else None, whole=True)


def _bets(request: PageRequest, visitor: Visitor) -> View:
    reply = visitor.ask("bets", "GET", f"/bets?limit={_BETS}")
    return _view(request, _("My bets"), visitor, bets=reply.value["items"] if reply.ok else None)


def _limits(request: PageRequest, visitor: Visitor) -> View:
    return _view(request, _("Limits of betting"), visitor)


def _view(request: PageRequest, title: str, visitor: Visitor, **values: Any) -> View:
    """Return the view of a page of bets; limits and balance stand on each of them."""
    limits = visitor.ask("bets", "GET", "/bets/limits")
    balance = visitor.ask("coins", "GET", "/coins")
    return View(
        title=request.translate(title),
        may_be_found=False,
        values={
            **values,
            "limits": limits.value if limits.ok else None,
            "balance": balance.value if balance.ok else None,
            "new_key": new_key,
            "kinds": KINDS,
            "outcomes": OUTCOMES,
            "states": STATES,
        },
    )


def _place(request: PageRequest, fields: Mapping[str, str], visitor: Visitor) -> Outcome:
    translate = request.translate
    legs = [leg for name, text in fields.items() if name.startswith(_PICK) and (leg := _read_pick(text))]
    stake = read_whole(fields.get("stake", ""), _STAKE_AT_MOST)
    if not legs or stake is None:
        return Outcome(problem=Problem(summary=translate(_("Pick at least one outcome, and give a stake."))))
    body = {"legs": legs, "stake": stake, "accept_better": True}
    reply = visitor.ask("bets", "POST", "/bets", body, headers=key_of(fields))
    return _outcome(request, reply, "/account/bets?done=bet")


def _read_pick(text: str) -> dict[str, int] | None:
    selection, _colon, version = text.partition(":")
    numbers = [read_whole(each, 2**31 - 1) for each in (selection, version)]
    return None if None in numbers else {"selection_id": int(selection), "version": int(version)}


def _offer(request: PageRequest, fields: Mapping[str, str], visitor: Visitor) -> Outcome:
    if (bet_id := _read_id(fields.get("bet", ""))) is None:
        return Outcome(problem=Problem(summary=request.translate(_("There is no such bet."))))
    reply = visitor.ask("bets", "POST", f"/bets/{bet_id}/cash-out-offers", {"stake": None}, headers=key_of(fields))
    if not reply.ok:
        return _outcome(request, reply, "")
    offer_id, amount = quote(str(reply.value.get("id", ""))), quote(str(reply.value.get("amount", "")))
    return Outcome(location=f"/account/bets?offer={offer_id}&amount={amount}")


def _cash_out(request: PageRequest, fields: Mapping[str, str], visitor: Visitor) -> Outcome:
    body = {"offer_id": fields.get("offer", "")}
    reply = visitor.ask("bets", "POST", "/bets/cash-outs", body, headers=key_of(fields))
    return _outcome(request, reply, "/account/bets?done=cashed_out")


def _set_limit(request: PageRequest, fields: Mapping[str, str], visitor: Visitor) -> Outcome:
    text = fields.get("daily_stake", "").strip()
    limit = read_whole(text, _STAKE_AT_MOST)
    if text and limit is None:
        return Outcome(problem=Problem(summary=request.translate(_("Give a whole number of at least 1."))))
    reply = visitor.ask("bets", "PUT", "/bets/limits", {"daily_stake": limit})
    return outcome_of(reply, "/account/limits?done=limit", request.translate)


def _exclude(request: PageRequest, fields: Mapping[str, str], visitor: Visitor) -> Outcome:
    day = parse_day(fields.get("until", ""))
    if day is None:
        return Outcome(problem=Problem(summary=request.translate(_("Give the day until which you will not bet."))))
    until = datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
    reply = visitor.ask("bets", "PUT", "/bets/self-exclusion", {"until": until})
    return outcome_of(reply, "/account/limits?done=excluded", request.translate)


def _outcome(request: PageRequest, reply: Reply, location: str) -> Outcome:
    if reply.ok:
        return Outcome(location=location)
    code = reply.value.get("code", "") if isinstance(reply.value, dict) else ""
    if code in REFUSALS:
        return Outcome(problem=Problem(summary=request.translate(REFUSALS[code])))
    return Outcome(problem=problem_of(reply, request.translate))


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


PERSONAL = (
    PersonalPage(name="lines", template="account/lines.html", view=_lines),
    PersonalPage(name="line", template="account/lines.html", view=_event),
    PersonalPage(name="bets", template="account/bets.html", view=_bets, parameters=("next", "done", "offer", "amount")),
    PersonalPage(name="limits", template="account/limits.html", view=_limits),
)
FORMS = (
    Form(name="place", page="lines", submit=_place),
    Form(name="offer", page="bets", submit=_offer),
    Form(name="cash_out", page="bets", submit=_cash_out),
    Form(name="limit", page="limits", submit=_set_limit),
    Form(name="exclude", page="limits", submit=_exclude),
)
