"""Settings of coins and merch."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffShopSettings:
    """Sign-in of the shop's first API."""

    any_password: bool = setting(
        "STAFF_SHOP_ANY_PASSWORD",
        parsers.flag,
        False,
        "the staff shop makes users with any password, as its first API did; false = with the platform's rules",
    )
    login_remembered_s: int = setting(
        "STAFF_SHOP_LOGIN_REMEMBERED_S",
        parsers.positive,
        900,
        "seconds a proven login of the staff shop is remembered; as long as an access token, which proves as much",
    )
