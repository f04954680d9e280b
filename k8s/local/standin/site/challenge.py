"""The challenge: only a page that ran the site's script may use the interface.

The page carries a signed nonce. Its script looks for a number that gives the nonce a hash with enough zero bits and
keeps both in a cookie that expires. The interface checks the cookie and that the browser marks the request as a fetch
from a page of the same origin: a plain client has no cookie, and a navigation to an address of the interface has other
marks. It keeps simple clients out, as a model of a source should; it is not a protection.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_hex

COOKIE = "standin_pass"
DEFAULT_LIFETIME_S = 1_800
WORK_BITS = 12
_REMEMBERED = 1_024
_LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")

SCRIPT = """(function () {
  "use strict";
  function hash(text) {
    var value = 0x811c9dc5;
    for (var k = 0; k < text.length; k++) {
      value ^= text.charCodeAt(k);
      value = Math.imul(value, 0x01000193) >>> 0;
    }
    value ^= value >>> 15;
    value = Math.imul(value, 0x2c1b3c6d) >>> 0;
    value ^= value >>> 12;
    return value >>> 0;
  }
  var nonce = document.querySelector('meta[name="nonce"]').content;
  var age = document.querySelector('meta[name="pass-lifetime"]').content;
  var proof = 0;
  while (hash(nonce + ":" + proof) >>> (32 - WORK_BITS) !== 0) { proof += 1; }
  document.cookie = "COOKIE=" + nonce + "." + proof + "; max-age=" + age + "; path=/; samesite=lax";
})();
""".replace("WORK_BITS", str(WORK_BITS)).replace("COOKIE", COOKIE)


def proof_hash(text: str) -> int:
    """Hash ascii text to 32 bits exactly as the page's script does: FNV-1a with a final mix."""
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    value ^= value >> 15
    value = value * 0x2C1B3C6D & 0xFFFFFFFF
    return value ^ (value >> 12)


class Challenge:
    """Issues nonces and checks the cookies that pages computed from them."""

    def __init__(
        self, secret: bytes, lifetime_s: int = DEFAULT_LIFETIME_S, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret
        self.lifetime_s = lifetime_s
        self._wall_clock = wall_clock
        self._passed: dict[str, float] = {}

    def nonce(self) -> str:
        """Issue a nonce for one page: time, noise and signature."""
        base = f"{int(self._wall_clock()):x}-{token_hex(8)}"
        return f"{base}-{self._sign(base)}"

    def admits(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a request with these headers (names in lower case) may use the interface."""
        return _is_in_page(headers) and self._is_pass(_cookie(headers.get(b"cookie", b"")))

    def _is_pass(self, value: str) -> bool:
        now = self._wall_clock()
        until = self._passed.get(value)
        if until is None:
            until = self._check(value)
            if len(self._passed) >= _REMEMBERED:
                self._passed.clear()
            self._passed[value] = until
        return now < until

    def _check(self, value: str) -> float:
        """Return when a cookie expires, in seconds since 1970; 0 if it is not one of ours."""
        nonce, _, proof = value.rpartition(".")
        base, _, signature = nonce.rpartition("-")
        if not value.isascii() or not hmac.compare_digest(signature, self._sign(base)):
            return 0.0
        if not proof.isdigit() or len(proof) > 9 or proof_hash(f"{nonce}:{proof}") >> (32 - WORK_BITS):
            return 0.0
        return int(base.split("-")[0], 16) + float(self.lifetime_s)

    def _sign(self, base: str) -> str:
        return hmac.new(self._secret, base.encode(), sha256).hexdigest()[:16]


def _cookie(header: bytes) -> str:
    for part in header.decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _is_in_page(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether a browser marks the request as a fetch from a page of this origin.

    Browsers send the Sec-Fetch marks to trustworthy origins only: https and the local machine. Elsewhere (the stand-in
    inside a cluster, by its service name) the Referer decides.
    """
    site, mode = headers.get(b"sec-fetch-site"), headers.get(b"sec-fetch-mode")
    host = headers.get(b"host", b"").decode("latin-1")
    if site is None and mode is None and not host.startswith(_LOCAL_NAMES):
        return headers.get(b"referer", b"").decode("latin-1").startswith((f"http://{host}/", f"https://{host}/"))
    return site == b"same-origin" and mode in (b"cors", b"same-origin")
