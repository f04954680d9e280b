"""Results of teams from stored matches: which matches count, each fixture once, and each result as a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from functions.query_stats.ports import Rows
from functions.query_stats.stored_match import StoredMatch
from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.football.match_status import is_settled
from shared.domain.football.ruled_table import ruled_matches
from shared.domain.football.table import counted_matches, decided_matches

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
"""As of this moment every result counts."""


def uncounted_in_season(matches: Sequence[StoredMatch], rules: SeasonRules) -> list[int]:
    """Return the ids of a season's results that do not count in its table, such as play-offs and repeated events.

    A cup without a league phase has no table: all its fixtures count.
    """
    counted = ruled_matches(matches, rules=rules, as_of=END_OF_TIME) or _decided(matches)
    return _others(matches, counted)


def uncounted_of_team(matches: Iterable[StoredMatch]) -> list[int]:
    """Return the ids of a team's results that do not count in the tables of their seasons."""
    seasons: dict[tuple[int, int], list[StoredMatch]] = {}
    for match in matches:
        seasons.setdefault((match.league_id, match.season_id), []).append(match)
    return [match_id for season in seasons.values() for match_id in _uncounted(season)]


def repeated(matches: Sequence[StoredMatch]) -> list[int]:
    """Return the ids of results that repeat a fixture."""
    return _others(matches, _decided(matches))


def result_rows(matches: Iterable[StoredMatch], team_of: dict[int, int]) -> Rows:
    """Return one row per fixture with a result, by kick-off, seen from one team.

    Parameters
    ----------
    team_of : match id to the team from which the result is seen.
    """
    return [
        _result_row(match, score, is_home=team_of[match.match_id] == match.home_id)
        for match, score in decided_matches(matches, as_of=END_OF_TIME)
    ]


def _uncounted(season: Sequence[StoredMatch]) -> list[int]:
    counted = [match for match, _ in counted_matches(season, as_of=END_OF_TIME)]
    return _others(season, counted or _decided(season))


def _decided(matches: Iterable[StoredMatch]) -> list[StoredMatch]:
    return [match for match, _ in decided_matches(matches, as_of=END_OF_TIME)]


def _others(matches: Iterable[StoredMatch], counted: Iterable[StoredMatch]) -> list[int]:
    counted_ids = {match.match_id for match in counted}
    return [match.match_id for match in matches if match.match_id not in counted_ids and is_settled(match.status_code)]


def _result_row(match: StoredMatch, score: tuple[int, int], *, is_home: bool) -> dict[str, Any]:
    home, away = (match.home_id, match.home_name), (match.away_id, match.away_name)
    (team_id, team_name), (opponent_id, opponent_name) = (home, away) if is_home else (away, home)
    goals_for, goals_against = score if is_home else score[::-1]
    return {
        "match_id": match.match_id,
        "league_id": match.league_id,
        "season_id": match.season_id,
        "round": match.round,
        "starts_at": match.starts_at,
        "team_id": team_id,
        "team_name": team_name,
        "opponent_id": opponent_id,
        "opponent_name": opponent_name,
        "is_home": is_home,
        "goals_for": goals_for,
        "goals_against": goals_against,
        "source": match.source,
        "version": match.version,
        "fetched_at": match.fetched_at,
    }
