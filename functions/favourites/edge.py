"""How favourites look to their owner."""

from __future__ import annotations

from typing import Any

from flask import Response

from functions.favourites import service
from functions.favourites.service import Named
from shared.domain.accounts.favourites import Kind
from shared.web import callers


def listed(kind: str, deps: service.Deps) -> Response:
    """The caller's favourites, all or of one kind."""
    found = service.listed(callers.caller(deps), Kind(kind) if kind else None, deps)
    return callers.private_json({"items": [_told(each) for each in found]})


def add(kind: str, id: int, deps: service.Deps) -> Response:
    """201 for a new one, 200 for one that was there before."""
    favourite, is_new = service.add(callers.caller(deps), Kind(kind), id, deps)
    return callers.private_json(_told(favourite), 201 if is_new else 200)


def remove(kind: str, id: int, deps: service.Deps) -> Response:
    """204, also for one that was none."""
    service.remove(callers.caller(deps), Kind(kind), id, deps)
    return Response(status=204)


def export(deps: service.Deps) -> Response:
    """The caller's favourites as their part of the account's export."""
    favourites = service.export(callers.caller(deps), deps)
    return callers.private_json([{"kind": each.kind, "id": each.id, "added_at": each.added_at} for each in favourites])


def _told(named: Named) -> dict[str, Any]:
    favourite, name = named
    return {"kind": favourite.kind, "id": favourite.id, "name": name, "added_at": favourite.added_at}
