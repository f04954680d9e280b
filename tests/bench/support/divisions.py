"""Real results of many divisions, with match statistics and odds, as the models read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.analyze.models.results import Floats, Ints, Results
from tests.support.reference import REFERENCE

if TYPE_CHECKING:
    import pyarrow as pa

ODDS = Path("football/odds/all_divisions_1993_2025.parquet")
CHALLENGE = Path("football/results/spc2023_training_set_2000_2023.parquet")

TOP_FIVE = ("E0", "SP1", "I1", "D1", "F1")
COUNTRIES = {
    "England": ("E0", "E1", "E2", "E3", "EC"),
    "Spain": ("SP1", "SP2"),
    "Italy": ("I1", "I2"),
    "Germany": ("D1", "D2"),
    "France": ("F1", "F2"),
    "Scotland": ("SC0", "SC1", "SC2", "SC3"),
    "Netherlands": ("N1",),
    "Portugal": ("P1",),
    "Belgium": ("B1",),
    "Turkey": ("T1",),
    "Greece": ("G1",),
}
"""Divisions of a country, highest first."""

_STATISTICS = (("FTHG", "FTAG"), ("HST", "AST"), ("HS", "AS"), ("HC", "AC"))
"""In the order of `functions.analyze.models.results.SIGNALS`."""
_CLOSING = ("PSCH", "PSCD", "PSCA")
_BEFORE = (("AvgH", "AvgD", "AvgA"), ("BbAvH", "BbAvD", "BbAvA"), ("B365H", "B365D", "B365A"))
"""Market averages before the match, under the names of the years, and one bookmaker's where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """All matches of one country's divisions (M of them), oldest first."""

    name: str
    results: Results
    league: Ints
    """Shape (M,), index into `divisions`."""
    divisions: tuple[str, ...]
    closing: Floats
    """Shape (M, 3), Pinnacle's closing odds; NaN where unknown."""
    before: Floats
    """Shape (M, 3), average odds some days before."""


def countries(names: tuple[str, ...] = tuple(COUNTRIES), *, first_season: int = 1993) -> list[Country]:
    """The countries of these names, from the season that starts in `first_season`."""
    import pyarrow.parquet as pq

    expected = ["Div", "Season", "Date", "HomeTeam", "AwayTeam", *(n for pair in _STATISTICS for n in pair), *_CLOSING]
    table = pq.read_table(REFERENCE / ODDS, columns=expected + [name for three in _BEFORE for name in three])
    return [_country(name, table, first_season) for name in names]


def _country(name: str, table: pa.Table, first_season: int) -> Country:
    import pyarrow as pa
    import pyarrow.compute as pc

    divisions = COUNTRIES[name]
    table = table.append_column("season", pc.utf8_slice_codeunits(table["Season"], 0, 4).cast(pa.int64()))
    played = pc.and_(pc.is_valid(table["FTHG"]), pc.is_valid(table["FTAG"]))
    named = pc.and_(pc.is_valid(table["HomeTeam"]), pc.greater_equal(table["season"], first_season))
    rows = table.filter(pc.and_(pc.and_(played, named), pc.is_in(table["Div"], pa.array(divisions))))
    rows = rows.sort_by([("Date", "ascending"), ("Div", "ascending"), ("HomeTeam", "ascending")])
    league = np.array([divisions.index(division) for division in rows["Div"].to_pylist()], dtype=np.int64)
    counts = np.stack([np.stack([_numbers(rows, n) for n in pair], axis=1) for pair in _STATISTICS], axis=2)
    before = _odds(rows, _BEFORE[0])
    for names in _BEFORE[1:]:
        before = np.where(np.isnan(before), _odds(rows, names), before)
    return Country(
        name=name,
        results=arrays(rows, "HomeTeam", "AwayTeam", rows["season"].to_numpy(), counts, league),
        league=league,
        divisions=divisions,
        closing=_odds(rows, _CLOSING),
        before=before,
    )


def arrays(rows: Any, home: str, away: str, season: Ints, counts: Floats, division: Ints) -> Results:
    """Rows in order of their day as `Results`; teams are numbered by name."""
    import pyarrow as pa

    names = [[name.strip() for name in rows[column].to_pylist()] for column in (home, away)]
    index = {name: place for place, name in enumerate(sorted({*names[0], *names[1]}))}
    return Results(
        team_ids=tuple(range(len(index))),
        home=np.array([index[name] for name in names[0]], dtype=np.int64),
        away=np.array([index[name] for name in names[1]], dtype=np.int64),
        home_goals=counts[:, 0, 0],
        away_goals=counts[:, 1, 0],
        day=rows["Date"].cast(pa.int32()).to_numpy().astype(np.float64),
        season=np.asarray(season, dtype=np.int64),
        counts=counts,
        division=division,
    )


def _numbers(rows: pa.Table, name: str) -> Floats:
    return np.asarray(rows[name].to_numpy(zero_copy_only=False), dtype=np.float64)


def _odds(rows: pa.Table, names: tuple[str, ...]) -> Floats:
    """Shape (M, 3); a row with a price missing, or one that pays nothing, is NaN throughout."""
    odds = np.stack([_numbers(rows, name) for name in names], axis=1)
    return np.where((odds > 1.0).all(axis=1, keepdims=True), odds, np.nan)
