"""Port of readiness probes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Probe(Protocol):
    """A dependency that readiness asks."""

    def __call__(self) -> None:
        """Return when the dependency answers, raise `Unavailable` otherwise."""


Probes = Mapping[str, Probe]
