"""What a supervisor writes down for the next one and for onlookers: ports, processes, addresses. Never a secret."""

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
    """By process; kept over restarts while nobody else took them."""
    processes: dict[str, dict[str, int]] = field(default_factory=dict)
    """By name: ``pid`` and ``started`` (kernel clock ticks since boot), which together name a process for ever, and
    ``restarts``."""
    urls: dict[str, str] = field(default_factory=dict)
    """What a person or a program may open."""
    ready: bool = False


def load(path: Path) -> State:
    """The state at a path; an absent or unreadable file is an empty state, since all of it can be found anew."""
    try:
        stored: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return State(**stored)
    except (OSError, ValueError, TypeError):
        return State()


_saving = threading.Lock()
"""Of two threads the one that looked first would otherwise write last."""


def save(path: Path, state: State) -> None:
    """Replace the file as a whole; several threads may."""
    with _saving:
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(state), indent=2) + "\n", "utf-8")
        os.replace(draft, path)


def port_for(state: State, name: str) -> int:
    """The port a process had before if it is free, else another free one; remembered in the state."""
    known = state.ports.pop(name, 0)
    if not known or known in state.ports.values() or not is_free(known):
        known = free_port(state.ports.values())
    state.ports[name] = known
    return known


def free_port(taken: Collection[int] = ()) -> int:
    """A port that nobody listens on; none that is taken already by who does not listen yet."""
    while (port := _offered()) in taken:
        pass
    return port


def _offered() -> int:
    """Any free port; the same may be offered again until somebody listens there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    with socket.socket() as listener:
        # As servers do: a port in TIME_WAIT after a restart counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
