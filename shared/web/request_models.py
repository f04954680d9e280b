"""Base classes and field types of the queries and bodies that functions accept."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.web.paging import DEFAULT_LIMIT, MAX_LIMIT

PrintableText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""Text that is stored and shown later: without control characters."""


class Query(BaseModel):
    """Query parameters; an unknown one is a fault."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Body(BaseModel):
    """A JSON body; an unknown member is a fault, and no number becomes text."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class PageQuery(Query):
    """The page of a collection: how many items, and after which cursor."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str = Field(default="", max_length=200, description="`next` of the page before")
