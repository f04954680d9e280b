"""Recompute a league when its results change, and answer from what was computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain import leagues
from shared.errors import InvalidInput, NotFound
from shared.events.football import LeagueUpdated
from shared.ports import Probes

if TYPE_CHECKING:
    from functions.analyze.model import Analysis, History


class Matches(Protocol):
    """The stored matches of a league."""

    def history(self, league_id: int) -> History:
        """Final scores of all seasons, coming matches of the newest; `NotFound` when the league has no match."""


class Fits(Protocol):
    """Where analyses are kept."""

    def request(self) -> int:
        """Number a wish for a fit; a fit that begins to read later covers it."""

    def refit(self, league_id: int, request: int, compute: Callable[[], Analysis]) -> bool:
        """Compute and store in one turn per league; False when a fit that covers the request was stored meanwhile.

        Raises `Overloaded` when another fit of the league holds the turn too long.
        """

    def league(self, league_id: int) -> dict[str, Any]:
        """The stored analysis without its forecasts; `NotFound` when there is none."""

    def leagues(self) -> list[dict[str, Any]]:
        """Every league that has an analysis: id, season, when fitted, on how many matches."""

    def forecasts(
        self, league_id: int, season_id: int, *, round: int | None, after: Position | None, limit: int
    ) -> list[StoredForecast]:
        """Forecasts of coming and past matches by kick-off, after a position."""

    def forecast(self, match_id: int) -> StoredForecast:
        """The forecast of one match; `NotFound` when there is none."""


Position = tuple[datetime, int]
"""Kick-off and match id: where a page ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredForecast:
    """One forecast as kept."""

    match_id: int
    league_id: int
    league_name: str
    season_id: int
    round: int | None
    starts_at: datetime
    made_at: datetime
    forecast: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    matches: Matches
    fits: Fits
    probes: Probes


def recompute(event: LeagueUpdated, deps: Deps) -> None:
    """Fit the league anew unless a fit that began after this event did so already.

    A burst of events costs two fits, not one each: those that wait for the turn find themselves covered. A second
    delivery fits again on the same data and stores the same result.
    """
    from functions.analyze.model import analyse

    request = deps.fits.request()
    deps.fits.refit(event.league_id, request, lambda: analyse(deps.matches.history(event.league_id)))


def list_leagues(deps: Deps) -> dict[str, Any]:
    """All analysed leagues."""
    return {"items": [{"league": _slug(row["league_id"]), **row} for row in deps.fits.leagues()]}


def ratings(slug: str, deps: Deps) -> dict[str, Any]:
    """Team ratings of a league, best first."""
    league = leagues.by_slug(slug)
    stored = deps.fits.league(league.id)
    rounded = [
        {**row, "elo": round(row["elo"], 1), "attack": round(row["attack"], 3), "defence": round(row["defence"], 3)}
        for row in stored["ratings"]
    ]
    return {"league": slug, **stored, "ratings": rounded}


def forecasts(slug: str, *, round: str, after: Position | None, limit: int, deps: Deps) -> dict[str, Any]:
    """Forecasts of a league's matches.

    Parameters
    ----------
    round : ``next``, a number, or empty for all.
    after : the last position of the page before.
    """
    league = leagues.by_slug(slug)
    stored = deps.fits.league(league.id)
    wanted = stored["next_round"] if round == "next" else _round(round)
    if round == "next" and wanted is None:
        return {
            "league": slug,
            "name": stored["name"],
            "season": stored["season"],
            "round": None,
            "items": [],
            "next": None,
        }
    rows = deps.fits.forecasts(league.id, stored["season_id"], round=wanted, after=after, limit=limit + 1)
    page = rows[:limit]
    more = (page[-1].starts_at, page[-1].match_id) if len(rows) > limit else None
    return {
        "league": slug,
        "name": stored["name"],
        "season": stored["season"],
        "round": wanted,
        "items": [_answer(row) for row in page],
        "next": more,
    }


def match_forecast(match_id: int, deps: Deps) -> dict[str, Any]:
    """The forecast of one match."""
    return _answer(deps.fits.forecast(match_id))


def pairing(slug: str, home_id: int, away_id: int, deps: Deps) -> dict[str, Any]:
    """A forecast of any two teams of a league, scheduled or not."""
    from functions.analyze.model import forecaster_of

    if home_id == away_id:
        raise InvalidInput("a team does not play itself", errors={"away": "the same team as home"})
    stored = deps.fits.league(leagues.by_slug(slug).id)
    known = {int(row["team_id"]) for row in stored["ratings"]}
    unknown = [str(team) for team in (home_id, away_id) if team not in known]
    if unknown:
        raise NotFound(f"no matches of team {', '.join(unknown)} in {slug}")
    return {
        "league": slug,
        "name": stored["name"],
        **forecaster_of(stored["model"], stored["ratings"]).forecast(home_id, away_id),
    }


def _round(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise InvalidInput("the round does not fit", errors={"round": "next, or a number"})
    return int(text)


def _slug(league_id: int) -> str:
    try:
        return leagues.by_id(league_id).slug
    except NotFound:
        return str(league_id)


def _answer(row: StoredForecast) -> dict[str, Any]:
    return {
        "match_id": row.match_id,
        "league": _slug(row.league_id),
        "name": row.league_name,
        "season_id": row.season_id,
        "round": row.round,
        "starts_at": row.starts_at,
        "made_at": row.made_at,
        **row.forecast,
    }
