"""The favourites of users: each user reads and changes only their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.accounts.favourites import Favourite, Kind
from shared.errors import NotFound
from shared.events.envelope import Event
from shared.events.users import UserDeleted
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Caller, Tokens

NamedFavourite = tuple[Favourite, str]
"""A favourite and its name; the name is empty if nothing with that id is stored any more."""


class FavouriteStore(Protocol):
    """The stored favourites."""

    def list_of_user(self, user_id: str) -> list[Favourite]:
        """List a user's favourites by kind, in the order they were added."""

    def add(self, user_id: str, kind: Kind, id: int, *, now: datetime) -> tuple[Favourite, bool]:
        """Add a favourite; return it and whether it is new.

        Raises
        ------
        Conflict : the user has `MAX_FAVOURITES` already.
        Forbidden : the user is blocked or deleted.
        """

    def remove(self, user_id: str, kind: Kind, id: int) -> None:
        """Remove a favourite; it may be missing."""

    def erase(self, user_id: str) -> None:
        """Delete all favourites of a user."""


class NameStore(Protocol):
    """The names of stored leagues, teams, players and managers."""

    def names(self, kind: Kind, ids: Collection[int]) -> Mapping[int, str]:
        """Return the names of those ids that are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    favourites: FavouriteStore
    names: NameStore
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)


def list_favourites(who: Caller, kind: Kind | None, deps: Deps) -> list[NamedFavourite]:
    """Return the caller's favourites with their names: all, or of one kind."""
    favourites = [each for each in deps.favourites.list_of_user(who.user_id) if kind in (None, each.kind)]
    names = {
        each: deps.names.names(each, ids)
        for each in Kind
        if (ids := [one.id for one in favourites if one.kind is each])
    }
    return [(each, names[each.kind].get(each.id, "")) for each in favourites]


def add(who: Caller, kind: Kind, id: int, deps: Deps) -> tuple[NamedFavourite, bool]:
    """Add a favourite; return it and whether it is new.

    Raises
    ------
    NotFound : nothing with this id is stored.
    """
    name = deps.names.names(kind, [id]).get(id)
    if name is None:
        raise NotFound(f"{kind} {id} is not stored")
    favourite, is_new = deps.favourites.add(who.user_id, kind, id, now=deps.clock.now())
    return (favourite, name), is_new


def remove(who: Caller, kind: Kind, id: int, deps: Deps) -> None:
    """Remove a favourite of the caller; it may be missing."""
    deps.favourites.remove(who.user_id, kind, id)


def export(who: Caller, deps: Deps) -> list[Favourite]:
    """Return the caller's favourites without names."""
    return deps.favourites.list_of_user(who.user_id)


def erase(event: Event, deps: Deps) -> None:
    """Delete the favourites of a deleted user."""
    deps.favourites.erase(UserDeleted.from_event(event).user_id)
