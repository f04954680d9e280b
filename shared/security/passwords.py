"""Password hashes: bcrypt on few threads of its own, behind a short queue, so that logins cannot starve the rest."""

from __future__ import annotations

import base64
import hmac
import math
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from shared import lazy
from shared.domain.accounts import users as accounts
from shared.errors import Overloaded

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import bcrypt
else:
    bcrypt = lazy.Module("bcrypt")

T = TypeVar("T")

HASHES_AT_ONCE = 2
"""One hash of cost 12 keeps a core busy for about a quarter of a second."""
MAX_WAITING = 12
_HASHES_PER_S = 7
_NICENESS = 10
_BCRYPT_BYTES = 72
_LONG_PASSWORD_KEY = b"touchline password longer than 72 bytes"
_SALT_AND_DIGEST = f"N9qo8uLOickgx2ZMRZoMye{'.' * 31}"
_MAX_BYTES = 4 * accounts.PASSWORD_LENGTH[1]


class HashQueue:
    """Runs a few tasks at once while a few more wait; the next is refused.

    The threads are its own and, on Linux, yield to all others: whoever reads statistics meanwhile does not notice.
    """

    def __init__(
        self, *, at_once: int = HASHES_AT_ONCE, max_waiting: int = MAX_WAITING, patience_s: float = 0.0
    ) -> None:
        """`patience_s` is how long a caller waits for a place in a full queue before it is refused."""
        self._at_once = at_once
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._n_places = at_once + max_waiting
        self._places = threading.BoundedSemaphore(self._n_places)
        self._threads: ThreadPoolExecutor | None = None

    def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; `Overloaded` when the queue stays full."""
        if not self._places.acquire(timeout=self._patience_s):
            retry_after_s = math.ceil(self._n_places / _HASHES_PER_S)
            raise Overloaded("too many passwords are being checked", retry_after_s=retry_after_s)
        try:
            return self._executor().submit(work).result()
        finally:
            self._places.release()

    def _executor(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._at_once, "passwords", initializer=_lower_priority)
            return self._threads


def _lower_priority() -> None:
    # Linux alone has priorities by thread; elsewhere the call would mean another process.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


_QUEUE = HashQueue(patience_s=0.5)
"""One for the process: on a laptop several functions hash in the same one.

Clients that are refused at once and do not wait come again at once: six of them kept a core busy with refusals, and
reads took nine times as long (`./scripts/bench identity`). A thread that waits costs nothing.
"""


class Passwords:
    """Hashes and checks passwords. Shared by all threads; bcrypt releases the interpreter's lock while it works."""

    def __init__(self, cost: int, queue: HashQueue = _QUEUE) -> None:
        """Remember the work factor.

        Parameters
        ----------
        cost : log2 of bcrypt's rounds, 4 to 31.
        queue : bounds how many hashes run and wait.
        """
        if not 4 <= cost <= 31:
            raise ValueError("bcrypt's cost is 4 to 31")
        self._cost = cost
        self._queue = queue

    def hash(self, password: str) -> str:
        """Return a salted hash of a password that passed `shared.domain.accounts.users.validate_password`."""
        raw = _shorten(unicodedata.normalize("NFC", password).encode())
        return self._queue.run(lambda: bcrypt.hashpw(raw, bcrypt.gensalt(self._cost)).decode())

    def matches(self, password: str, hashed: str | None) -> bool:
        """Return whether the hash is of this password; False, in the same time, for None or an impossible password.

        A hash of a lower cost is checked with the work of the current cost: the rounds that 2^cost lacks of
        2^(cost + n) are further checks of cost, cost + 1, ... cost + n - 1, so that nobody can tell old accounts from
        unknown ones. A password that is not in NFC is checked as it was typed, too: hashes were made so before.
        """
        spellings = [each.encode(errors="surrogatepass") for each in _spellings(password)]
        if hashed is None or len(spellings[0]) > _MAX_BYTES or b"\0" in spellings[0]:
            spellings, hashed = [os.urandom(16).hex().encode() for _ in spellings], _dummy_hash(self._cost)
        target = hashed
        return self._queue.run(lambda: any(self._check(_shorten(raw), target) for raw in spellings))

    def _check(self, raw: bytes, target: str) -> bool:
        if bcrypt.checkpw(raw, target.encode()):
            return True
        for cost in range(_cost_of(target), self._cost):
            bcrypt.checkpw(raw, _dummy_hash(cost).encode())
        return False

    def needs_rehash(self, hashed: str) -> bool:
        """Return whether a hash was made with another cost than the current one."""
        return _cost_of(hashed) != self._cost


def _spellings(password: str) -> list[str]:
    """Return the password in NFC, and as it was typed if that differs."""
    return list(dict.fromkeys([unicodedata.normalize("NFC", password), password]))


def _shorten(raw: bytes) -> bytes:
    """Return at most 72 bytes that stand for the password, since bcrypt ignores every byte after the 72nd.

    A longer password is replaced by its HMAC-SHA-384 in base64. The key is no secret: it keeps digests that leaked
    elsewhere from being tried here. The first byte is in no UTF-8 text, so no short password equals a replaced one.
    """
    if len(raw) <= _BCRYPT_BYTES:
        return raw
    return b"\xff" + base64.b64encode(hmac.digest(_LONG_PASSWORD_KEY, raw, "sha384"))


def _dummy_hash(cost: int) -> str:
    """Return a hash of no password: checking against it takes as long as against a real one and never succeeds."""
    return f"$2b${cost:02d}${_SALT_AND_DIGEST}"


def _cost_of(hashed: str) -> int:
    return int(hashed[4:6])
