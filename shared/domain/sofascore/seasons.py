"""Parser of the seasons of a competition, with labels in one form."""

from __future__ import annotations

import re
from datetime import datetime

from shared.domain.football.records import SeasonRecord
from shared.domain.sofascore.json_reader import SOURCE, fault, identifier, objects, read_object, text, version_of

_TWO_YEARS = re.compile(r"(\d{4}|\d{2})\s*[/-]\s*(\d{4}|\d{2})")
_ONE_YEAR = re.compile(r"\b(1[89]\d{2}|20\d{2})\b")


def season_label(label: str, *, newest: int) -> tuple[str, int] | None:
    """Return the label in our form and the year in which the season starts, or None for a label without a year.

    ``24/25`` and ``2024/2025`` become ``2024/25``, ``2025`` stays, `` 72/73`` becomes ``1972/73``.

    Parameters
    ----------
    newest : latest calendar year a season can start in; it decides the century of two digits.
    """
    stripped = label.strip()
    if two := _TWO_YEARS.fullmatch(stripped):
        first, second = two.groups()
        starts_in = int(first) if len(first) == 4 else _full_year(int(first), newest)
        return f"{starts_in}/{second[-2:]}", starts_in
    if stripped.isascii() and stripped.isdigit() and len(stripped) == 4:
        return stripped, int(stripped)
    if two := _TWO_YEARS.search(stripped):
        return season_label(two.group(), newest=newest)
    if one := _ONE_YEAR.search(stripped):
        return one.group(), int(one.group())
    return None


def _full_year(two_digits: int, newest: int) -> int:
    year = newest - newest % 100 + two_digits
    return year if year <= newest else year - 100


def parse_seasons(
    body: str | bytes, *, league_id: int, read_at: datetime, source: str = SOURCE
) -> tuple[SeasonRecord, ...]:
    """Read the seasons, in the source's order (newest first).

    Raises
    ------
    InvalidInput : as every parser; also when neither label nor name of a season contains a year.
    """
    what = f"seasons of league {league_id}"
    version = version_of(read_at)
    seasons = []
    for season in objects(read_object(body, what), "seasons", what):
        season_id = identifier(season, "id", what, "seasons[].id")
        this = f"season {season_id} of league {league_id}"
        year, name = text(season, "year", this), text(season, "name", this).strip()
        # A season may be listed up to two years before it starts (world cups).
        label = season_label(year, newest=read_at.year + 2) or season_label(name, newest=read_at.year + 2)
        if label is None:
            raise fault(this, "year", f"is no season label: {year!r}")
        seasons.append(
            SeasonRecord(
                source=source,
                version=version,
                league_id=league_id,
                season_id=season_id,
                name=name,
                year=label[0],
                starts_in=label[1],
            )
        )
    return tuple(seasons)
