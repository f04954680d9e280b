"""The outside reference."""

from typing import Any


def forecasts(leagues: list[Any]) -> dict[str, Any]:
    return {}
