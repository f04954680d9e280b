"""Settings of the line provider's first API."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings.loading import setting


def _token(text: str) -> str:
    if len(text) < 32:
        raise ValueError("must have 32 characters or more")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProviderSettings:
    """The one service token of the line provider's first API."""

    token: str = setting(
        "LINE_PROVIDER_TOKEN",
        _token,
        "",
        "token of services that make events by hand, 32 characters or more; empty = operators only",
        secret=True,
    )
