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
        self._favourites: dict[str, dict[tuple[str, int], Favourite]] = {}

    def list_of_user(self, user_id: str) -> list[Favourite]:
        """Return a user's favourites by kind, the first that was added first."""
        found = self._favourites.get(user_id, {}).values()
        return sorted(found, key=lambda each: (each.kind, each.added_at, each.id))

    def add(self, user_id: str, kind: Kind, id: int, *, now: datetime) -> tuple[Favourite, bool]:
        """The favourite, and whether it is new."""
        with self._life.lock:
            self._life.living(user_id)
            favourites = self._favourites.setdefault(user_id, {})
            if (kind, id) in favourites:
                return favourites[kind, id], False
            if len(favourites) >= MAX_FAVOURITES:
                raise Conflict(f"{MAX_FAVOURITES} favourites are the most there can be")
            favourites[kind, id] = Favourite(kind=kind, id=id, added_at=now)
            return favourites[kind, id], True

    def remove(self, user_id: str, kind: Kind, id: int) -> None:
        """Remove a favourite if it exists."""
        self._favourites.get(user_id, {}).pop((kind, id), None)

    def erase(self, user_id: str) -> None:
        """Delete all favourites of a user."""
        self._favourites.pop(user_id, None)


class MemoryNames:
    """Names of leagues, teams, players and managers."""

    def __init__(self) -> None:
        self.known: dict[tuple[Kind, int], str] = {}

    def names(self, kind: Kind, ids: Collection[int]) -> dict[int, str]:
        """Return the names of those that are stored."""
        return {each: self.known[kind, each] for each in ids if (kind, each) in self.known}
