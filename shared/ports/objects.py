"""Port of the object store."""

from __future__ import annotations

from typing import Protocol


class Objects(Protocol):
    """Stores bytes under names made of ids: letters, digits, ``-`` and ``/``."""

    def put(self, name: str, content: bytes) -> None:
        """Store an object, or replace it; returns once it is durable."""

    def get(self, name: str) -> bytes:
        """Return an object's bytes, or raise `NotFound`."""

    def delete(self, name: str) -> None:
        """Delete an object if it exists."""

    def delete_all(self, folder: str) -> None:
        """Delete every object below a name."""

    def probe(self) -> None:
        """Return when the store answers, raise `Unavailable` otherwise."""
