"""Favourites, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from shared.domain.accounts.favourites import Kind
from shared.web.openapi import JSON, USER, Answer, Operation, done, ok


class Favourite(BaseModel):
    """What the user likes; `name` is empty when nothing of this id is stored any more."""

    kind: Kind
    id: int
    name: str
    added_at: datetime


class Favourites(BaseModel):
    """By kind, the first that was added first."""

    items: list[Favourite]


OPERATIONS = {
    "listed": Operation(text="What the caller likes", access=USER, answers=ok(Favourites)),
    "listed_kind": Operation(text="What the caller likes of one kind", access=USER, answers=ok(Favourites)),
    "add": Operation(
        text="Like something",
        access=USER,
        answers={**ok(Favourite, "It was liked before."), 201: Answer(text="Liked.", content={JSON: Favourite})},
        refuses=(409,),
    ),
    "remove": Operation(text="Like it no more", access=USER, answers=done("It is no favourite.")),
}
