"""Decimal odds in hundredths as people read them."""

from __future__ import annotations


def to_text(odds_hundredths: int) -> str:
    """Odds with two decimals: ``185`` is ``1.85``."""
    return f"{odds_hundredths // 100}.{odds_hundredths % 100:02d}"
