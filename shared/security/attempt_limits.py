"""Names of the limits that attempts are counted against: by person, by contact and by network."""

from __future__ import annotations

import hashlib
import ipaddress

from shared.ports.accounts import Limit

_IPV6_PREFIX = 64
"""One customer's network: within it addresses cost nothing."""


def network_limit(name: str, address: str, *, at_most: int, within_s: int) -> Limit:
    """Return the limit of everybody in the network of an address; an unknown address is a network of its own."""
    return Limit(name=f"{name}:{_network(address)}", at_most=at_most, within_s=within_s)


def text_limit(name: str, text: str, *, at_most: int, within_s: int) -> Limit:
    """Return the limit of a text, such as a name or a contact, of which only a digest is kept."""
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return Limit(name=f"{name}:{digest}", at_most=at_most, within_s=within_s)


def _network(address: str) -> str:
    if ":" not in address:
        return address or "unknown"
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
