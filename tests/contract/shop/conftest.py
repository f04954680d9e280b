"""The shop of every test of this folder."""

from __future__ import annotations

from tests.support.shop.functions import shop

__all__ = ["shop"]
