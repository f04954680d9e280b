"""Plot, described for its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.plot.edge import CSV, PNG, SVG, FormQuery, PictureQuery, RadarQuery, RatingsQuery, SeasonQuery
from shared.web.openapi import JSON, Operation, ResponseSpec


class Table(BaseModel):
    """The table behind a picture and the picture in words; further fields depend on the picture."""

    model_config = ConfigDict(extra="allow")
    title: str
    text: str
    items: list[dict[str, Any]]


_PICTURE: Mapping[int, ResponseSpec] = {
    200: ResponseSpec(
        description="The picture as `format` says; `json` and `csv` are the table behind it.",
        content={SVG: str, PNG: bytes, JSON: Table, CSV: str},
        headers={"ETag": "of all that is shown", "Link": "of images: where the same is told in words"},
    ),
    304: ResponseSpec(description="The caller has it already."),
}


def _picture(text: str, query: type[PictureQuery] = PictureQuery) -> Operation:
    return Operation(summary=text, query=query, responses=_PICTURE, error_statuses=(404, 406, 429))


OPERATIONS = {
    "shot_map": _picture("Where the shots of a match were taken"),
    "xg_race": _picture("How the expected goals of a match grew"),
    "score_matrix": _picture("How likely each score of a match is"),
    "positions": _picture("Places in a league's table by round", SeasonQuery),
    "ranks": _picture("How likely each team ends at each place"),
    "rating_lines": _picture("How the ratings of a season's teams moved", RatingsQuery),
    "form": _picture("The last results of every team", FormQuery),
    "player_radar": _picture("A player among those of his position", RadarQuery),
}
