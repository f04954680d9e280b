"""Answer from what was computed of a league."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from functions.analyze.ports import Deps, Position, StoredForecast
from shared.domain.catalogue import leagues
from shared.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.rating_history import SeasonHistory


def list_leagues(deps: Deps) -> dict[str, Any]:
    """All analysed leagues."""
    return {"items": [{"league": _slug(row["league_id"]), **row} for row in deps.fits.leagues()]}


def ratings(slug: str, kind: str, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """Team ratings of a league, the best by `kind` first; who has no such rating comes last."""
    league = leagues.by_slug(slug)
    stored = analysed(league.id, as_of, deps)
    rows = sorted(stored["ratings"], key=lambda row: (row[kind] is None, -(row[kind] or 0.0), row["team"]))
    return {
        "league": slug,
        **stored,
        "kind": kind,
        "model": {name: of for name, of in stored["model"].items() if name != "forecaster"},
        "ratings": [{name: _rounded(name, value) for name, value in row.items()} for row in rows],
    }


def rating_history(slug: str, kind: str, season: str, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """The ratings of a season's teams week by week, the best at its end first.

    Of every day they are what all results known today make of it: a correction changes the past too.
    """
    league = leagues.by_slug(slug)
    stored = analysed(league.id, as_of, deps)
    found = _history(league.id, season.replace("-", "/"), as_of, stored["fitted_at"], deps)
    teams = sorted(found.content["teams"], key=lambda row: (-row[kind][-1], row["team"]))
    return {
        "league": slug,
        **{name: stored[name] for name in ("name", "n_matches", "newest_match_at", "version", "inputs", "cautions")},
        "season_id": found.season_id,
        "season": found.season,
        "as_of": as_of,
        "kind": kind,
        "days": found.content["days"],
        "teams": [{"team_id": row["team_id"], "team": row["team"], "ratings": row[kind]} for row in teams],
    }


def forecasts(
    slug: str, *, round: str, after: Position | None, limit: int, as_of: date | None = None, deps: Deps
) -> dict[str, Any]:
    """Forecasts of a league's matches.

    Parameters
    ----------
    round : ``next``, a number, or empty for all.
    after : the last position of the page before.
    as_of : forecast what began on this day or later from what was known before it.
    """
    league = leagues.by_slug(slug)
    stored = analysed(league.id, as_of, deps)
    wanted = stored["next_round"] if round == "next" else _round(round)
    rows: list[StoredForecast] = []
    if round != "next" or wanted is not None:
        rows = _forecast_rows(stored, wanted, after, limit + 1, as_of, deps)
    page = rows[:limit]
    return {
        "league": slug,
        "name": stored["name"],
        "season": stored["season"],
        "round": wanted,
        "as_of": as_of,
        "n_matches": stored["n_matches"],
        "newest_match_at": stored["newest_match_at"],
        "version": stored["version"],
        "inputs": stored["inputs"],
        "cautions": stored["cautions"],
        "items": [_answer(row) for row in page],
        "next": (page[-1].starts_at, page[-1].match_id) if len(rows) > limit else None,
    }


def match_forecast(match_id: int, deps: Deps) -> dict[str, Any]:
    """The forecast of one match."""
    return _answer(deps.fits.forecast(match_id))


def pairing(
    slug: str, home_id: int, away_id: int, *, model: str = "", as_of: date | None = None, deps: Deps
) -> dict[str, Any]:
    """A forecast of any two teams of a league, scheduled or not; `model` names the baseline, empty is our best."""
    from functions.analyze.models.forecaster import restored

    if home_id == away_id:
        raise InvalidInput("a team does not play itself", errors={"away": "the same team as home"})
    stored = analysed(leagues.by_slug(slug).id, as_of, deps)
    known = {int(row["team_id"]) for row in stored["ratings"]}
    unknown = [str(team) for team in (home_id, away_id) if team not in known]
    if unknown:
        raise NotFound(f"no matches of team {', '.join(unknown)} in {slug}")
    forecaster = restored(stored["model"]["forecaster"])
    made = forecaster.baseline(home_id, away_id) if model else forecaster.forecast(home_id, away_id)
    return {"league": slug, "name": stored["name"], "as_of": as_of, **made}


def analysed(league_id: int, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """The stored analysis, or that of an earlier day in the same form."""
    stored = deps.fits.league(league_id)
    return stored if as_of is None else {**stored, **past(league_id, as_of, stored["fitted_at"], deps).described()}


def past(league_id: int, as_of: date, fitted_at: datetime, deps: Deps) -> Analysis:
    """The analysis of an earlier day, as it would be made since the league was last fitted."""
    from functions.analyze.models.analysis import analyse

    return deps.past.made(
        (league_id, as_of, fitted_at, "fit"), lambda: analyse(deps.matches.history(league_id, _moment(as_of)))
    )


def _history(league_id: int, season: str, as_of: date | None, fitted_at: datetime, deps: Deps) -> SeasonHistory:
    if as_of is None:
        return deps.fits.history(league_id, season)
    known = past(league_id, as_of, fitted_at, deps).history
    fitting = [each for each in known if season in ("", each.season, str(each.season_id))]
    if not fitting:
        raise NotFound(f"league {league_id}: no ratings of season {season!r} by {as_of}")
    return fitting[-1]


def _forecast_rows(
    stored: dict[str, Any], round: int | None, after: Position | None, limit: int, as_of: date | None, deps: Deps
) -> list[StoredForecast]:
    """Stored ones; or those of an earlier day, which count as made when it began."""
    league_id = stored["league_id"]
    if as_of is None:
        return deps.fits.forecasts(league_id, stored["season_id"], round=round, after=after, limit=limit)
    then = past(league_id, as_of, stored["fitted_at"], deps)
    rows = [
        StoredForecast(
            match_id=made.match_id,
            league_id=league_id,
            league_name=stored["name"],
            season_id=made.season_id,
            round=made.round,
            starts_at=made.starts_at,
            made_at=_moment(as_of),
            forecast=made.content,
            version=then.version,
            inputs=then.inputs,
        )
        for made in then.forecasts
        if round is None or made.round == round
    ]
    return [row for row in rows if after is None or (row.starts_at, row.match_id) > after][:limit]


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _rounded(name: str, value: Any) -> Any:
    return round(value, 1 if name == "elo" else 3) if isinstance(value, float) else value


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
        "version": row.version,
        "inputs": row.inputs,
    }
