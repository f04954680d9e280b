"""Use cases of collect-archives, over the ports they need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.ports.clock import Clock
from shared.ports.probes import Probes


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Ports of the use cases."""

    clock: Clock
    probes: Probes = field(default_factory=dict)
    """Checks of the dependencies that readiness waits for, by name."""


def show(deps: Deps) -> dict[str, datetime]:
    """Return the time by the function's clock."""
    return {"now": deps.clock.now()}
