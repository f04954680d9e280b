"""Pictures of a league's season: positions by round and the last results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.plot.figures.picture import Picture, Rows
from shared.domain.catalogue import competition_rules
from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.catalogue.leagues import League
from shared.domain.football.ruled_table import ruled_table, tables_by_round
from shared.domain.football.table import counted_matches

if TYPE_CHECKING:
    from shared.domain.football.records import Match

_END = datetime.max.replace(tzinfo=UTC)
_LAST_YEAR = 9999


def positions(name: str, season: str, league: League, matches: Sequence[Match]) -> Picture:
    """Show each team's position after each round; a postponed match counts with its own round."""
    rows: Rows = [
        {"round": number, "place": place, "team_id": row.team_id, "team": row.team_name, "points": row.points}
        for number, table in tables_by_round(matches, rules=_rules(league, season), as_of=_END)
        for place, row in enumerate(table, start=1)
    ]
    return Picture(
        kind="positions",
        title=f"{name} {season}: place by round",
        text=_describe_standing(rows),
        rows=rows,
        frame={"league": league.slug, "season": season},
    )


def form(name: str, season: str, league: League, matches: Sequence[Match], *, n: int) -> Picture:
    """Show the last `n` results of every team, teams by position, the newest result last."""
    names = {team: name for match in matches for team, name in _names(match)}
    rows: Rows = []
    for row in ruled_table(matches, rules=_rules(league, season), as_of=_END):
        own = [match for match in _played(matches) if row.team_id in (match.home_id, match.away_id)]
        rows += [_result(row.team_id, match, names) for match in own[-n:]]
    return Picture(
        kind="form",
        title=f"{name} {season}: last {n} results",
        text=" ".join(f"{team}: {letters}." for team, letters in _letters(rows).items()) or "No match was played yet.",
        rows=rows,
        frame={"league": league.slug, "season": season, "n": n},
    )


def _rules(league: League, season: str) -> SeasonRules:
    """Return the rules of the season with this label; without a label those of coming seasons."""
    year = season[:4]
    return competition_rules.of_season(league.slug, int(year) if year.isdecimal() else _LAST_YEAR)


def _played(matches: Sequence[Match]) -> list[Match]:
    """Return the matches that count in the table, by kick-off."""
    return [match for match, _ in counted_matches(matches, as_of=_END)]


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


def _describe_standing(rows: Rows) -> str:
    if not rows:
        return "No round was played yet."
    last = rows[-1]["round"]
    standing = ", ".join(f"{row['place']}. {row['team']} ({row['points']})" for row in rows if row["round"] == last)
    return f"After round {last}: {standing}."
