"""Answer questions about leagues, matches, teams and players from what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from shared import rfc3339
from shared.domain import leagues
from shared.domain.fixtures import current_events
from shared.domain.records import Match
from shared.domain.table import league_table
from shared.errors import InvalidInput, NotFound
from shared.events.football import LeagueUpdated
from shared.ports import Cache, Probes

CACHE_TTL_S = 900
MATCH_PARTS = ("statistics", "lineups", "incidents", "shots")
Rows = list[dict[str, Any]]
_EVERYTHING = datetime.max.replace(tzinfo=UTC)
_ANY = 0
"""Stands for all leagues together: its generation changes with each of theirs."""


class Stats(Protocol):
    """What is stored about football; ids are the source's."""

    def leagues(self) -> Rows:
        """Leagues by name."""

    def seasons(self, league_id: int) -> Rows:
        """Seasons of a league, newest first, with how many matches of each are stored."""

    def season_matches(self, league_id: int, season_id: int) -> list[Match]:
        """Every event of a season by kick-off, postponed originals too."""

    def match(self, match_id: int) -> Match | None:
        """One match."""

    def match_detail(self, match: Match) -> dict[str, Any] | None:
        """What only the match's own page tells."""

    def match_part(self, match: Match, part: str) -> Rows:
        """One of `MATCH_PARTS`, in reading order."""

    def teams(self, league_id: int, season_id: int) -> Rows:
        """Teams that have a match in the season, by name."""

    def team(self, team_id: int) -> dict[str, Any] | None:
        """One team with its seasons, newest first."""

    def player(self, player_id: int) -> dict[str, Any] | None:
        """One player with his seasons, highest id first: minutes, mean rating, totals of every statistic."""

    def leaders(
        self, league_id: int, season_id: int, *, metric: str, per_90: bool, min_minutes: int, limit: int
    ) -> Rows:
        """Players with the highest `value` of a statistic above zero, of equal ones who needed fewer minutes first.

        A ``rating`` is weighted by minutes; there of equal ones who played more comes first.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    stats: Stats
    cache: Cache
    probes: Probes


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFilter:
    """Which matches of a season are wanted; empty means any."""

    round: int | None = None
    team: int | None = None
    state: str = ""


Position = tuple[datetime, int]
"""Kick-off and match id: where a page ends."""


def forget(event: LeagueUpdated, deps: Deps) -> None:
    """Make every cached answer about the league stale; a second delivery only does it again."""
    deps.cache.advance(_generation(event.league_id))
    deps.cache.advance(_generation(_ANY))


def list_leagues(deps: Deps) -> dict[str, Any]:
    """Every league something is stored about."""
    return _cached(("leagues",), _ANY, deps, lambda: {"items": [_league(row) for row in deps.stats.leagues()]})


def list_seasons(slug: str, deps: Deps) -> dict[str, Any]:
    """The seasons of a league, newest first."""
    league = leagues.by_slug(slug)
    return _cached(("seasons", slug), league.id, deps, lambda: {"league": slug, "items": deps.stats.seasons(league.id)})


def table(slug: str, *, season: str, as_of: datetime | None, venue: str, deps: Deps) -> dict[str, Any]:
    """The league table at a moment (default: all final matches), over all of them or one venue (``home``, ``away``)."""
    league = leagues.by_slug(slug)

    def compute() -> dict[str, Any]:
        chosen = _season(league.id, season, deps)
        matches = deps.stats.season_matches(league.id, chosen["season_id"])
        rows = league_table(matches, as_of=as_of or _EVERYTHING, tie_break=league.tie_break, venue=venue)
        return {
            "league": slug,
            "name": _name(league.id, deps),
            "season": chosen["year"],
            "as_of": as_of,
            "venue": venue or "all",
            "tie_break": list(league.tie_break),
            "rows": [asdict(row) for row in rows],
        }

    return _cached(("table", slug, season, as_of, venue), league.id, deps, compute)


def matches(
    slug: str, *, season: str, wanted: MatchFilter, after: Position | None, limit: int, deps: Deps
) -> dict[str, Any]:
    """A page of a season's matches by kick-off; postponed originals stand beside their successors."""
    league = leagues.by_slug(slug)

    def compute() -> dict[str, Any]:
        chosen = _season(league.id, season, deps)
        stored = deps.stats.season_matches(league.id, chosen["season_id"])
        current = {event.match_id for event in current_events(stored)}
        fitting = [match for match in stored if _fits(match, wanted) and (after is None or _position(match) > after)]
        page = fitting[:limit]
        return {
            "league": slug,
            "season": chosen["year"],
            "items": [{**_match(match), "replaced": match.match_id not in current} for match in page],
            "next": _position(page[-1]) if len(fitting) > limit else None,
        }

    return _cached(("matches", slug, season, asdict(wanted), after, limit), league.id, deps, compute)


