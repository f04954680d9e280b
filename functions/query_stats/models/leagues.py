"""Leagues and seasons as they are answered."""

from __future__ import annotations

from pydantic import BaseModel


class League(BaseModel):
    """A competition something is stored about; `league` is what other paths call it."""

    league: str
    league_id: int
    name: str
    country: str
    source: str


class Leagues(BaseModel):
    """By name."""

    items: list[League]


class Season(BaseModel):
    """One season, and how many matches of it are stored."""

    season_id: int
    year: str
    name: str
    starts_in: int
    matches: int


class Seasons(BaseModel):
    """The newest first."""

    league: str
    items: list[Season]
