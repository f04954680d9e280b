"""What every record tells of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Provenance(BaseModel):
    """Of a sum, what its newest part tells."""

    source: str
    version: int = Field(description="when the source changed it, or was read, in milliseconds since 1970")
    fetched_at: datetime

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """The columns of a table begin with what it is about and end with where that is from."""
        super().__pydantic_init_subclass__(**kwargs)
        for name in Provenance.model_fields:
            cls.__pydantic_fields__[name] = cls.__pydantic_fields__.pop(name)