def match(match_id: int, deps: Deps) -> dict[str, Any]:
    """One match with what its own page tells."""
    league_id = _league_of(match_id, deps)

    def compute() -> dict[str, Any]:
        found = _stored_match(match_id, deps)
        return {**_match(found), "detail": deps.stats.match_detail(found), "parts": list(MATCH_PARTS)}

    return _cached(("match", match_id), league_id, deps, compute)


def match_part(match_id: int, part: str, deps: Deps) -> dict[str, Any]:
    """One of `MATCH_PARTS` of a match; an empty list when the source has none."""
    if part not in MATCH_PARTS:
        raise NotFound(f"a match has {', '.join(MATCH_PARTS)}, not {part!r}")
    league_id = _league_of(match_id, deps)

    def compute() -> dict[str, Any]:
        found = _stored_match(match_id, deps)
        return {"match_id": match_id, "items": deps.stats.match_part(found, part)}

    return _cached(("match", match_id, part), league_id, deps, compute)


def teams(slug: str, *, season: str, deps: Deps) -> dict[str, Any]:
    """The teams of a season by name."""
    league = leagues.by_slug(slug)

    def compute() -> dict[str, Any]:
        chosen = _season(league.id, season, deps)
        return {"league": slug, "season": chosen["year"], "items": deps.stats.teams(league.id, chosen["season_id"])}

    return _cached(("teams", slug, season), league.id, deps, compute)


def team(team_id: int, deps: Deps) -> dict[str, Any]:
    """One team and the seasons it played.

    Any league may change the answer: a club that is promoted appears in one that the cached answer does not name.
    """
    return _cached(("team", team_id), _ANY, deps, lambda: _found(deps.stats.team(team_id), f"team {team_id}"))


def player(player_id: int, deps: Deps) -> dict[str, Any]:
    """One player and what he did by season and team; any league may change the answer, since he may move there."""
    return _cached(
        ("player", player_id), _ANY, deps, lambda: _found(deps.stats.player(player_id), f"player {player_id}")
    )


def leaders(
    slug: str, *, season: str, metric: str, per_90: bool, min_minutes: int, limit: int, deps: Deps
) -> dict[str, Any]:
    """Players by one statistic (the source's name, or ``rating``), best first; equal values share a rank."""
    if metric == "rating" and per_90:
        raise InvalidInput("the query does not fit", errors={"per_90": "a rating has no per-90 form"})
    league = leagues.by_slug(slug)

    def compute() -> dict[str, Any]:
        chosen = _season(league.id, season, deps)
        rows = deps.stats.leaders(
            league.id, chosen["season_id"], metric=metric, per_90=per_90, min_minutes=min_minutes, limit=limit
        )
        return {
            "league": slug,
            "season": chosen["year"],
            "metric": metric,
            "per_90": per_90,
            "min_minutes": min_minutes,
            "items": _ranked(rows),
        }

    return _cached(("leaders", slug, season, metric, per_90, min_minutes, limit), league.id, deps, compute)


