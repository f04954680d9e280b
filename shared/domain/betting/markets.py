"""The markets of a match: their outcomes, and their prices once they have some."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from shared.domain.betting.settlement import CORRECT_SCORE_GOALS, MarketKind

OUTCOMES = MappingProxyType(
    {
        MarketKind.ONE_X_TWO: ("home", "draw", "away"),
        MarketKind.DOUBLE_CHANCE: ("home_draw", "home_away", "draw_away"),
        MarketKind.DRAW_NO_BET: ("home", "away"),
        MarketKind.TOTAL: ("over", "under"),
        MarketKind.HANDICAP: ("home", "away"),
        MarketKind.BOTH_SCORE: ("yes", "no"),
        MarketKind.CORRECT_SCORE: (
            *(f"{home}-{away}" for home in range(CORRECT_SCORE_GOALS + 1) for away in range(CORRECT_SCORE_GOALS + 1)),
            "other",
        ),
    }
)
"""The outcomes of each kind of market, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class PricedMarket:
    """The prices of one market."""

    kind: MarketKind
    line: int | None
    probabilities: tuple[float, ...]
    """Of each outcome of `OUTCOMES`, without margin, given that the stake does not come back."""
    odds_hundredths: tuple[int, ...]
    """Of each outcome; 0 where none is quoted."""
