"""Turn texts of settings into values; each raises `ValueError` with what is wrong, never with the text itself."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit


def url(*schemes: str) -> Callable[[str], str]:
    """A parser of addresses with one of these schemes."""

    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes:
            raise ValueError(f"expected {' or '.join(s + '://' for s in schemes)}")
        if not (parts.netloc or parts.path):
            raise ValueError("has no address")
        return text

    return parse


def word(text: str) -> str:
    """A lower-case identifier."""
    if not (text.isascii() and text.isidentifier() and text.islower()):
        raise ValueError("expected lower-case letters, digits and underscores")
    return text


def positive(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise ValueError("must be 1 or more")
    return value


def flag(text: str) -> bool:
    """Exactly ``true`` or ``false``."""
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def rate(text: str) -> float:
    """A number from 0 to 10,000."""
    value = float(text)
    if not 0 <= value < 10_000:
        raise ValueError("must be between 0 and 10000")
    return value


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def networks(text: str) -> tuple[str, ...]:
    """IP networks with commas between them."""
    from ipaddress import ip_network

    return tuple(str(ip_network(name)) for name in names(text))


def origin(text: str) -> str:
    """Scheme, host and port of a web address."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or text != f"{parts.scheme}://{parts.netloc}" or not parts.hostname:
        raise ValueError("expected an origin such as https://touchline.example, without a path")
    return text.lower()


def extensions(text: str) -> tuple[tuple[str, str], ...]:
    """The extensions of a SinkBinding's ``K_CE_OVERRIDES``."""
    import json

    try:
        given = json.loads(text)["extensions"]
        pairs = tuple((name, value) for name, value in given.items() if name.isascii() and name.isalnum())
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        raise ValueError('expected {"extensions": {"name": "value"}}') from exc
    if len(pairs) < len(given) or any(name != name.lower() or not isinstance(value, str) for name, value in pairs):
        raise ValueError("extensions are texts, their names lower-case letters and digits")
    return pairs
