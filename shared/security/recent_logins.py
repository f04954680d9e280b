"""Remembers for a short time that a password was right, so that bcrypt need not prove it again.

One hash of cost 12 takes a quarter of a second of a core. Who signs in with each request would be four a second; with
this, a password is hashed once for each user, process and lifetime. Kept is a keyed digest of user, stored hash and
password, in the memory of one process and never elsewhere; its key is made when the process starts. So a new password
or a block takes effect at once, as both are read from the database each time.

What it costs: who can read the process's memory within the lifetime can try passwords of those users as fast as the
digest is, which is about a million times faster than bcrypt, but could also read the passwords of all requests as they
come in.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from shared.domain.accounts.users import Login

ENTRIES_AT_MOST = 100_000
"""About 25 MB."""


class RecentLogins:
    """Proven logins of one process. Shared by all threads."""

    def __init__(self, *, lifetime_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lifetime_s = lifetime_s
        self._monotonic = monotonic
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[float, str]] = OrderedDict()

    def find(self, login: Login, password: str) -> str:
        """The session of the login that was proven with this password lately; empty when there is none."""
        entry = self._entries.get(self._digest(login, password))
        return entry[1] if entry is not None and entry[0] > self._monotonic() else ""

    def remember(self, login: Login, password: str, session_id: str) -> None:
        """Remember a login that was proven."""
        digest = self._digest(login, password)
        with self._lock:
            self._entries[digest] = self._monotonic() + self._lifetime_s, session_id
            self._entries.move_to_end(digest)
            while len(self._entries) > ENTRIES_AT_MOST:
                self._entries.popitem(last=False)

    def _digest(self, login: Login, password: str) -> bytes:
        digest = hashlib.blake2b(key=self._key, digest_size=32)
        for part in (login.user.id, login.password_hash or "", password):
            raw = part.encode(errors="surrogatepass")
            digest.update(len(raw).to_bytes(4, "big") + raw)
        return digest.digest()
