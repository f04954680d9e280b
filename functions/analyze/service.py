"""Answer from the stored analysis of a league, or from its analysis as of an earlier day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from functions.analyze.ports import Deps, Position, StoredForecast
from shared.domain.catalogue import leagues
from shared.errors import InvalidInput, NotFound
from shared.web import paging

if TYPE_CHECKING:
    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.rating_history import SeasonHistory

_SUMMARY = ("name", "n_matches", "newest_match_at", "version", "inputs", "cautions")
"""The fields of an analysis that every answer repeats."""
_MOST = 200_000
"""Forecasts of one answer: decades of all leagues of the catalogue."""


def list_leagues(deps: Deps) -> dict[str, Any]:
    """List all analysed leagues."""
    return {"items": [{"league": leagues.slug_of(row["league_id"]), **row} for row in deps.analyses.leagues()]}


def get_ratings(slug: str, kind: str, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """Return the team ratings of a league, the best by `kind` first; teams without such a rating come last."""
    analysis = load_analysis(leagues.by_slug(slug).id, as_of, deps)
    rows = sorted(analysis["ratings"], key=lambda row: (row[kind] is None, -(row[kind] or 0.0), row["team"]))
    return {
        "league": slug,
        **analysis,
        "kind": kind,
        "model": {name: part for name, part in analysis["model"].items() if name != "forecaster"},
        "ratings": [{name: _round_rating(name, value) for name, value in row.items()} for row in rows],
    }


def get_rating_history(slug: str, kind: str, season: str, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """Return the ratings of a season's teams week by week, the best at the end first.

    The ratings of a past week come from all results known today: a corrected result changes them too.
    """
    league_id = leagues.by_slug(slug).id
    analysis = load_analysis(league_id, as_of, deps)
    history = _season_history(league_id, season.replace("-", "/"), as_of, analysis["fitted_at"], deps)
    teams = sorted(history.content["teams"], key=lambda row: (-row[kind][-1], row["team"]))
    return {
        "league": slug,
        **{name: analysis[name] for name in _SUMMARY},
        "season_id": history.season_id,
        "season": history.season,
        "as_of": as_of,
        "kind": kind,
        "days": history.content["days"],
        "teams": [{"team_id": row["team_id"], "team": row["team"], "ratings": row[kind]} for row in teams],
    }


def list_forecasts(
    slug: str, *, round: str, cursor: str, limit: int, as_of: date | None = None, deps: Deps
) -> dict[str, Any]:
    """List a page of forecasts of a league's matches by kick-off.

    Parameters
    ----------
    round : ``next``, a number, or empty for all rounds.
    cursor : `next` of the page before, empty for the first page.
    as_of : forecast the matches that began on this day or later, from the results before it.
    """
    analysis = load_analysis(leagues.by_slug(slug).id, as_of, deps)
    number = analysis["next_round"] if round == "next" else _parse_round(round)
    rows: list[StoredForecast] = []
    if round != "next" or number is not None:
        rows = read_forecast_rows(analysis, number, paging.decode_time_and_id(cursor), limit + 1, as_of, deps)
    page = rows[:limit]
    return {
        "league": slug,
        **{name: analysis[name] for name in _SUMMARY},
        "season": analysis["season"],
        "round": number,
        "as_of": as_of,
        "items": [_forecast_to_json(row) for row in page],
        "next": paging.encode((page[-1].starts_at, page[-1].match_id) if len(rows) > limit else None),
    }


def list_forecasts_between(
    since: datetime, until: datetime, *, league: str, whole: bool, cursor: str, limit: int, deps: Deps
) -> dict[str, Any]:
    """List a page of forecasts by kick-off, as they stood at kick-off where it is over, without their score matrices.

    Parameters
    ----------
    since, until : of the kick-off; `until` itself is left out.
    league : slug of one league; empty for all.
    whole : return all of them, as a file wants; the store holds some thousands for each season.
    """
    league_id = leagues.by_slug(league).id if league else None
    limit = _MOST if whole else limit
    query = [since.isoformat(), until.isoformat(), league]
    after = paging.decode_time_and_id(cursor, query=query)
    rows = deps.analyses.forecasts_between(since, until, league_id=league_id, after=after, limit=limit + 1)
    page = rows[:limit]
    position = (page[-1].starts_at, page[-1].match_id) if len(rows) > limit else None
    return {"items": [_summary_to_json(row) for row in page], "next": paging.encode(position, query=query)}


def get_match_forecast(match_id: int, deps: Deps) -> dict[str, Any]:
    """Return the forecast of one match."""
    return _forecast_to_json(deps.analyses.forecast(match_id))


def forecast_pairing(
    slug: str, home_id: int, away_id: int, *, model: str = "", as_of: date | None = None, deps: Deps
) -> dict[str, Any]:
    """Forecast any two teams of a league, scheduled or not.

    Parameters
    ----------
    model : the name of the baseline, or empty for our best model.
    """
    from functions.analyze.models.forecaster import restore_forecaster

    if home_id == away_id:
        raise InvalidInput("a team does not play itself", errors={"away": "the same team as home"})
    analysis = load_analysis(leagues.by_slug(slug).id, as_of, deps)
    rated = {int(row["team_id"]) for row in analysis["ratings"]}
    unknown = [str(team_id) for team_id in (home_id, away_id) if team_id not in rated]
    if unknown:
        raise NotFound(f"no matches of team {', '.join(unknown)} in {slug}")
    forecaster = restore_forecaster(analysis["model"]["forecaster"])
    forecast = forecaster.baseline(home_id, away_id) if model else forecaster.forecast(home_id, away_id)
    return {"league": slug, "name": analysis["name"], "as_of": as_of, **forecast}


def load_analysis(league_id: int, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """Return the stored analysis, or the one of an earlier day in the same form."""
    stored = deps.analyses.league(league_id)
    if as_of is None:
        return stored
    return {**stored, **analysis_as_of(league_id, as_of, stored["fitted_at"], deps).summary()}


def analysis_as_of(league_id: int, as_of: date, fitted_at: datetime, deps: Deps) -> Analysis:
    """Compute (or take from the cache) the analysis of an earlier day; a new fit of the league makes it stale."""
    from functions.analyze.models.analysis import analyse

    return deps.as_of_analyses.get_or_compute(
        (league_id, as_of, fitted_at, "fit"), lambda: analyse(deps.matches.history(league_id, start_of_day(as_of)))
    )


def start_of_day(day: date) -> datetime:
    """Return midnight UTC at the beginning of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _season_history(league_id: int, season: str, as_of: date | None, fitted_at: datetime, deps: Deps) -> SeasonHistory:
    if as_of is None:
        return deps.analyses.history(league_id, season)
    seasons = analysis_as_of(league_id, as_of, fitted_at, deps).history
    matching = [each for each in seasons if season in ("", each.season, str(each.season_id))]
    if not matching:
        raise NotFound(f"league {league_id}: no ratings of season {season!r} by {as_of}")
    return matching[-1]


