"""What tests of accounts share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shared.passwords import Gate

PASSWORD = "correct horse battery"


@contextmanager
def occupied(gate: Gate) -> Iterator[None]:
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
