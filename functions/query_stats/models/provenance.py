"""The provenance of every record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Provenance(BaseModel):
    """Where a record comes from; the provenance of a sum is that of its newest part."""

    source: str
    version: int = Field(description="when the source changed it, else when it was read, in milliseconds since 1970")
    fetched_at: datetime

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Move the fields of the provenance to the end, where a table has them as its last columns."""
        super().__pydantic_init_subclass__(**kwargs)
        for name in Provenance.model_fields:
            cls.__pydantic_fields__[name] = cls.__pydantic_fields__.pop(name)
