"""The completeness report: what was collected of each season and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.catalogue.leagues import by_slug, slug_of

if TYPE_CHECKING:
    from shared.domain.football.completeness import Season, SliceCount

_OUTCOMES = ("expected", "present", "absent", "missing", "failed", "denied", "quarantined")


class CompletenessStore(Protocol):
    """The records of the collector about seasons."""

    def read_seasons(self, league_ids: Sequence[int] | None, *, now: datetime) -> list[Season]:
        """Return the report of every season of these leagues; of all leagues if None."""


def build_report(leagues: Sequence[str], season: str, store: CompletenessStore, *, now: datetime) -> dict[str, Any]:
    """Return the report as callers see it.

    Parameters
    ----------
    leagues : slugs; none means all.
    season : a label such as ``2025/26``; empty means all.

    Raises
    ------
    NotFound : there is no such league.
    """
    ids = [by_slug(slug).id for slug in leagues] if leagues else None
    seasons = store.read_seasons(ids, now=now)
    items = [_season_to_json(one) for one in seasons if season in ("", one.counts.label)]
    return {"state": "incomplete" if any(item["why"] for item in items) else "complete", "items": items}


def _season_to_json(season: Season) -> dict[str, Any]:
    counts = season.counts
    return {
        "league": slug_of(counts.league_id),
        "season": counts.label,
        "season_id": counts.season_id,
        "state": season.state,
        "why": list(season.why),
        "matches": {
            "fixtures": counts.fixtures,
            "fixtures_expected": counts.fixtures_expected,
            "finished": counts.finished,
            "complete": counts.complete,
            "overdue": counts.overdue,
        },
        "quarantined": counts.quarantined,
        "lists": {"expected": counts.lists_expected, "read": counts.lists_read},
        "slices": {part.slice: _slice_to_json(part) for part in season.slices},
        "gaps": [{"ref": gap.ref, "state": gap.state, "reason": gap.reason} for gap in season.gaps],
    }


def _slice_to_json(part: SliceCount) -> dict[str, int]:
    return {name: getattr(part, name) for name in _OUTCOMES}
