"""How sales are asked for and how they look outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Response
from pydantic import BaseModel

from functions.sales import models, service
from functions.sales.service import Deps
from shared.errors import InvalidInput
from shared.web import callers, content_negotiation, http, json_text, paging, webpage

_COMPLETE_DAYS = 31
Moment = TypeVar("Moment", date, datetime)


@dataclass(frozen=True, slots=True)
class Resource:
    """An aggregate: its query and its answer."""

    query: type[models.Query]
    model: type[BaseModel]


RESOURCES: Mapping[str, Resource] = {
    "categories": Resource(models.PeriodQuery, models.Categories),
    "days": Resource(models.PeriodQuery, models.Days),
    "months": Resource(models.PeriodQuery, models.Months),
    "customers": Resource(models.Query, models.Customers),
    "products": Resource(models.Query, models.Products),
    "cohorts": Resource(models.Query, models.Cohorts),
    "payouts": Resource(models.PeriodQuery, models.Payouts),
    "patterns": Resource(models.PatternQuery, models.Patterns),
}


def page() -> Response:
    """The monitor as a page."""
    return webpage.render(Path(__file__).parent / "page")


def show(name: str, deps: Deps) -> Response:
    """One page of an aggregate that the daily job built."""
    resource = RESOURCES[name]
    caller = callers.caller(deps) if name == "payouts" else callers.operator(deps)
    query = http.read_query(resource.query, ignored=content_negotiation.PARAMETER)
    params = _params(query, deps)
    if name == "payouts":
        params["sellers"] = service.sellers_of(caller, deps)
    rows = deps.tables.read(name, params | {"limit": query.limit + 1})
    return _respond(rows, query, params["offset"], service.provenance(deps), resource.model)


def show_windows(deps: Deps) -> Response:
    """One page of the live windows."""
    callers.operator(deps)
    query = http.read_query(models.WindowQuery, ignored=content_negotiation.PARAMETER)
    ends = query.ends or deps.clock.now()
    begins = query.begins or ends - timedelta(days=1)
    _check_period(begins, ends, service.LIVE_KEPT + timedelta(days=1))
    offset = _offset(query)
    params = {
        "currency": query.currency,
        "minutes": int(query.minutes),
        "begins": begins,
        "ends": ends,
        "offset": offset,
        "limit": query.limit + 1,
    }
    rows = deps.tables.read("windows", params)
    return _respond(rows, query, offset, service.live_provenance(deps), models.Windows)


def show_top(deps: Deps) -> Response:
    """The five best categories of the last hours."""
    callers.operator(deps)
    query = http.read_query(models.TopQuery, ignored=content_negotiation.PARAMETER)
    ends = deps.clock.now()
    params = {"currency": query.currency, "begins": ends - timedelta(hours=query.hours), "ends": ends}
    content = {"provenance": service.live_provenance(deps), "items": deps.tables.read("top", params), "next": None}
    return _private(content, models.Top)


def show_monitor(deps: Deps) -> Response:
    """Sizes, the last 24 hours, lag and the days to build again."""
    callers.operator(deps)
    return callers.private_json(service.monitor(deps))


def _params(query: models.Query, deps: Deps) -> dict[str, Any]:
    params: dict[str, Any] = {"currency": query.currency, "offset": _offset(query)}
    if isinstance(query, models.PeriodQuery):
        first, after = service.last_complete_days(deps, _COMPLETE_DAYS)
        ends = query.ends or after
        begins = query.begins or (first if query.ends is None else ends - timedelta(days=_COMPLETE_DAYS))
        _check_period(begins, ends, timedelta(days=366 * 50))
        params |= {"begins": begins, "ends": ends}
    if isinstance(query, models.PatternQuery):
        params["pattern"] = query.pattern
    return params


def _check_period(begins: Moment, ends: Moment, longest: timedelta) -> None:
    if not (begins.year >= 2000 and ends.year <= 2100 and begins < ends and ends - begins <= longest):
        raise InvalidInput(
            "the period is out of range",
            errors={"begins": f"from 2000, before ends, at most {longest.days} days earlier"},
        )


def _offset(query: models.Query) -> int:
    position = paging.decode(query.cursor, int, query=_paged(query))
    if position and not 0 <= position[0] < 2**31:
        raise InvalidInput("the cursor is not ours", errors={"cursor": "send the `next` of a page"})
    return position[0] if position else 0


def _paged(query: models.Query) -> str:
    """The query that is paged, to which alone its cursors belong."""
    return query.model_dump_json(exclude={"cursor", "limit"})


def _respond(
    rows: list[dict[str, Any]], query: models.Query, offset: int, provenance: dict[str, Any], model: type[BaseModel]
) -> Response:
    following = paging.encode([offset + query.limit], query=_paged(query)) if len(rows) > query.limit else None
    return _private({"provenance": provenance, "items": rows[: query.limit], "next": following}, model)


def _private(content: dict[str, Any], model: type[BaseModel]) -> Response:
    response = content_negotiation.respond(json_text.encode(content), lambda: model)
    response.headers.update(callers.NO_STORE)
    return response
