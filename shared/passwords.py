"""Password hashes: bcrypt, few at once, with a short queue, so that logins cannot starve everything else."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.accounts import PASSWORD_BYTES
from shared.errors import Overloaded

HASHES_AT_ONCE = 2
"""One hash of cost 12 keeps a core busy for about a quarter of a second."""
WAITING_AT_MOST = 12
_HASHES_PER_S = 7
_SALT = "N9qo8uLOickgx2ZMRZoMye"
_DIGEST = "." * 31


class Gate:
    """Lets a few in at once and a few more wait; the next is turned away."""

    def __init__(self, *, at_once: int = HASHES_AT_ONCE, waiting_at_most: int = WAITING_AT_MOST) -> None:
        self._slots = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._room = at_once + waiting_at_most
        self._n_inside = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for a slot; `Overloaded` at once when the queue is full."""
        with self._lock:
            if self._n_inside >= self._room:
                raise Overloaded(
                    "too many passwords are being checked", retry_after_s=math.ceil(self._room / _HASHES_PER_S)
                )
            self._n_inside += 1
        try:
            with self._slots:
                yield
        finally:
            with self._lock:
                self._n_inside -= 1


_GATE = Gate()
"""One for the process: on a laptop several functions hash in the same one."""


class Passwords:
    """Hashes and checks passwords. Shared by all threads; bcrypt lets go of the interpreter while it works."""

    def __init__(self, cost: int, gate: Gate = _GATE) -> None:
        """Remember the work factor.

        Parameters
        ----------
        cost : log2 of bcrypt's rounds, 4 to 31.
        gate : bounds how many hashes run and wait.
        """
        if not 4 <= cost <= 31:
            raise ValueError("bcrypt's cost is 4 to 31")
        self._cost = cost
        self._gate = gate
        # Nobody's hash: checking against it takes as long as against a real one and never succeeds.
        self._nobody = f"$2b${cost:02d}${_SALT}{_DIGEST}"

    def hash(self, password: str) -> str:
        """A salted hash of a password that passed `shared.domain.accounts.password`."""
        import bcrypt

        with self._gate.entered():
            return bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._cost)).decode()

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password of this hash; with None, or an impossible password, no, in the same time."""
        import bcrypt

        raw = password.encode(errors="surrogatepass")
        if hashed is None or len(raw) > PASSWORD_BYTES[1] or b"\0" in raw:
            raw, hashed = os.urandom(16).hex().encode(), self._nobody
        with self._gate.entered():
            return bcrypt.checkpw(raw, hashed.encode())
