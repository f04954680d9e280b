"""Matches as lists show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.site.presentation.formats import kind_of_match, to_instant

Json = Mapping[str, Any]
LATE_AFTER = timedelta(hours=4)
"""A match that long after its kick-off without an end goes on all the same: delays happen, and it must not vanish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A match of a list with what was forecast for it."""

    match: Json
    kind: str
    """``coming``, ``live``, ``over`` or ``off``."""
    forecast: Json | None

    @property
    def id(self) -> int:
        """The match's id."""
        return int(self.match["match_id"])

    @property
    def starts_at(self) -> str:
        """Kick-off."""
        return str(self.match["starts_at"])


@dataclass(frozen=True, slots=True, kw_only=True)
class League:
    """The matches of one league."""

    slug: str
    name: str
    country: str
    matches: Sequence[Listed]


def list_matches(matches: Iterable[Json], forecasts: Iterable[Json]) -> list[Listed]:
    """Return matches with their forecasts: those that are on first, then by kick-off."""
    by_match = {each["match_id"]: each for each in forecasts}
    listed = [
        Listed(match=each, kind=kind_of_match(each["status"]), forecast=by_match.get(each["match_id"]))
        for each in matches
        if not each.get("replaced")
    ]
    return sorted(listed, key=lambda each: (each.kind != "live", each.starts_at, each.id))


def by_league(listed: Iterable[Listed], leagues: Iterable[Json]) -> list[League]:
    """Return the leagues that have matches: with one that is on first, then as the menu has them."""
    named = {each["league_id"]: each for each in leagues}
    order = {league_id: n for n, league_id in enumerate(named)}
    groups: dict[int, list[Listed]] = {}
    for each in listed:
        groups.setdefault(each.match["league_id"], []).append(each)
    rows = []
    for league_id in sorted(groups, key=lambda each: (groups[each][0].kind != "live", order.get(each, len(order)))):
        league = named.get(league_id, {"league": str(league_id), "name": str(league_id), "country": ""})
        rows.append(
            League(slug=league["league"], name=league["name"], country=league["country"], matches=groups[league_id])
        )
    return rows


def newest(rows: Iterable[Json]) -> str:
    """Return when the newest of some rows was fetched; empty without rows."""
    return max((str(row["fetched_at"]) for row in rows if row.get("fetched_at")), default="")


def is_late(match: Json, now: datetime) -> bool:
    """Return whether a match should have ended long ago and the source does not say so."""
    return kind_of_match(match["status"]) in ("coming", "live") and now > to_instant(match["starts_at"]) + LATE_AFTER
