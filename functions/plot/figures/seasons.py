"""Pictures of a league's season: places by round and the last results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.plot.figures.picture import Picture, Rows
from shared.domain.catalogue import competition_rules
from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.catalogue.leagues import League
from shared.domain.football.fixtures import current_events
from shared.domain.football.match_status import is_settled
from shared.domain.football.ruled_table import ruled_table, tables_by_round

if TYPE_CHECKING:
    from shared.domain.football.records import Match

_END = datetime.max.replace(tzinfo=UTC)
_LAST_YEAR = 9999


def positions(name: str, season: str, league: League, matches: Sequence[Match]) -> Picture:
    """Each team's place once a round's matches counted: a postponed one with its own round, a ruling from its day."""
    rows: Rows = [
        {"round": number, "place": place, "team_id": row.team_id, "team": row.team_name, "points": row.points}
        for number, table in tables_by_round(matches, rules=_rules(league, season), as_of=_END)
        for place, row in enumerate(table, start=1)
    ]
    return Picture(
        kind="positions",
        title=f"{name} {season}: place by round",
        text=_standing(rows),
        rows=rows,
        frame={"league": league.slug, "season": season},
    )


def form(name: str, season: str, league: League, matches: Sequence[Match], *, n: int) -> Picture:
    """The last `n` results of every team, the table's leader first, the newest result last."""
    names = {team: name for match in matches for team, name in _names(match)}
    rows: Rows = []
    for row in ruled_table(matches, rules=_rules(league, season), as_of=_END):
        mine = [match for match in _played(matches) if row.team_id in (match.home_id, match.away_id)]
        rows += [_result(row.team_id, match, names) for match in mine[-n:]]
    return Picture(
        kind="form",
        title=f"{name} {season}: last {n} results",
        text=" ".join(f"{team}: {letters}." for team, letters in _letters(rows).items()) or "No match was played yet.",
        rows=rows,
        frame={"league": league.slug, "season": season, "n": n},
    )


def _rules(league: League, season: str) -> SeasonRules:
    """Of the season of this label; of one without any, those of the seasons to come."""
    year = season[:4]
    return competition_rules.of_season(league.slug, int(year) if year.isdecimal() else _LAST_YEAR)


def _played(matches: Sequence[Match]) -> list[Match]:
    """The matches whose score counts, by kick-off."""
    counted = [
        match
        for match in current_events(matches)
        if is_settled(match.status_code) and match.home_goals is not None and match.away_goals is not None
    ]
    return sorted(counted, key=lambda match: (match.starts_at, match.match_id))


def _names(match: Match) -> tuple[tuple[int, str], tuple[int, str]]:
    return (match.home_id, match.home_name), (match.away_id, match.away_name)


def _result(team_id: int, match: Match, names: dict[int, str]) -> dict[str, Any]:
    at_home = team_id == match.home_id
    goals = (match.home_goals or 0, match.away_goals or 0)
    scored, conceded = goals if at_home else goals[::-1]
    return {
        "team_id": team_id,
        "team": names[team_id],
        "played_on": match.starts_at.date().isoformat(),
        "opponent": names[match.away_id if at_home else match.home_id],
        "venue": "home" if at_home else "away",
        "goals_for": scored,
        "goals_against": conceded,
        "result": "W" if scored > conceded else "L" if scored < conceded else "D",
    }


def _letters(rows: Rows) -> dict[str, str]:
    letters: dict[str, str] = {}
    for row in rows:
        letters[row["team"]] = letters.get(row["team"], "") + row["result"]
    return letters


def _standing(rows: Rows) -> str:
    if not rows:
        return "No round was played yet."
    last = rows[-1]["round"]
    told = ", ".join(f"{row['place']}. {row['team']} ({row['points']})" for row in rows if row["round"] == last)
    return f"After round {last}: {told}."
