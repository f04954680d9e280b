"""What plot may be asked, and how it answers: an image with its words, or the table behind it."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from flask import Response, request
from pydantic import Field

from functions.plot import service
from functions.plot.drawing_version import edition
from functions.plot.figures.picture import Picture
from shared.web import content_negotiation, http
from shared.web.request_models import Query

SVG, PNG, CSV = "image/svg+xml", "image/png", "text/csv"
_FORMATS = {"svg": SVG, "png": PNG, "json": "application/json", "csv": CSV}
_TYPES = {"svg": f"{SVG}; charset=utf-8", "png": PNG, "csv": f"{CSV}; charset=utf-8"}
_HEADERS = {
    "Cache-Control": "public, max-age=0, must-revalidate",
    "Vary": "Accept",
    # An SVG that is opened by itself is a document: it may run and load nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


class PictureQuery(Query):
    """In which form; `theme` is of images alone."""

    format: Literal["svg", "png", "json", "csv"] | None = Field(
        default=None, description="Accept chooses it where this is not given; svg where neither is"
    )
    theme: Literal["light", "dark"] = "light"


class SeasonQuery(PictureQuery):
    """Which season; empty means the newest."""

    season: str = Field(default="", max_length=12, description="2024/25, 2024-25, 2025, or a season id")


class RatingsQuery(SeasonQuery):
    """Which ratings."""

    kind: Literal["elo", "pi", "goals"] = "elo"


class FormQuery(SeasonQuery):
    """How many results of each team."""

    n: int = Field(default=10, ge=1, le=20)


class RadarQuery(PictureQuery):
    """Which season of the player, and who is compared with him."""

    season: int | None = Field(default=None, ge=1, description="the source's id; his newest without it")
    min_minutes: int = Field(default=450, ge=90, le=10_000)


def answer(picture: Picture, asked: PictureQuery, deps: service.Deps) -> Response:
    """The picture as asked for, with an ETag that is known before anything is drawn."""
    form = content_negotiation.choose(_FORMATS)
    if form == "json":
        response = http.cacheable_json(picture.table())
        response.headers["Vary"] = "Accept"
        return response
    digest = picture.digest(edition(), form, asked.theme)
    response = Response(headers=_HEADERS, content_type=_TYPES[form])
    response.set_etag(digest)
    response.headers["Link"] = f'<{_in_words()}>; rel="alternate"; type="application/json"'
    if request.if_none_match.contains(digest):
        response.status_code = 304
    elif form == "csv":
        response.set_data(picture.csv())
    else:
        response.set_data(service.image(digest, picture, form=form, theme=asked.theme, deps=deps))
    return response


def _in_words() -> str:
    """Where the same picture is told: its text and its table."""
    asked = {name: value for name, value in request.args.items() if name not in ("format", "theme")}
    return f"{request.path}?{urlencode({**asked, 'format': 'json'})}"
