"""Responses of favourites."""

from __future__ import annotations

from typing import Any

from flask import Response

from functions.favourites import service
from functions.favourites.service import NamedFavourite
from shared.domain.accounts.favourites import Kind
from shared.web import callers


def list_favourites(kind: str, deps: service.Deps) -> Response:
    """Return the caller's favourites, all or of one kind."""
    favourites = service.list_favourites(callers.caller(deps), Kind(kind) if kind else None, deps)
    return callers.private_json({"items": [_to_json(each) for each in favourites]})


def add(kind: str, id: int, deps: service.Deps) -> Response:
    """Return 201 for a new favourite, 200 for an existing one."""
    favourite, is_new = service.add(callers.caller(deps), Kind(kind), id, deps)
    return callers.private_json(_to_json(favourite), 201 if is_new else 200)


def remove(kind: str, id: int, deps: service.Deps) -> Response:
    """Return 204, also if it was no favourite."""
    service.remove(callers.caller(deps), Kind(kind), id, deps)
    return Response(status=204)


def export(deps: service.Deps) -> Response:
    """Return the caller's favourites as a part of the account's export."""
    favourites = service.export(callers.caller(deps), deps)
    return callers.private_json([{"kind": each.kind, "id": each.id, "added_at": each.added_at} for each in favourites])


def _to_json(favourite_and_name: NamedFavourite) -> dict[str, Any]:
    favourite, name = favourite_and_name
    return {"kind": favourite.kind, "id": favourite.id, "name": name, "added_at": favourite.added_at}
