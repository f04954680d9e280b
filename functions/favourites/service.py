"""What users like: their own list and nobody else's."""

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

Named = tuple[Favourite, str]
"""A favourite and what it is called; empty when nothing of that id is stored any more."""


class Favourites(Protocol):
    """Where they are kept."""

    def of_user(self, user_id: str) -> list[Favourite]:
        """By kind, the first that was added first."""

    def add(self, user_id: str, kind: Kind, id: int, *, now: datetime) -> tuple[Favourite, bool]:
        """The favourite, and whether it is new.

        `Conflict` beyond `AT_MOST`, `Forbidden` when the user is blocked or deleted by now.
        """

    def remove(self, user_id: str, kind: Kind, id: int) -> None:
        """It is none afterwards."""

    def erase(self, user_id: str) -> None:
        """Delete all favourites of a user."""


class Names(Protocol):
    """What is stored about football."""

    def names(self, kind: Kind, ids: Collection[int]) -> Mapping[int, str]:
        """What those are called that are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the function stands on."""

    favourites: Favourites
    names: Names
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)


def listed(who: Caller, kind: Kind | None, deps: Deps) -> list[Named]:
    """The caller's favourites with their names: all, or one kind."""
    found = [each for each in deps.favourites.of_user(who.user_id) if kind in (None, each.kind)]
    names = {
        each: deps.names.names(each, ids) for each in Kind if (ids := [one.id for one in found if one.kind is each])
    }
    return [(each, names[each.kind].get(each.id, "")) for each in found]


def add(who: Caller, kind: Kind, id: int, deps: Deps) -> tuple[Named, bool]:
    """The favourite, and whether it is new; `NotFound` when there is no such thing."""
    name = deps.names.names(kind, [id]).get(id)
    if name is None:
        raise NotFound(f"{kind} {id} is not stored")
    favourite, is_new = deps.favourites.add(who.user_id, kind, id, now=deps.clock.now())
    return (favourite, name), is_new


def remove(who: Caller, kind: Kind, id: int, deps: Deps) -> None:
    """It is no favourite of the caller's afterwards."""
    deps.favourites.remove(who.user_id, kind, id)


def export(who: Caller, deps: Deps) -> list[Favourite]:
    """The caller's favourites as they are stored."""
    return deps.favourites.of_user(who.user_id)


def erase(event: Event, deps: Deps) -> None:
    """Delete the favourites of a user who was deleted."""
    deps.favourites.erase(UserDeleted.from_event(event).user_id)