def read_forecast_rows(
    analysis: dict[str, Any],
    round: int | None,
    after: Position | None,
    limit: int,
    as_of: date | None,
    deps: Deps,
    *,
    made_since: datetime | None = None,
) -> list[StoredForecast]:
    """Return stored forecasts, or those of an earlier day; the latter count as made at the beginning of that day.

    Parameters
    ----------
    made_since : leave out stored forecasts that are older.
    """
    league_id = analysis["league_id"]
    if as_of is None:
        return deps.analyses.forecasts(
            league_id, analysis["season_id"], round=round, after=after, limit=limit, made_since=made_since
        )
    past = analysis_as_of(league_id, as_of, analysis["fitted_at"], deps)
    rows = [
        StoredForecast(
            match_id=forecast.match_id,
            league_id=league_id,
            league_name=analysis["name"],
            season_id=forecast.season_id,
            round=forecast.round,
            starts_at=forecast.starts_at,
            made_at=start_of_day(as_of),
            forecast=forecast.content,
            version=past.version,
            inputs=past.inputs,
        )
        for forecast in past.forecasts
        if round is None or forecast.round == round
    ]
    return [row for row in rows if after is None or (row.starts_at, row.match_id) > after][:limit]


def _round_rating(name: str, value: Any) -> Any:
    return round(value, 1 if name == "elo" else 3) if isinstance(value, float) else value


def _parse_round(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise InvalidInput("the round is not valid", errors={"round": "must be next or a number"})
    return int(text)


def _summary_to_json(row: StoredForecast) -> dict[str, Any]:
    content = row.forecast
    best = content["likely_scores"][0] if content["likely_scores"] else {"score": None, "p": None}
    return {
        "match_id": row.match_id,
        "league": leagues.slug_of(row.league_id),
        "season_id": row.season_id,
        "round": row.round,
        "starts_at": row.starts_at,
        "made_at": row.made_at,
        "home": content["home"],
        "away": content["away"],
        "probabilities": content["probabilities"],
        "expected_goals": content["expected_goals"],
        "likely_score": best["score"],
        "p_likely_score": best["p"],
        "version": row.version,
    }


def _forecast_to_json(row: StoredForecast) -> dict[str, Any]:
    return {
        "match_id": row.match_id,
        "league": leagues.slug_of(row.league_id),
        "name": row.league_name,
        "season_id": row.season_id,
        "round": row.round,
        "starts_at": row.starts_at,
        "made_at": row.made_at,
        **row.forecast,
        "version": row.version,
        "inputs": row.inputs,
    }
