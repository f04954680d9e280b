"""What tests of accounts share, above all: whatever they log is searched for whatever they kept secret."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.security.passwords import HashQueue

PASSWORD = "correct horse battery"


@contextmanager
def occupied(gate: HashQueue) -> Iterator[None]:
    """The only place of a gate is taken inside."""
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        inside.set()
        leave.wait(30)

    guest = threading.Thread(target=gate.run, args=(stay,))
    guest.start()
    assert inside.wait(10)
    try:
        yield
    finally:
        leave.set()
        guest.join()


_SHORTEST_SECRET = 8


class Logs(logging.Handler):
    """Everything that is logged at any level, with all that a formatter could show of it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(message)s"))
        self.lines: list[str] = []
        self._secrets: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.__dict__!r}")

    def keep_secret(self, *texts: Any) -> None:
        """These must appear nowhere."""
        self._secrets |= {text for text in texts if isinstance(text, str) and len(text) >= _SHORTEST_SECRET}

    def told(self) -> list[str]:
        """The secrets that were logged."""
        whole = "\n".join(self.lines)
        return [secret for secret in self._secrets if secret in whole or repr(secret)[1:-1] in whole]


@pytest.fixture(autouse=True)
def logs(capfd: pytest.CaptureFixture[str]) -> Iterator[Logs]:
    """Fails the test of accounts that made anybody log or print a password, a token or a key."""
    root, handler = logging.getLogger(), Logs()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(before)
    root.removeHandler(handler)
    printed = capfd.readouterr()
    handler.lines += [printed.out, printed.err]
    assert handler.told() == []
