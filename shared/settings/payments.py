"""Settings of payment providers and of hooks to stores. All money is simulated."""

from __future__ import annotations

from dataclasses import dataclass

from shared.security import keys
from shared.settings import parsers
from shared.settings.loading import setting

_http = parsers.url("http", "https")


def _secret(text: str) -> str:
    if len(text) < keys.SECRET_LENGTH:
        raise ValueError(f"must be {keys.SECRET_LENGTH} characters or more")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSettings:
    """Payment providers; one without an address is not offered."""

    stripe_url: str = setting("STRIPE_URL", _http, "", "API of a payment provider of Stripe's form")
    stripe_key: str = setting("STRIPE_KEY", str, "", "key of that API", secret=True)
    stripe_webhook_secrets: tuple[str, ...] = setting(
        "STRIPE_WEBHOOK_SECRETS",
        parsers.names,
        (),
        "what its webhooks are signed with: one, or several with commas while they are rotated",
        secret=True,
    )
    yookassa_url: str = setting("YOOKASSA_URL", _http, "", "API of a payment provider of YooKassa's form")
    yookassa_shop_id: str = setting("YOOKASSA_SHOP_ID", str, "", "the shop at that API")
    yookassa_key: str = setting("YOOKASSA_KEY", str, "", "key of that API", secret=True)
    yookassa_addresses: tuple[str, ...] = setting(
        "YOOKASSA_ADDRESSES",
        parsers.networks,
        (),
        "networks its webhooks come from, needs TRUSTED_PROXIES; others are answered and ignored; empty = any",
    )
    return_url: str = setting(
        "PAYMENT_RETURN_URL", _http, "https://touchline.example/", "page that a payer comes back to"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSettings:
    """Hooks to stores."""

    key: str = setting(
        "HOOKS_KEY", _secret, "", "key that secrets of stores' hooks are derived from, 32 characters", secret=True
    )
    to_private_addresses: bool = setting(
        "HOOKS_TO_PRIVATE_ADDRESSES",
        parsers.flag,
        False,
        "stores' hooks may be http:// and on this machine or network; for tests only",
    )
