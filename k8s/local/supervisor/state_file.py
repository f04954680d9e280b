"""State file of a supervisor: ports, processes and addresses, for its next start and for other programs. No secrets."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True, kw_only=True)
class State:
    """The content of ``state.json``."""

    ports: dict[str, int] = field(default_factory=dict)
    """Port of each process; kept over restarts while it is free."""
    processes: dict[str, dict[str, int]] = field(default_factory=dict)
    """By name: ``pid`` and ``started`` (its start time), which together identify a process, and ``restarts``."""
    urls: dict[str, str] = field(default_factory=dict)
    """Addresses that a person or a program may open."""
    ready: bool = False


def load(path: Path) -> State:
    """Return the state at a path; an absent or unreadable file is an empty state, as all of it can be rebuilt."""
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return State(**document)
    except (OSError, ValueError, TypeError):
        return State()


_saving = threading.Lock()
"""Without it, of two threads the one with the older state could write last."""


def save(path: Path, state: State) -> None:
    """Replace the file atomically; safe from several threads."""
    with _saving:
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(state), indent=2) + "\n", "utf-8")
        os.replace(draft, path)


def assign_port(state: State, name: str) -> int:
    """Return the port a process had before if it is free, else another free one; store it in the state."""
    port = state.ports.pop(name, 0)
    if not port or port in state.ports.values() or not is_free(port):
        port = free_port(state.ports.values())
    state.ports[name] = port
    return port


def free_port(in_use: Collection[int] = ()) -> int:
    """Return a port that nobody listens on and that is not in `in_use` either."""
    while (port := _unused_port()) in in_use:
        pass
    return port


def _unused_port() -> int:
    """Return any free port; the kernel may return the same one until somebody listens there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Return whether a server could listen on this port of loopback now."""
    with socket.socket() as listener:
        # As servers set it: a port in TIME_WAIT after a restart counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
