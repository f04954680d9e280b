"""Port of the object store."""

from __future__ import annotations

from typing import Protocol


class Objects(Protocol):
    """Keeps bytes under names that we make of ids: letters, digits, ``-`` and ``/``."""

    def put(self, name: str, content: bytes) -> None:
        """Return once they are durable; a second time replaces the first."""

    def get(self, name: str) -> bytes:
        """The bytes; `NotFound` when there are none."""

    def delete(self, name: str) -> None:
        """Nothing is kept under this name afterwards, whether or not there was anything."""

    def delete_all(self, folder: str) -> None:
        """Nothing is kept below this name afterwards."""

    def probe(self) -> None:
        """Return when the store answers, raise `Unavailable` otherwise."""
