"""Tables as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.domain.table import TableRow


class Table(BaseModel):
    """A league table at a moment."""

    league: str
    name: str
    season: str
    as_of: datetime | None
    venue: Literal["all", "home", "away"]
    tie_break: list[str]
    rows: list[TableRow]
