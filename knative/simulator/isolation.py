"""Keeps simulated code from threads, sockets and real time, which no seed decides."""

from __future__ import annotations

import random
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from unittest import mock


class RealWorldRefused(RuntimeError):
    """Simulated code asked for a thread, a socket or real time."""


@contextmanager
def only_virtual(seed: int) -> Iterator[None]:
    """Refuse threads, sockets and blocking, and let `random` and `uuid` follow the seed."""

    def refused(*_: Any, **__: Any) -> NoReturn:
        raise RealWorldRefused("a simulation has no threads and no sockets, and never blocks: take the loop's time")

    state = random.getstate()
    random.seed(seed)
    try:
        with (
            mock.patch.object(threading.Thread, "start", refused),
            mock.patch.object(socket.socket, "__init__", refused),
            mock.patch.object(time, "sleep", refused),
            mock.patch.object(uuid, "uuid4", _drawn_uuid),
        ):
            yield
    finally:
        random.setstate(state)


def _drawn_uuid() -> uuid.UUID:
    return uuid.UUID(int=random.getrandbits(128), version=4)
