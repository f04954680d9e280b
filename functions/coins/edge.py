"""The bodies and queries coins accepts of users, and how balances and histories look outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.coins import service
from functions.coins.ports import Deps
from shared.domain.money.history import HistoryLine, StatementLine
from shared.errors import InvalidInput
from shared.web import callers, content_negotiation, http, json_text, paging

_EXPORTED_LINES = 100_000
_LONGEST_PERIOD = timedelta(days=3 * 366)


class TransferOrder(BaseModel):
    """A transfer: the receiver and the number of coins."""

    model_config = ConfigDict(extra="forbid", strict=True)
    to: str = Field(max_length=200, description="the receiver's username")
    amount: int = Field(ge=1, le=10**15)


class HistoryPage(BaseModel):
    """Query of a page of history."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class Period(BaseModel):
    """Query of a statement: from a moment, until before another; the last 30 days unless it says when."""

    model_config = ConfigDict(extra="forbid")
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None


class StatementRow(BaseModel):
    """One posting of a statement, as CSV has it too."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    counterparty: str
    booked_at: datetime
    effective_at: datetime
    reverses: str


class DayRow(BaseModel):
    """The sums of one day."""

    day: str
    received: int
    sent: int
    n_postings: int


class StatementContent(BaseModel):
    """A period of an account; CSV, Parquet and Arrow hold its items."""

    begins: datetime
    ends: datetime
    opening: int
    closing: int
    days: list[DayRow]
    items: list[StatementRow]


def show_balance(deps: Deps) -> Response:
    """Return the caller's balance."""
    balance = service.read_balance(callers.caller(deps), deps)
    return callers.private_json(
        {
            "balance": balance.posted,
            "pending": balance.pending,
            "available": balance.available,
            "state": balance.state,
        }
    )


def transfer(deps: Deps) -> Response:
    """201 with the transaction."""
    caller, order = callers.caller(deps), http.read_body(TransferOrder)
    key = callers.idempotency_key(caller, "transfer", order.model_dump())
    moved = service.transfer(caller, order.to, order.amount, key, deps)
    replayed = {"Idempotency-Replayed": "true"} if moved.replayed else {}
    content = {"transaction_id": moved.transaction_id, "amount": order.amount, "balance": moved.balance}
    return callers.private_json(content, 201, **replayed)


def list_history(deps: Deps) -> Response:
    """One page, the latest first."""
    caller, page = callers.caller(deps), http.read_query(HistoryPage)
    position = paging.decode(page.cursor, int)
    lines = service.read_history(caller, before=position[0] if position else 0, limit=page.limit + 1, deps=deps)
    shown = lines[: page.limit]
    following = paging.encode([shown[-1].number]) if len(lines) > page.limit else None
    return callers.private_json({"items": _to_named_json(shown, deps), "next": following})


def list_counterparties(deps: Deps) -> Response:
    """Sums by the other owner."""
    sums = service.read_counterparties(callers.caller(deps), deps)
    names = service.names_of_owners([each.counterparty for each in sums], deps)
    items = [{**each._asdict(), "counterparty": names[each.counterparty]} for each in sums]
    return callers.private_json({"items": items})


def show_statement(deps: Deps) -> Response:
    """A period as JSON, or its postings as CSV, Parquet or Arrow."""
    caller = callers.caller(deps)
    begins, ends = _period(http.read_query(Period), deps.clock.now())
    statement = service.read_statement(caller, begins, ends, deps)
    content = {
        "begins": statement.begins,
        "ends": statement.ends,
        "opening": statement.opening,
        "closing": statement.closing,
        "days": [{**each._asdict(), "day": each.day.isoformat()} for each in statement.days],
        "items": _to_named_json(statement.lines, deps),
    }
    response = content_negotiation.respond(json_text.encode(content), lambda: StatementContent)
    response.headers.update(callers.NO_STORE)
    return response


def export(deps: Deps) -> Response:
    """The caller's part of the account's export; of others it names nobody."""
    caller = callers.caller(deps)
    lines = service.read_history(caller, before=0, limit=_EXPORTED_LINES, deps=deps)
    items = [{name: value for name, value in line._asdict().items() if name != "counterparty"} for line in lines]
    return callers.private_json({"balance": service.read_balance(caller, deps).posted, "postings": items})


def _period(query: Period, now: datetime) -> tuple[datetime, datetime]:
    ends = query.ends or now
    begins = query.begins or ends - timedelta(days=30)
    if not (datetime(2000, 1, 1, tzinfo=UTC) <= begins < ends <= datetime(2200, 1, 1, tzinfo=UTC)):
        raise InvalidInput("the period is out of range", errors={"begins": "must be after 2000 and before ends"})
    if ends - begins > _LONGEST_PERIOD:
        raise InvalidInput("the period is too long", errors={"ends": "at most three years after begins"})
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _to_named_json(lines: Sequence[HistoryLine] | Sequence[StatementLine], deps: Deps) -> list[dict[str, Any]]:
    names = service.names_of_owners([line.counterparty for line in lines], deps)
    shown = []
    for line in lines:
        fields = line._asdict()
        fields.pop("detail")
        shown.append({**fields, "counterparty": names[line.counterparty]})
    return shown
