"""The OpenAPI operations of plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.plot.edge import CSV, PNG, SVG, FormQuery, PictureQuery, RadarQuery, RatingsQuery, SeasonQuery
from shared.web.openapi import JSON, Operation, ResponseSpec


class Table(BaseModel):
    """The table behind a picture and its description; further fields depend on the picture."""

    model_config = ConfigDict(extra="allow")
    title: str
    text: str
    items: list[dict[str, Any]]


_PICTURE: Mapping[int, ResponseSpec] = {
    200: ResponseSpec(
        description="The picture as `format` says; `json` and `csv` are the table behind it.",
        content={SVG: str, PNG: bytes, JSON: Table, CSV: str},
        headers={"ETag": "a digest of everything that is shown", "Link": "for images: the path of the description"},
    ),
    304: ResponseSpec(description="The caller has this version already."),
}


def _picture(text: str, query: type[PictureQuery] = PictureQuery) -> Operation:
    return Operation(summary=text, query=query, responses=_PICTURE, error_statuses=(404, 406, 429))


OPERATIONS = {
    "shot_map": _picture("Shot map of a match"),
    "xg_race": _picture("Expected goals of a match over time"),
    "score_matrix": _picture("Probability of each score of a match"),
    "positions": _picture("Positions in a league's table by round", SeasonQuery),
    "ranks": _picture("Probability of each final place of each team"),
    "rating_lines": _picture("Ratings of a season's teams by week", RatingsQuery),
    "form": _picture("Last results of every team", FormQuery),
    "player_radar": _picture("A player compared with those of his position", RadarQuery),
}
