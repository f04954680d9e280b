"""Settings of bidding: where the market is, and the keys that stores' API keys are sealed with."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.accounts import parse_keys
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSettings:
    """The market that campaigns bid in."""

    url: str = setting(
        "MARKET_URL", parsers.url("http", "https"), "", "address of the market's API for sellers; empty = nobody bids"
    )
    requests_per_s: float = setting(
        "MARKET_REQUESTS_PER_S", parsers.rate, 5.0, "requests of one seller a second, over all processes"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingSettings:
    """Keys that stores' API keys at the market are encrypted with."""

    keys: tuple[tuple[str, str], ...] = setting(
        "SEALING_KEYS", parse_keys, (), "kid:secret pairs for stored API keys; the first seals, all open", secret=True
    )
