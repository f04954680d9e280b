"""Responses in the media type the caller wants, by the ``format`` parameter or else by ``Accept``.

Both work on every route that has more than one form. ``format`` wins where both are sent: a link or a browser's address
bar can name it, while browsers send an ``Accept`` of their own. Collections come as JSON, CSV, Parquet and Arrow, all
with the same columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from shared.errors import InvalidInput, NotAcceptable
from shared.web import tabular
from shared.web.responses import make_conditional
from shared.web.tabular_schema import ARROW, CSV, EXCEL_CSV, JSON, PARQUET, collection

PARAMETER = "format"
FORMATS: Mapping[str, str] = {"json": JSON, "csv": CSV, "parquet": PARQUET, "arrow": ARROW, "excel": EXCEL_CSV}
"""The media types of collections by the name that ``format`` takes; the first where the caller does not care."""
_JSON_ONLY = {"json": JSON}
_CONTENT_TYPES = dict.fromkeys((CSV, EXCEL_CSV), "text/csv; charset=utf-8; header=present")

Remember = Callable[[str, Callable[[], bytes]], bytes]
"""Returns the remembered body of a media type, or what the second argument makes, which it remembers."""


def choose(formats: Mapping[str, str]) -> str:
    """Return the name of the format the caller wants, the first where they do not care.

    Parameters
    ----------
    formats : media types by name.

    Raises
    ------
    InvalidInput : the ``format`` parameter names none of them.
    NotAcceptable : none of the media types in ``Accept`` is among them.
    """
    requested = request.args.getlist(PARAMETER)
    if requested:
        if len(requested) > 1 or requested[0] not in formats:
            rule = f"must be one of {', '.join(formats)}"
            raise InvalidInput("the query does not fit", errors={PARAMETER: rule})
        return requested[0]
    if not request.accept_mimetypes:
        return next(iter(formats))
    best = request.accept_mimetypes.best_match(formats.values())
    if best is None:
        raise NotAcceptable(f"this is available as {', '.join(formats.values())}")
    return next(name for name, media_type in formats.items() if media_type == best)


def respond(raw: bytes, model: Callable[[], type], *, remember: Remember = lambda media_type, make: make()) -> Response:
    """Return a response in the media type the caller wants, with an ETag of its own; `Link` names the next page.

    Parameters
    ----------
    raw : the body in JSON.
    model : returns the body's model. Only called where the caller does not want JSON: it is slow to import.
    remember : called for the bodies of the other media types.

    Raises
    ------
    InvalidInput, NotAcceptable : as `choose`.
    """
    media_type = _media_type(model)
    body = raw if media_type == JSON else remember(media_type, lambda: encode(media_type, model(), json.loads(raw)))
    response = Response(body, content_type=_CONTENT_TYPES.get(media_type, media_type))
    response.headers["Vary"] = "Accept"
    if media_type != JSON and (cursor := json.loads(raw).get("next")):
        response.headers["Link"] = f'<{_with_cursor(cursor)}>; rel="next"'
    return make_conditional(response)


@cache
def formats_of(model: type) -> Mapping[str, str]:
    """Return the formats of a response: all of a collection, JSON alone of anything else."""
    return FORMATS if collection(model) else _JSON_ONLY


def encode(media_type: str, model: type, content: dict[str, Any]) -> bytes:
    """Encode the rows of a collection in a media type other than JSON."""
    listed = collection(model)
    assert listed is not None
    name, item = listed
    return tabular.encode(media_type, item, content[name])


def _media_type(model: Callable[[], type]) -> str:
    accepted = request.accept_mimetypes
    if PARAMETER not in request.args and (not accepted or accepted.best_match(FORMATS.values()) == JSON):
        return JSON  # without the model
    formats = formats_of(model())
    return formats[choose(formats)]


def _with_cursor(cursor: str) -> str:
    return f"{request.path}?{urlencode({**request.args, 'cursor': cursor})}"
