"""The whole score matrix of each coming match, for whoever prices markets from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from functions.analyze.ports import Deps
from functions.analyze.service import load_analysis, read_forecast_rows
from shared.domain.catalogue import leagues
from shared.web import paging

_DIGITS = 9


def list_score_matrices(slug: str, *, cursor: str, limit: int, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """List a page of score matrices of a league's coming matches by kick-off.

    Only matches that the newest fit forecast: an older forecast stays as it was before kick-off, and a matrix of
    today's ratings would not be its matrix.

    Parameters
    ----------
    cursor : `next` of the page before, empty for the first page.
    as_of : the matches that began on this day or later, from the results before it.
    """
    from functions.analyze.models.forecaster import restore_forecaster

    analysis = load_analysis(leagues.by_slug(slug).id, as_of, deps)
    after = paging.decode_time_and_id(cursor)
    made_since = analysis["fitted_at"]
    rows = read_forecast_rows(analysis, None, after, limit + 1, as_of, deps, made_since=made_since)
    forecaster = restore_forecaster(analysis["model"]["forecaster"])
    page = rows[:limit]
    items = [
        {
            "match_id": row.match_id,
            "season_id": row.season_id,
            "round": row.round,
            "starts_at": row.starts_at,
            "made_at": row.made_at,
            "home": row.forecast["home"],
            "away": row.forecast["away"],
            "scores": forecaster.scores(row.forecast["home"]["id"], row.forecast["away"]["id"]).round(_DIGITS).tolist(),
        }
        for row in page
    ]
    return {
        "league": slug,
        "league_id": analysis["league_id"],
        "name": analysis["name"],
        "season": analysis["season"],
        "as_of": as_of,
        "fitted_at": analysis["fitted_at"],
        "n_matches": analysis["n_matches"],
        "newest_match_at": analysis["newest_match_at"],
        "version": analysis["version"],
        "items": items,
        "next": paging.encode((page[-1].starts_at, page[-1].match_id) if len(rows) > limit else None),
    }
