"""Objects in a dictionary; `gone` makes the store silent."""

from __future__ import annotations

from shared.errors import NotFound, Unavailable


class MemoryObjects:
    """Bytes by name."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.gone = False

    def put(self, name: str, content: bytes) -> None:
        """Keep them; a second time replaces the first."""
        self.probe()
        self.kept[name] = content

    def get(self, name: str) -> bytes:
        """The bytes; `NotFound` when there are none."""
        self.probe()
        if name not in self.kept:
            raise NotFound(f"object {name}")
        return self.kept[name]

    def delete(self, name: str) -> None:
        """Delete an object if it exists."""
        self.probe()
        self.kept.pop(name, None)

    def delete_all(self, folder: str) -> None:
        """Delete every object below a name."""
        self.probe()
        self.kept = {name: content for name, content in self.kept.items() if not name.startswith(f"{folder}/")}

    def probe(self) -> None:
        """Return, or raise `Unavailable` while silent."""
        if self.gone:
            raise Unavailable("the object store does not answer")
