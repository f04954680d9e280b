"""Favourites in memory; `functions/favourites` runs on it in tests."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shared.domain.accounts.favourites import MAX_FAVOURITES, Favourite, Kind
from shared.errors import Conflict
from shared.testing.account_lifecycle import MemoryLife


class MemoryFavourites:
    """A dictionary by user."""

    def __init__(self, life: MemoryLife) -> None:
        self._life = life
        self._kept: dict[str, dict[tuple[str, int], Favourite]] = {}

    def list_of_user(self, user_id: str) -> list[Favourite]:
        """By kind, the first that was added first."""
        found = self._kept.get(user_id, {}).values()
        return sorted(found, key=lambda each: (each.kind, each.added_at, each.id))

    def add(self, user_id: str, kind: Kind, id: int, *, now: datetime) -> tuple[Favourite, bool]:
        """The favourite, and whether it is new."""
        with self._life.lock:
            self._life.living(user_id)
            mine = self._kept.setdefault(user_id, {})
            if (kind, id) in mine:
                return mine[kind, id], False
            if len(mine) >= MAX_FAVOURITES:
                raise Conflict(f"{MAX_FAVOURITES} favourites are the most there can be")
            mine[kind, id] = Favourite(kind=kind, id=id, added_at=now)
            return mine[kind, id], True

    def remove(self, user_id: str, kind: Kind, id: int) -> None:
        """It is none afterwards."""
        self._kept.get(user_id, {}).pop((kind, id), None)

    def erase(self, user_id: str) -> None:
        """Delete all favourites of a user."""
        self._kept.pop(user_id, None)


class MemoryNames:
    """What is stored about football, as far as favourites ask."""

    def __init__(self) -> None:
        self.known: dict[tuple[Kind, int], str] = {}

    def names(self, kind: Kind, ids: Collection[int]) -> dict[int, str]:
        """What those are called that are stored."""
        return {each: self.known[kind, each] for each in ids if (kind, each) in self.known}
