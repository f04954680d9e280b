"""Show what is stored as pictures: gather what one shows, and draw it unless it was drawn before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from functions.plot.figures import forecasts as scores
from functions.plot.figures import radar, seasons, shots
from functions.plot.figures import rating_lines as ratings
from functions.plot.figures.picture import Picture, Rows
from shared.domain.catalogue import leagues
from shared.domain.catalogue.leagues import League
from shared.errors import NotFound
from shared.ports.cache import Cache
from shared.ports.probes import Probes

if TYPE_CHECKING:
    from shared.domain.football.records import Match

CACHE_TTL_S = 24 * 3600


class Football(Protocol):
    """What is stored about football; ids are the source's."""

    def league_name(self, league_id: int) -> str:
        """The league as the source names it; empty when nothing is stored of it."""

    def seasons(self, league_id: int) -> Rows:
        """Seasons with matches, the newest first: `season_id` and `year`."""

    def season_matches(self, league_id: int, season_id: int) -> list[Match]:
        """Every event of a season by kick-off, postponed originals too."""

    def match(self, match_id: int) -> Match | None:
        """One match."""

    def shots(self, match: Match) -> Rows:
        """Its shots, the first one first."""

    def player_seasons(self, player_id: int) -> Rows:
        """Where a player played, the newest first: `league_id`, `season_id`, `year`, `name` of the season."""

    def season_players(self, league_id: int, season_id: int) -> list[radar.Season]:
        """Everybody who played in a season."""


class Forecasts(Protocol):
    """What analyze stored."""

    def forecast(self, match_id: int) -> dict[str, Any] | None:
        """The forecast of one match."""

    def outlook(self, league_id: int) -> tuple[dict[str, Any], str, str] | None:
        """The simulated season of a league, the league's name and the season's."""

    def ratings(self, league_id: int, season: str) -> tuple[dict[str, Any], str, str] | None:
        """How ratings moved in the season of this id or label (the newest when empty); league's and season's name."""


class Render(Protocol):
    """Turns a picture into an image."""

    def __call__(self, picture: Picture, form: str, theme: str) -> bytes:
        """As ``svg`` or ``png``, ``light`` or ``dark``; `Overloaded` when too many are waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    football: Football
    forecasts: Forecasts
    cache: Cache
    render: Render
    probes: Probes


def image(digest: str, picture: Picture, *, form: str, theme: str, deps: Deps) -> bytes:
    """The picture drawn, or the same as it was drawn before.

    `digest` names all that is shown and how it is drawn, so nothing ever has to be forgotten: other data is another
    picture.
    """
    place = f"plot:{digest}"
    remembered = deps.cache.get(place)
    if remembered is not None:
        return remembered
    drawn = deps.render(picture, form, theme)
    deps.cache.put(place, drawn, ttl_s=CACHE_TTL_S)
    return drawn


def shot_map(match_id: int, deps: Deps) -> Picture:
    """Where the shots of a match were taken."""
    match = _match(match_id, deps)
    return shots.shot_map(match, _shots(match, deps))


def xg_race(match_id: int, deps: Deps) -> Picture:
    """How the expected goals of a match grew."""
    match = _match(match_id, deps)
    return shots.xg_race(match, _shots(match, deps))


def score_matrix(match_id: int, deps: Deps) -> Picture:
    """How likely each score of a match is, as forecast before it."""
    forecast = deps.forecasts.forecast(match_id)
    if forecast is None:
        raise NotFound(f"match {match_id}: no forecast")
    return scores.score_matrix(forecast)


def positions(slug: str, season: str, deps: Deps) -> Picture:
    """The table's places by round."""
    league, name, chosen = _season(slug, season, deps)
    matches = deps.football.season_matches(league.id, chosen["season_id"])
    return seasons.positions(name, chosen["year"], league, matches)


def ranks(slug: str, deps: Deps) -> Picture:
    """Where the newest season may end for every team."""
    found = deps.forecasts.outlook(leagues.by_slug(slug).id)
    if found is None:
        raise NotFound(f"{slug}: no season was simulated yet")
    outlook, name, season = found
    return scores.ranks(slug, name, season, outlook)


def rating_lines(slug: str, season: str, kind: str, deps: Deps) -> Picture:
    """How the ratings of a season's teams moved."""
    found = deps.forecasts.ratings(leagues.by_slug(slug).id, season.replace("-", "/"))
    if found is None:
        raise NotFound(f"{slug}: no ratings of season {season!r}" if season else f"{slug}: no ratings yet")
    history, name, label = found
    return ratings.lines(slug, name, label, kind, history)


def form(slug: str, season: str, n: int, deps: Deps) -> Picture:
    """The last results of every team of a season."""
    league, name, chosen = _season(slug, season, deps)
    matches = deps.football.season_matches(league.id, chosen["season_id"])
    return seasons.form(name, chosen["year"], league, matches, n=n)


def player_radar(player_id: int, season_id: int | None, min_minutes: int, deps: Deps) -> Picture:
    """A player among those of his position, in the season named or his newest."""
    played = deps.football.player_seasons(player_id)
    where = next((row for row in played if season_id in (None, row["season_id"])), None)
    if where is None:
        raise NotFound(f"player {player_id}: no minutes" + ("" if season_id is None else f" in season {season_id}"))
    everybody = deps.football.season_players(where["league_id"], where["season_id"])
    return radar.radar(player_id, everybody, where=where["name"], min_minutes=min_minutes)


def _match(match_id: int, deps: Deps) -> Match:
    found = deps.football.match(match_id)
    if found is None:
        raise NotFound(f"match {match_id} is not stored")
    return found


def _shots(match: Match, deps: Deps) -> Rows:
    found = deps.football.shots(match)
    if not found:
        raise NotFound(f"match {match.match_id}: no shots are stored")
    return found


def _season(slug: str, label: str, deps: Deps) -> tuple[League, str, dict[str, Any]]:
    """The league, its name, and the season of this label (``2024/25``, ``2024-25``) or id, or the newest."""
    league = leagues.by_slug(slug)
    wanted = label.replace("-", "/")
    stored = deps.football.seasons(league.id)
    fitting = [row for row in stored if not label or wanted == row["year"] or label == str(row["season_id"])]
    if not fitting:
        raise NotFound(f"season {label!r} is not stored" if label else "no season is stored yet")
    return league, deps.football.league_name(league.id), fitting[0]
