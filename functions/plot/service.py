"""Gather the data of a picture, and draw it unless the cache has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from functions.plot.figures import forecasts, radar, seasons, shots
from functions.plot.figures import rating_lines as rating_figures
from functions.plot.figures.picture import Picture, Rows
from shared.domain.catalogue import leagues
from shared.domain.catalogue.leagues import League
from shared.errors import NotFound
from shared.ports.cache import Cache
from shared.ports.probes import Probes

if TYPE_CHECKING:
    from shared.domain.football.records import Match

CACHE_TTL_S = 24 * 3600


class FootballStore(Protocol):
    """The stored football data; ids are those of the source."""

    def league_name(self, league_id: int) -> str:
        """Return the league's name in the source; empty if the league is not stored."""

    def seasons(self, league_id: int) -> Rows:
        """List seasons with matches, the newest first: `season_id` and `year`."""

    def season_matches(self, league_id: int, season_id: int) -> list[Match]:
        """List every event of a season by kick-off, postponed ones included."""

    def match(self, match_id: int) -> Match | None:
        """Return a match, None if it is not stored."""

    def shots(self, match: Match) -> Rows:
        """List the shots of a match in their order."""

    def player_seasons(self, player_id: int) -> Rows:
        """List a player's seasons, the newest first: `league_id`, `season_id`, `year`, and `name` of the season."""

    def season_players(self, league_id: int, season_id: int) -> list[radar.PlayerSeason]:
        """List the sums of every player of a season."""


class ForecastStore(Protocol):
    """The forecasts, outlooks and rating histories that analyze stored."""

    def forecast(self, match_id: int) -> dict[str, Any] | None:
        """Return the forecast of a match, None if there is none."""

    def outlook(self, league_id: int) -> tuple[dict[str, Any], str, str] | None:
        """Return a league's outlook, the league's name and the season's label."""

    def ratings(self, league_id: int, season: str) -> tuple[dict[str, Any], str, str] | None:
        """Return the rating history of a season (id or label; empty: the newest), the league's name and the label."""


class Render(Protocol):
    """Draws a picture."""

    def __call__(self, picture: Picture, format: str, theme: str) -> bytes:
        """Return the image as ``svg`` or ``png`` in the theme ``light`` or ``dark``.

        Raises
        ------
        Overloaded : too many pictures are waiting to be drawn.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    football: FootballStore
    forecasts: ForecastStore
    cache: Cache
    render: Render
    probes: Probes


def get_image(digest: str, picture: Picture, *, format: str, theme: str, deps: Deps) -> bytes:
    """Return the image from the cache, or draw it.

    Parameters
    ----------
    digest : identifies everything that is shown and how it is drawn. Other data has another digest, so no cached image
        ever has to be invalidated.
    """
    key = f"plot:{digest}"
    cached = deps.cache.get(key)
    if cached is not None:
        return cached
    image = deps.render(picture, format, theme)
    deps.cache.put(key, image, ttl_s=CACHE_TTL_S)
    return image


def shot_map(match_id: int, deps: Deps) -> Picture:
    """Build the shot map of a match."""
    match = _match(match_id, deps)
    return shots.shot_map(match, _shots(match, deps))


def xg_race(match_id: int, deps: Deps) -> Picture:
    """Build the race of expected goals in a match."""
    match = _match(match_id, deps)
    return shots.xg_race(match, _shots(match, deps))


def score_matrix(match_id: int, deps: Deps) -> Picture:
    """Build the score matrix of a match from its forecast."""
    forecast = deps.forecasts.forecast(match_id)
    if forecast is None:
        raise NotFound(f"match {match_id}: no forecast")
    return forecasts.score_matrix(forecast)


def positions(slug: str, season: str, deps: Deps) -> Picture:
    """Build the positions in the table by round."""
    league, name, row = _season(slug, season, deps)
    matches = deps.football.season_matches(league.id, row["season_id"])
    return seasons.positions(name, row["year"], league, matches)


def ranks(slug: str, deps: Deps) -> Picture:
    """Build the probabilities of every team and place in the newest season."""
    stored = deps.forecasts.outlook(leagues.by_slug(slug).id)
    if stored is None:
        raise NotFound(f"{slug}: no season was simulated yet")
    outlook, name, season = stored
    return forecasts.ranks(slug, name, season, outlook)


def rating_lines(slug: str, season: str, kind: str, deps: Deps) -> Picture:
    """Build the rating lines of a season's teams."""
    stored = deps.forecasts.ratings(leagues.by_slug(slug).id, season.replace("-", "/"))
    if stored is None:
        raise NotFound(f"{slug}: no ratings of season {season!r}" if season else f"{slug}: no ratings yet")
    history, name, label = stored
    return rating_figures.lines(slug, name, label, kind, history)


def form(slug: str, season: str, n: int, deps: Deps) -> Picture:
    """Build the form strip of a season's teams."""
    league, name, row = _season(slug, season, deps)
    matches = deps.football.season_matches(league.id, row["season_id"])
    return seasons.form(name, row["year"], league, matches, n=n)


def player_radar(player_id: int, season_id: int | None, min_minutes: int, deps: Deps) -> Picture:
    """Build the radar of a player in a season, or in his newest season."""
    player_seasons = deps.football.player_seasons(player_id)
    season = next((row for row in player_seasons if season_id in (None, row["season_id"])), None)
    if season is None:
        raise NotFound(f"player {player_id}: no minutes" + ("" if season_id is None else f" in season {season_id}"))
    players = deps.football.season_players(season["league_id"], season["season_id"])
    return radar.radar(player_id, players, season_name=season["name"], min_minutes=min_minutes)


def _match(match_id: int, deps: Deps) -> Match:
    match = deps.football.match(match_id)
    if match is None:
        raise NotFound(f"match {match_id} is not stored")
    return match


def _shots(match: Match, deps: Deps) -> Rows:
    rows = deps.football.shots(match)
    if not rows:
        raise NotFound(f"match {match.match_id}: no shots are stored")
    return rows


def _season(slug: str, label: str, deps: Deps) -> tuple[League, str, dict[str, Any]]:
    """Return the league, its name, and the season with this label (``2024/25``, ``2024-25``) or id, or the newest."""
    league = leagues.by_slug(slug)
    year = label.replace("-", "/")
    rows = deps.football.seasons(league.id)
    matching = [row for row in rows if not label or year == row["year"] or label == str(row["season_id"])]
    if not matching:
        raise NotFound(f"season {label!r} is not stored" if label else "no season is stored yet")
    return league, deps.football.league_name(league.id), matching[0]
