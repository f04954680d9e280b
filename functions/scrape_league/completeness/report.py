"""The completeness report as callers see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.catalogue.leagues import by_slug, slug_of

if TYPE_CHECKING:
    from shared.domain.football.completeness import Season, SliceCount


class CompletenessStore(Protocol):
    """What was collected, and what is missing."""

    def completeness(self, league_ids: Sequence[int] | None, *, now: datetime) -> list[Season]:
        """The report on every season of these leagues, of all when there are none."""


def completeness(leagues: Sequence[str], season: str, books: CompletenessStore, *, now: datetime) -> dict[str, Any]:
    """What was collected of each season and what is missing.

    Parameters
    ----------
    leagues : slugs; none means all.
    season : a label such as ``2025/26``, or empty for all.

    Raises
    ------
    NotFound : no such league.
    """
    ids = [by_slug(slug).id for slug in leagues] if leagues else None
    found = books.completeness(ids, now=now)
    items = [_shown(one) for one in found if season in ("", one.counts.label)]
    return {"state": "incomplete" if any(item["why"] for item in items) else "complete", "items": items}


def _shown(season: Season) -> dict[str, Any]:
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
        "slices": {part.slice: _outcomes(part) for part in season.slices},
        "gaps": [{"ref": gap.ref, "state": gap.state, "reason": gap.reason} for gap in season.gaps],
    }


def _outcomes(part: SliceCount) -> dict[str, int]:
    names = ("expected", "present", "absent", "missing", "failed", "denied", "quarantined")
    return {name: getattr(part, name) for name in names}
