"""The error that lists everything wrong with manifests before anything starts."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import InvalidSettings


class InvalidManifests(InvalidSettings):
    """The manifests hold something that cannot be honoured here."""

    def __init__(self, faults: Sequence[str]) -> None:
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(
            f"{len(faults)} fault(s) in the manifests; `touchline lint` shows lines and how to fix them:\n{lines}"
        )
        self.faults = tuple(faults)
