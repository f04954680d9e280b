"""The query parameters of plot, and its responses: an image with its description, or the table behind it."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from flask import Response, request
from pydantic import Field

from functions.plot import service
from functions.plot.drawing_version import drawing_version
from functions.plot.figures.picture import Picture
from shared.web import content_negotiation, http
from shared.web.request_models import Query

SVG, PNG, CSV = "image/svg+xml", "image/png", "text/csv"
_FORMATS = {"svg": SVG, "png": PNG, "json": "application/json", "csv": CSV}
_TYPES = {"svg": f"{SVG}; charset=utf-8", "png": PNG, "csv": f"{CSV}; charset=utf-8"}
_HEADERS = {
    "Cache-Control": "public, max-age=0, must-revalidate",
    "Vary": "Accept",
    # An SVG that is opened by itself is a document: it must not run or load anything.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


class PictureQuery(Query):
    """Parameters of every picture; `theme` applies to images only."""

    format: Literal["svg", "png", "json", "csv"] | None = Field(
        default=None, description="Accept chooses it where this is not given; svg where neither is"
    )
    theme: Literal["light", "dark"] = "light"


class SeasonQuery(PictureQuery):
    """A picture of one season; empty means the newest."""

    season: str = Field(default="", max_length=12, description="2024/25, 2024-25, 2025, or a season id")


class RatingsQuery(SeasonQuery):
    """Parameters of the rating lines."""

    kind: Literal["elo", "pi", "goals"] = "elo"


class FormQuery(SeasonQuery):
    """Parameters of the form strip."""

    n: int = Field(default=10, ge=1, le=20)


class RadarQuery(PictureQuery):
    """Parameters of the player radar."""

    season: int | None = Field(default=None, ge=1, description="season id; the player's newest season if missing")
    min_minutes: int = Field(default=450, ge=90, le=10_000)


def respond(picture: Picture, query: PictureQuery, deps: service.Deps) -> Response:
    """Return the picture in the requested format; its ETag is known before anything is drawn."""
    format_name = content_negotiation.choose(_FORMATS)
    if format_name == "json":
        response = http.cacheable_json(picture.table())
        response.headers["Vary"] = "Accept"
        return response
    digest = picture.digest(drawing_version(), format_name, query.theme)
    response = Response(headers=_HEADERS, content_type=_TYPES[format_name])
    response.set_etag(digest)
    response.headers["Link"] = f'<{_json_path()}>; rel="alternate"; type="application/json"'
    if request.if_none_match.contains(digest):
        response.status_code = 304
    elif format_name == "csv":
        response.set_data(picture.csv())
    else:
        response.set_data(service.get_image(digest, picture, format=format_name, theme=query.theme, deps=deps))
    return response


def _json_path() -> str:
    """Return the path of the same picture as text and table."""
    params = {name: value for name, value in request.args.items() if name not in ("format", "theme")}
    return f"{request.path}?{urlencode({**params, 'format': 'json'})}"
