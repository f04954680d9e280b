"""Make lines from forecasts, close them in time, and record how matches ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from functions.make_lines import core
from functions.make_lines.core import AwaitedEvent, MatchLine, PlayedMatch
from functions.make_lines.ports import Deps, LeagueFit, LeagueState, ScoreForecast
from shared.domain.betting.pricing import price_matches
from shared.domain.catalogue import leagues
from shared.errors import NotFound, Unavailable
from shared.events.envelope import Event
from shared.events.football import LeagueUpdated
from shared.events.ticks import task_of

_log = logging.getLogger(__name__)

HORIZON = timedelta(days=14)
"""Lines are made for matches that begin within this time."""
LEASE = timedelta(minutes=5)
"""Lines take no bets this long after they were last confirmed: five missed ticks of the clock."""
STALE_AFTER = timedelta(minutes=30)
"""A forecast that does not know the newest result of its league after this time is stale."""
PRICES_KEPT = timedelta(days=90)
"""How long after an event began its superseded prices are kept."""


def update_league(event: LeagueUpdated, deps: Deps) -> None:
    """Record the league's results, then make its lines anew. A second delivery finds both done.

    The forecast that knows these results comes a little later; the clock finds it.
    """
    now = deps.clock.now()
    _record_results(now, event.league_id, deps)
    league = leagues.slug_of(event.league_id)
    try:
        _make_league(event.league_id, league, now, deps)
    except NotFound:
        _log.info("league %s has no forecasts yet", league, extra={"action": "make_lines"})
    _publish(deps)


def run_task(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``make`` or ``forget``.

    Raises
    ------
    InvalidInput : the event names another task, or none.
    """
    _TASKS[task_of(event, _TASKS)](deps)


def make_all(deps: Deps) -> None:
    """Close what has begun, record results, make or confirm the lines of every league, and stop what nobody confirms.

    Each step is done even if one before it failed, as bets must be stopped when football is silent above all.
    """
    now = deps.clock.now()
    failures: list[Exception] = []
    steps: tuple[Callable[[], object], ...] = (
        lambda: deps.lines.close_begun(now),
        lambda: _record_results(now, None, deps),
        lambda: _make_leagues(now, deps),
        lambda: deps.lines.suspend_lapsed(now),
    )
    for step in steps:
        try:
            step()
        except Unavailable as failure:
            failures.append(failure)
    _publish(deps)
    if failures:
        raise failures[0]


def _make_leagues(now: datetime, deps: Deps) -> None:
    """Make lines where there is a new forecast, confirm them elsewhere, and suspend where the forecast is stale."""
    fits, states = deps.football.leagues(), deps.lines.states(now)
    stale = [fit for fit in fits if _is_stale(fit, states.get(fit.league_id), now)]
    deps.lines.suspend_leagues([fit.league_id for fit in stale], "stale_forecast", now=now)
    fresh = [fit for fit in fits if fit not in stale]
    deps.lines.confirm(fresh, now=now, valid_until=now + LEASE)
    for fit in fresh:
        if _is_due(fit, states.get(fit.league_id), now):
            _make_league(fit.league_id, fit.league, now, deps)


def _is_stale(fit: LeagueFit, state: LeagueState | None, now: datetime) -> bool:
    """Whether a fit should know a result by now, and does not."""
    if state is None or state.newest_result_of is None or state.newest_result_at is None:
        return False
    knows_it = fit.newest_match_at is not None and fit.newest_match_at >= state.newest_result_of
    return not knows_it and now > state.newest_result_at + STALE_AFTER


def _is_due(fit: LeagueFit, state: LeagueState | None, now: datetime) -> bool:
    """Whether the lines are of an older forecast; and once in a while, as more matches come within the horizon."""
    if state is None or state.oldest_forecast_at is None or state.n_waiting:
        return True
    return state.oldest_forecast_at < fit.fitted_at or now.minute % 15 == 0


def _make_league(league_id: int, league: str, now: datetime, deps: Deps) -> None:
    forecasts = deps.football.forecasts(league, until=now + HORIZON)
    coming = [forecast for forecast in forecasts if forecast.starts_at > now]
    lines = price_lines(league_id, league, coming)
    changed = deps.lines.put(league_id, lines, now=now, valid_until=now + LEASE)
    if changed:
        extra = {"action": "make_lines", "league": league, "n_events": len(changed)}
        _log.info("lines of %s: %d events changed", league, len(changed), extra=extra)


def price_lines(league_id: int, league: str, forecasts: Sequence[ScoreForecast]) -> list[MatchLine]:
    """Price the markets of forecast matches of a league."""
    priced = price_matches([forecast.scores for forecast in forecasts])
    return [
        MatchLine(
            match_id=forecast.match_id,
            league_id=league_id,
            league=league,
            round=forecast.round,
            starts_at=forecast.starts_at,
            home_id=forecast.home_id,
            home=forecast.home,
            away_id=forecast.away_id,
            away=forecast.away,
            forecast_at=forecast.made_at,
            markets=markets,
        )
        for forecast, markets in zip(forecasts, priced, strict=True)
    ]


def _record_results(now: datetime, league_id: int | None, deps: Deps) -> None:
    """Record what the source says of events that wait for their result, or may still be corrected.

    Results are read when an event wakes us, and not taken from it: so it does not matter in which order, or how often,
    events arrive.
    """
    awaited = deps.lines.awaited(now=now, correctable_since=now - core.CORRECTION_WINDOW, league_id=league_id)
    matches: dict[int, PlayedMatch] = {}
    for day in sorted({event.starts_at.date() for event in awaited}):
        matches |= deps.football.matches_of_day(day)
    for event in awaited:
        match = matches.get(event.match_id) or deps.football.match(event.match_id)
        verdict = core.judge(event, match, now)
        if verdict is not None:
            if verdict.status == "final" and event.status != "final":
                _keep_closing_odds(event, now, deps)
            deps.lines.record(event.event_id, verdict, source_version=match.version if match else 0, now=now)


def _keep_closing_odds(event: AwaitedEvent, now: datetime, deps: Deps) -> None:
    """Store closing odds for the scores of lines, before the result that is scored. They are worth no second try."""
    try:
        odds = deps.football.closing_odds(event.match_id)
    except Unavailable:
        _log.warning("closing odds of match %d are not read", event.match_id, extra={"action": "closing_odds"})
        return
    if odds is not None:
        deps.lines.put_closing_odds(event.event_id, odds, now=now)


def _forget(deps: Deps) -> None:
    while deps.lines.forget_prices(deps.clock.now() - PRICES_KEPT):
        pass


def _publish(deps: Deps) -> None:
    if deps.publish_events is not None:
        deps.publish_events()


_TASKS: dict[str, Callable[[Deps], None]] = {"make": make_all, "forget": _forget}
