"""Parses football-data.co.uk's price columns: bookmaker, market, outcome and moment in a few letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.domain.archives import sheet
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.sheet import Sheet

BOOKMAKERS = {
    "1XB": "1xbet",
    "Avg": "market_average",
    "B365": "bet365",
    "BF": "betfair",
    "BFD": "betfred",
    "BFE": "betfair_exchange",
    "BMGM": "betmgm",
    "BS": "blue_square",
    "BV": "betvictor",
    "BW": "bwin",
    "BbAv": "betbrain_average",
    "BbMx": "betbrain_max",
    "CL": "coral",
    "GB": "gamebookers",
    "IW": "interwetten",
    "LB": "ladbrokes",
    "Max": "market_max",
    "P": "pinnacle",
    "PS": "pinnacle",
    "SB": "sportingbet",
    "SJ": "stan_james",
    "SO": "sporting_odds",
    "SY": "stanleybet",
    "VC": "vc_bet",
    "WH": "william_hill",
}
"""Bookmakers by code; Pinnacle has two. Averages and maxima of the market have codes as well."""

COUNTS = frozenset({"Bb1X2", "BbOU", "BbAH"})
"""Columns with the number of bookmakers, which are no prices."""

_CODE = "|".join(sorted(map(re.escape, BOOKMAKERS), key=len, reverse=True))
_RESULT = re.compile(rf"({_CODE})(C?)([HDA])")
_TOTAL = re.compile(rf"({_CODE})(C?)([<>])(\d+\.\d+)")
_HANDICAP = re.compile(rf"({_CODE})(C?)AH([HA])")
_LINE = re.compile(rf"AHC?h|BbAHh|(?:{_CODE})C?AH")
_OUTCOMES = {"H": "home", "D": "draw", "A": "away", "<": "under", ">": "over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceColumn:
    """One column of prices."""

    name: str
    bookmaker: str
    market: str
    outcome: str
    is_closing: bool
    line: str = ""
    """The same for all rows."""
    line_column: str = ""
    """Where each row has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A column with its values, one per row of its sheet; None where there is no price."""

    column: PriceColumn
    lines: Sequence[str]
    decimals: Sequence[float | None]


def columns(heading: Sequence[str]) -> list[PriceColumn]:
    """The columns of a heading that hold prices."""
    return [column for name in heading if (column := _column(name, heading))]


def is_line(name: str) -> bool:
    """Whether a column holds the lines of handicaps."""
    return _LINE.fullmatch(name) is not None


def prices(rows: Sheet, report: Report) -> Iterator[Prices]:
    """Every column of prices; what is no price in it is reported and left out.

    Of rows that are wider than their heading none is read: columns were put into the file and not into its heading, so
    a price would be stored under a neighbour's name.
    """
    priced = columns(rows.heading)
    if priced and (wide := [line for line in rows.lines if line in rows.wide_lines]):
        for line in wide:
            report.note(rows.document, Reason.HEADING_OUTGROWN, "the row", row=line)
    for column in _decimal_only(priced, rows, report):
        decimals = [
            None if line in rows.wide_lines else _price(value, column.name, line, rows.document, report)
            for line, value in zip(rows.lines, rows.column(column.name), strict=True)
        ]
        lines: Sequence[str] = [column.line] * len(decimals)
        if column.line_column:
            lines = [_line(value) for value in rows.column(column.line_column)]
            decimals = [price if line else None for price, line in zip(decimals, lines, strict=True)]
        if any(price is not None for price in decimals):
            yield Prices(column=column, lines=lines, decimals=decimals)


_HIGHEST_MEDIAN = 30.0
"""Decimal odds of one outcome over many matches have a median far below; American ones begin with 100."""


def _decimal_only(priced: Sequence[PriceColumn], rows: Sheet, report: Report) -> list[PriceColumn]:
    """The columns of those bookmakers and markets whose prices are decimal odds; others are reported whole."""
    odd = {_market(column) for column in priced if not _is_decimal(rows.column(column.name))}
    for column in priced:
        if _market(column) in odd:
            report.note(rows.document, Reason.NOT_DECIMAL, column.name)
    return [column for column in priced if _market(column) not in odd]


def _market(column: PriceColumn) -> tuple[str, str, bool]:
    return column.bookmaker, column.market, column.is_closing


def _is_decimal(cells: Sequence[object]) -> bool:
    """No minus before any price, and none so high as American odds are."""
    numbers = sorted(number for number in map(sheet.decimal, cells) if number is not None)
    if not numbers:
        return True
    return numbers[0] > -100 and numbers[len(numbers) // 2] < _HIGHEST_MEDIAN


def _column(name: str, heading: Sequence[str]) -> PriceColumn | None:
    if match := _RESULT.fullmatch(name):
        return _price_column(name, match, "result")
    if match := _TOTAL.fullmatch(name):
        return _price_column(name, match, "total", line=match[4])
    if match := _HANDICAP.fullmatch(name):
        line = next((line for line in _line_columns(match[1], match[2]) if line in heading), "")
        return _price_column(name, match, "handicap", line_column=line) if line else None
    return None


def _price_column(name: str, match: re.Match[str], market: str, **line: str) -> PriceColumn:
    code, closing, outcome = match[1], match[2], match[3]
    return PriceColumn(
        name=name,
        bookmaker=BOOKMAKERS[code],
        market=market,
        outcome=_OUTCOMES[outcome],
        is_closing=bool(closing),
        **line,
    )


def _line_columns(code: str, closing: str) -> tuple[str, ...]:
    """Where the handicap of a bookmaker may stand: under his own name, the market's or Betbrain's."""
    return (f"{code}{closing}AH", f"AH{closing}h", *(("BbAHh",) if not closing else ()))


def _price(value: object, name: str, line: int, document: str, report: Report) -> float | None:
    if value is None or value == "":
        return None
    price = sheet.decimal(value)
    if price is None:
        report.note(document, Reason.STRAY_TOKEN, f"{name} {value!r}", row=line)
    elif price <= 1:
        report.note(document, Reason.IMPOSSIBLE_PRICE, f"{name} {value!s}", row=line)
        return None
    return price


def _line(value: object) -> str:
    """A handicap in one spelling: ``-0.75``, ``0``; empty where none is told."""
    number = sheet.decimal(value)
    return "" if number is None else f"{number + 0:g}"
