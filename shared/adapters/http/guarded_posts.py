"""Posts to addresses that strangers chose: never to this machine or network, never further than the first answer.

A name is resolved once, every address of it is looked at, and the connection goes to the address that was looked at: a
name that resolves differently a moment later changes nothing. Redirects are not followed, and of the answer nothing but
its status is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from shared.errors import InvalidInput, Unavailable

TIMEOUT_S = 5.0
_LONGEST_URL = 500
_PORTS = {"https": 443, "http": 80}
_ALLOWED_PORTS = (443, 8443)
"""What network policies let through, too."""


class GuardedPosts:
    """One connection for each post."""

    def __init__(self, *, private: bool = False, timeout_s: float = TIMEOUT_S) -> None:
        """Remember what is allowed; `private` also http:// and addresses of this machine and network, for tests."""
        self._private = private
        self._timeout_s = timeout_s

    def check(self, url: str) -> None:
        """Return when this may be an address of a stranger; `InvalidInput`. Names are resolved by each post."""
        self._parse(url)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer.

        Raises
        ------
        InvalidInput : the address is none that is posted to.
        Unavailable : nobody answers in time.
        """
        parts, port = self._parse(url)
        host = parts.hostname or ""
        address = self._resolve(host, port)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = _Connection(host, port, address, secure=parts.scheme == "https", timeout_s=self._timeout_s)
        # A server that sends a byte now and then never runs into the time-out of a socket.
        deadline = threading.Timer(2 * self._timeout_s, connection.end)
        deadline.daemon = True
        deadline.start()
        try:
            connection.request("POST", path, body, dict(headers))
            return connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise Unavailable("it does not answer") from exc
        finally:
            deadline.cancel()
            connection.close()

    def _parse(self, url: str) -> tuple[SplitResult, int]:
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            raise _fault("is not an address") from None
        if not url.isascii() or not url.isprintable() or " " in url or len(url) > _LONGEST_URL:
            raise _fault(f"must be at most {_LONGEST_URL} characters of ASCII")
        if parts.scheme != "https" and not (self._private and parts.scheme == "http"):
            raise _fault("must begin with https://")
        if port not in _ALLOWED_PORTS and not self._private:
            raise _fault(f"must have the port {' or '.join(map(str, _ALLOWED_PORTS))}")
        if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
            raise _fault("must name a host, and neither a user nor a fragment")
        if _is_address(parts.hostname) and not self._may_reach(parts.hostname):
            raise _fault("must not be an address of a private network")
        return parts, port

    def _resolve(self, host: str, port: int) -> tuple[str, int]:
        """The first address of a host; all of them must be public, as the next lookup may give another."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as exc:
            raise Unavailable("its name is not known") from exc
        addresses = [str(place[4][0]) for place in found]
        if not all(self._may_reach(each) for each in addresses):
            raise _fault("must not be an address of a private network")
        return addresses[0], port

    def _may_reach(self, address: str) -> bool:
        if self._private:
            return True
        place = ipaddress.ip_address(address.partition("%")[0])
        inner = [place]
        if isinstance(place, ipaddress.IPv6Address):
            inner += [each for each in (place.ipv4_mapped, place.sixtofour) if each is not None]
            inner += list(place.teredo or ())
            if place in _NAT64:
                inner.append(ipaddress.IPv4Address(int(place) & 0xFFFF_FFFF))
        return all(each.is_global and not each.is_multicast for each in inner)


class _Connection(http.client.HTTPConnection):
    """To one address, by the name that its certificate must have."""

    def __init__(self, host: str, port: int, address: tuple[str, int], *, secure: bool, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address, self._secure = address, secure
        self.default_port = _PORTS["https" if secure else "http"]  # `Host` names any other

    def end(self) -> None:
        """Wake the thread that waits for this connection."""
        if (sock := self.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        """Connect to the address that was looked at."""
        self.sock = socket.create_connection(self._address, self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _fault(rule: str) -> InvalidInput:
    return InvalidInput(f"url {rule}", errors={"url": rule})
