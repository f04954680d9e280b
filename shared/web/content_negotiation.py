"""Collections in the form that the caller accepts: JSON, CSV, Parquet or Arrow, all with the same columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from shared.errors import NotAcceptable
from shared.web import http, tabular
from shared.web.tabular_schema import ARROW, CSV, JSON, PARQUET, collection

FORMS = (JSON, CSV, PARQUET, ARROW)
_CONTENT_TYPES = {CSV: "text/csv; charset=utf-8; header=present"}

Remember = Callable[[str, Callable[[], bytes]], bytes]
"""Gives the bytes of a form: those it remembers, or those it is told how to make."""


def respond(raw: bytes, model: Callable[[], type], *, remember: Remember = lambda form, make: make()) -> Response:
    """An answer in the form the caller prefers, with an ETag of its own; `Link` names the next page.

    Parameters
    ----------
    raw : the answer in JSON.
    model : tells the answer's model. Only asked where JSON is not what the caller wants: it is slow to import.
    remember : asked for the bytes of the other forms.

    Raises
    ------
    NotAcceptable : the caller takes nothing that there is.
    """
    form = wanted(model)
    body = raw if form == JSON else remember(form, lambda: encode(form, model(), json.loads(raw)))
    response = Response(body, content_type=_CONTENT_TYPES.get(form, form))
    response.vary.add("Accept")
    if form != JSON and (cursor := json.loads(raw).get("next")):
        response.headers["Link"] = f'<{_with_cursor(cursor)}>; rel="next"'
    return http.make_conditional(response)


def wanted(model: Callable[[], type]) -> str:
    """The form the caller prefers among those the answer has, JSON where they do not care."""
    if not request.accept_mimetypes:
        return JSON
    if request.accept_mimetypes.best_match(FORMS) == JSON:
        return JSON
    offered = offers(model())
    best = request.accept_mimetypes.best_match(offered)
    if best is None:
        raise NotAcceptable(f"this is answered as {', '.join(offered)}")
    return best


@cache
def offers(model: type) -> tuple[str, ...]:
    """The forms of an answer: whatever is no collection has only JSON."""
    return FORMS if collection(model) else (JSON,)


def encode(form: str, model: type, content: dict[str, Any]) -> bytes:
    """The rows of an answer in one of the forms that are not JSON."""
    listed = collection(model)
    assert listed is not None
    name, item = listed
    return tabular.encode(form, item, content[name])


def _with_cursor(cursor: str) -> str:
    return f"{request.path}?{urlencode({**request.args, 'cursor': cursor})}"
