"""A price's column tells bookmaker, market, outcome and moment in a few letters."""

from __future__ import annotations

import pytest

from shared.domain.archives import price_columns
from shared.domain.archives.price_columns import PriceColumn
from shared.domain.archives.report import Report
from shared.domain.archives.sheet import Sheet

HEADING = (
    "B365H",
    "BFD",
    "BFEH",
    "PSCA",
    "P<2.5",
    "AvgC>2.5",
    "BbAvAHH",
    "BbAHh",
    "PCAHA",
    "AHCh",
    "B365AHH",
    "B365AH",
)


def column(name: str) -> PriceColumn:
    (result,) = [result for result in price_columns.columns(HEADING) if result.name == name]
    return result


@pytest.mark.parametrize(
    ("name", "bookmaker", "market", "outcome", "is_closing", "line"),
    [
        ("B365H", "bet365", "result", "home", False, ""),
        ("BFD", "betfair", "result", "draw", False, ""),
        ("BFEH", "betfair_exchange", "result", "home", False, ""),
        ("PSCA", "pinnacle", "result", "away", True, ""),
        ("P<2.5", "pinnacle", "total", "under", False, "2.5"),
        ("AvgC>2.5", "market_average", "total", "over", True, "2.5"),
        ("BbAvAHH", "betbrain_average", "handicap", "home", False, "BbAHh"),
        ("PCAHA", "pinnacle", "handicap", "away", True, "AHCh"),
        ("B365AHH", "bet365", "handicap", "home", False, "B365AH"),
    ],
)
def test_a_name_is_explained(name: str, bookmaker: str, market: str, outcome: str, is_closing: bool, line: str) -> None:
    result = column(name)
    assert (result.bookmaker, result.market, result.outcome, result.is_closing) == (
        bookmaker,
        market,
        outcome,
        is_closing,
    )
    assert line in (result.line, result.line_column)


@pytest.mark.parametrize("name", ["FTHG", "HS", "Bb1X2", "BbAHh", "AHCh", "B365AH", "GBAHX"])
def test_other_columns_hold_no_prices(name: str) -> None:
    assert not price_columns.columns([name])


def test_a_handicap_without_its_line_is_no_price() -> None:
    rows = Sheet(
        document="x", heading=("PAHH", "AHh"), lines=[2, 3, 4], rows=[["1.9", "-0.5"], ["2", ""], ["2.05", "0"]]
    )
    (prices,) = price_columns.prices(rows, Report())
    assert list(zip(prices.lines, prices.decimals, strict=True)) == [("-0.5", 1.9), ("", None), ("0", 2.05)]