def _cached(
    asked: tuple[object, ...], league_id: int, deps: Deps, compute: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The cached answer of this generation of the league (or of `_ANY`), or a fresh one.

    The generation is read before the data, so an answer computed while the league changes is already stale when it is
    stored. Values that are not JSON (times) come back as text either way.
    """
    generation = deps.cache.generation(_generation(league_id))
    place = _place(*asked, generation)
    remembered = deps.cache.get(place) if generation else None
    if remembered is None:
        remembered = json.dumps(compute(), ensure_ascii=False, default=rfc3339.in_json, allow_nan=False).encode()
        if generation:
            deps.cache.put(place, remembered, ttl_s=CACHE_TTL_S)
    answer: dict[str, Any] = json.loads(remembered)
    return answer


def _league_of(match_id: int, deps: Deps) -> int:
    """The league of a match, which must be known before the match may be read from the cache.

    It never changes, so it needs no generation, and other leagues' updates leave a match's answers alone.
    """
    place = _place("league-of", match_id)
    remembered = deps.cache.get(place)
    if remembered is not None:
        return int(remembered)
    league_id = _stored_match(match_id, deps).league_id
    deps.cache.put(place, str(league_id).encode(), ttl_s=CACHE_TTL_S)
    return league_id


def _place(*asked: object) -> str:
    """The cache key of a question. As JSON, no text of a caller can make two questions look alike."""
    return f"query-stats:{json.dumps(asked, default=rfc3339.in_json)}"


def _generation(league_id: int) -> str:
    return f"league:{league_id}"


def _season(league_id: int, label: str, deps: Deps) -> dict[str, Any]:
    """The season of this label (``2024/25``, ``2024-25``) or id; without a label the newest that has matches."""
    stored = deps.stats.seasons(league_id)
    wanted = label.replace("-", "/")
    if label:
        fitting = [row for row in stored if wanted == row["year"] or label == str(row["season_id"])]
    else:
        # The source opens a season weeks before its fixtures are drawn.
        fitting = [row for row in stored if row["matches"]] or stored
    if not fitting:
        raise NotFound(f"season {label!r} is not stored" if label else "no season is stored yet")
    return fitting[0]


def _stored_match(match_id: int, deps: Deps) -> Match:
    found = deps.stats.match(match_id)
    if found is None:
        raise NotFound(f"match {match_id} is not stored")
    return found


def _found(row: dict[str, Any] | None, what: str) -> dict[str, Any]:
    if row is None:
        raise NotFound(f"{what} is not stored")
    return row


def _league(row: dict[str, Any]) -> dict[str, Any]:
    try:
        slug = leagues.by_id(row["league_id"]).slug
    except NotFound:
        slug = str(row["league_id"])
    return {"league": slug, **row}


def _name(league_id: int, deps: Deps) -> str:
    """The league as the source names it: a simulated one says so."""
    names = {row["league_id"]: row["name"] for row in deps.stats.leagues()}
    return str(names.get(league_id, ""))


def _fits(match: Match, wanted: MatchFilter) -> bool:
    return (
        (wanted.round is None or match.round == wanted.round)
        and (wanted.team is None or wanted.team in (match.home_id, match.away_id))
        and (not wanted.state or match.status_type == wanted.state)
    )


def _position(match: Match) -> Position:
    return match.starts_at, match.match_id


def _match(match: Match) -> dict[str, Any]:
    return {
        "match_id": match.match_id,
        "league_id": match.league_id,
        "season_id": match.season_id,
        "round": match.round,
        "starts_at": match.starts_at,
        "status": {"code": match.status_code, "type": match.status_type},
        "home": {"id": match.home_id, "name": match.home_name},
        "away": {"id": match.away_id, "name": match.away_name},
        "score": {"home": match.home_goals, "away": match.away_goals},
        "half_time": {"home": match.home_goals_period1, "away": match.away_goals_period1},
        "penalties": {"home": match.home_penalties, "away": match.away_penalties},
        "red_cards": {"home": match.home_red_cards, "away": match.away_red_cards},
        "source": match.source,
        "version": match.version,
    }


def _ranked(rows: Sequence[dict[str, Any]]) -> Rows:
    """Competition ranking: 1, 2, 2, 4. Values that look equal in the answer are equal."""
    ranked: Rows = []
    for place, row in enumerate(rows, start=1):
        tied = bool(ranked) and ranked[-1]["value"] == round(row["value"], 3)
        rank = ranked[-1]["rank"] if tied else place
        ranked.append({"rank": rank, **row, "value": round(row["value"], 3), "total": round(row["total"], 3)})
    return ranked
