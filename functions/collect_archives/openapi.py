"""Routes of collect-archives, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from shared.web.openapi import Operation, ok


class Now(BaseModel):
    """The time by the function's clock."""

    now: datetime


OPERATIONS = {"show": Operation(summary="The time by the function's clock", responses=ok(Now))}
