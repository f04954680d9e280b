"""Settings of an HTTP edge."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """Limits and trusted origins of requests."""

    body_limit_bytes: int = setting("BODY_LIMIT_BYTES", parsers.positive, 1_048_576, "largest request body accepted")
    public_origin: str = setting(
        "PUBLIC_ORIGIN",
        parsers.origin,
        "",
        "where browsers see us, for those that send Origin but no Sec-Fetch-Site",
    )
    trusted_proxies: tuple[str, ...] = setting(
        "TRUSTED_PROXIES",
        parsers.networks,
        (),
        "networks whose X-Forwarded-For is believed, such as 10.0.0.0/8; empty = none",
    )
