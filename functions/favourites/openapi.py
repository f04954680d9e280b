"""The OpenAPI operations of favourites."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from shared.domain.accounts.favourites import Kind
from shared.events.users import UserDeleted
from shared.web.openapi import JSON, USER, Operation, ResponseSpec, event_operation, no_content, ok


class Favourite(BaseModel):
    """A favourite; `name` is empty if nothing with this id is stored any more."""

    kind: Kind
    id: int
    name: str
    added_at: datetime


class ExportedFavourite(BaseModel):
    """A favourite in the account's export."""

    kind: Kind
    id: int
    added_at: datetime


class Favourites(BaseModel):
    """Favourites by kind, in the order they were added."""

    items: list[Favourite]


OPERATIONS = {
    "list_favourites": Operation(summary="The caller's favourites", access=USER, responses=ok(Favourites)),
    "list_favourites_of_kind": Operation(
        summary="The caller's favourites of one kind", access=USER, responses=ok(Favourites)
    ),
    "add": Operation(
        summary="Add a favourite",
        access=USER,
        responses={
            **ok(Favourite, "It was already a favourite."),
            201: ResponseSpec(description="Added.", content={JSON: Favourite}),
        },
        error_statuses=(409,),
    ),
    "export": Operation(
        summary="The caller's favourites, as `GET /me/export` collects them",
        access=USER,
        responses=ok(list[ExportedFavourite]),
    ),
    "erase": event_operation(UserDeleted.TYPE, "Delete the favourites of a deleted user"),
    "remove": Operation(summary="Remove a favourite", access=USER, responses=no_content("It is not a favourite.")),
}
