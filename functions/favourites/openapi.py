"""Favourites, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from shared.domain.accounts.favourites import Kind
from shared.events.users import UserDeleted
from shared.web.openapi import JSON, USER, Operation, ResponseSpec, event_operation, no_content, ok


class Favourite(BaseModel):
    """What the user likes; `name` is empty when nothing of this id is stored any more."""

    kind: Kind
    id: int
    name: str
    added_at: datetime


class Exported(BaseModel):
    """A favourite as it is stored."""

    kind: Kind
    id: int
    added_at: datetime


class Favourites(BaseModel):
    """By kind, the first that was added first."""

    items: list[Favourite]


OPERATIONS = {
    "listed": Operation(summary="What the caller likes", access=USER, responses=ok(Favourites)),
    "listed_kind": Operation(summary="What the caller likes of one kind", access=USER, responses=ok(Favourites)),
    "add": Operation(
        summary="Like something",
        access=USER,
        responses={
            **ok(Favourite, "It was liked before."),
            201: ResponseSpec(description="Liked.", content={JSON: Favourite}),
        },
        error_statuses=(409,),
    ),
    "export": Operation(
        summary="The caller's favourites, as `GET /me/export` collects them", access=USER, responses=ok(list[Exported])
    ),
    "erase": event_operation(UserDeleted.TYPE, "Delete the favourites of a deleted user"),
    "remove": Operation(summary="Like it no more", access=USER, responses=no_content("It is no favourite.")),
}
