"""One team: who it is, what it played and plays, what that adds up to."""

from __future__ import annotations

from operator import getitem

from functions.query_stats.resource import Resource, about, span
from functions.query_stats.season_table import rules, season_table
from functions.query_stats.stats_request import Asked, Content, Rows
from functions.query_stats.stored_match import flat, provenance, stored, told
from shared.domain.football.team_results import from_rows, record, splits, streaks

_ANYONE = 0
_BY_GOALS = rules(0, 0)
"""Thirds of a table need no more than points and goals."""


def _team(asked: Asked) -> Content:
    found = asked.one("team", f"team {asked['team_id']}")
    return {**found, "seasons": asked.rows("team_seasons")}


def _matches(asked: Asked) -> Content:
    found, following = asked.page("team_matches")
    return {"team_id": asked["team_id"], "items": [told(stored(row)) for row in found], "next": following}


def _next_match(asked: Asked) -> Content:
    return told(stored(asked.one("next_match", f"a match to come of team {asked['team_id']}")))


def _stats(asked: Asked) -> Content:
    return {"team_id": asked["team_id"], "items": asked.rows("team_stats", **span(asked))}


def _standings(asked: Asked) -> Content:
    """Its row in the table of each season it played, or of one, the newest first."""
    rows: Rows = []
    for season in asked.rows("team_standing_seasons"):
        place = {"league_id": season["league_id"], "season_id": season["season_id"]}
        matches = asked.season_matches(**place)
        rows += [
            {**place, **flat(row), **provenance(matches)}
            for row in season_table(matches, rules(season["league_id"], season["starts_in"]))
            if row.team_id == asked["team_id"]
        ]
    return {"team_id": asked["team_id"], "items": rows}


def _streaks(asked: Asked) -> Content:
    results = _results(asked)
    made_of = provenance(results, getitem)
    rows = [{**flat(streak), **made_of} for streak in streaks(from_rows(results))]
    return {"team_id": asked["team_id"], "items": rows}


def _splits(asked: Asked) -> Content:
    """By venue, third of the opponents in the season's table, and month; the newest season when none is named."""
    results = _results(asked)
    if not results:
        return {"team_id": asked["team_id"], "items": []}
    season_id = results[-1]["season_id"]
    own = [row for row in results if row["season_id"] == season_id]
    place = {"league_id": own[-1]["league_id"], "season_id": season_id}
    table = season_table(asked.season_matches(**place), _BY_GOALS)
    places = {row.team_id: row.rank for row in table}
    rows = [
        {"split": split, "part": part, **flat(each), **provenance(own, getitem)}
        for split, part, each in splits(from_rows(own), places=places)
    ]
    return {"team_id": asked["team_id"], "season_id": season_id, "items": rows}


def _head_to_head(asked: Asked) -> Content:
    """All meetings, the newest last, and what they add up to from the first team's side."""
    rows = asked.rows("team_results", season="", opponent_id=asked["other_id"])
    meetings = from_rows(rows)
    return {
        "team_id": asked["team_id"],
        "other_id": asked["other_id"],
        "record": flat(record(meetings)),
        "at_home": flat(record([side for side in meetings if side.is_home])),
        "away": flat(record([side for side in meetings if not side.is_home])),
        "items": rows,
    }


def _results(asked: Asked) -> Rows:
    return asked.rows("team_results", opponent_id=_ANYONE)


RESOURCES = (
    Resource(
        name="team",
        path="/teams/<int:team_id>",
        text="One team and the seasons it played",
        answer=_team,
        model="teams.WholeTeam",
    ),
    Resource(
        name="team_matches",
        path="/teams/<int:team_id>/matches",
        text="Matches of a team by kick-off",
        answer=_matches,
        query="TeamMatchesQuery",
        model="teams.TeamMatches",
    ),
    Resource(
        name="next_match",
        path="/teams/<int:team_id>/next-match",
        text="The next match of a team",
        answer=_next_match,
        model="matches.Match",
    ),
    Resource(
        name="team_stats",
        path="/teams/<int:team_id>/stats",
        text="Results and statistics of a team by season, or between two dates",
        answer=_stats,
        query="SpanQuery",
        model="teams.TeamStats",
    ),
    Resource(
        name="team_standings",
        path="/teams/<int:team_id>/standings",
        text="The team's row in the table of its newest season, or of one",
        answer=_standings,
        query="SeasonQuery",
        model="teams.TeamStandings",
    ),
    Resource(
        name="team_squad",
        path="/teams/<int:team_id>/players",
        text="Who was in the team's squads of a season",
        answer=about("team_id", "team_squad"),
        query="SeasonQuery",
        model="teams.Squad",
    ),
    Resource(
        name="team_player_stats",
        path="/teams/<int:team_id>/player-stats",
        text="What each player did for the team in a season",
        answer=about("team_id", "team_player_stats"),
        query="SeasonQuery",
        model="teams.TeamPlayerStats",
    ),
    Resource(
        name="team_managers",
        path="/teams/<int:team_id>/managers",
        text="Who managed the team, the newest first",
        answer=about("team_id", "team_managers"),
        model="teams.TeamManagers",
    ),
    Resource(
        name="team_streaks",
        path="/teams/<int:team_id>/streaks",
        text="The team's longest streaks and those that go on, over all seasons or one",
        answer=_streaks,
        query="AnySeasonQuery",
        model="teams.TeamStreaks",
    ),
    Resource(
        name="team_splits",
        path="/teams/<int:team_id>/splits",
        text="The team's results of a season by venue, strength of the opponent and month",
        answer=_splits,
        query="AnySeasonQuery",
        model="teams.TeamSplits",
    ),
    Resource(
        name="team_shots",
        path="/teams/<int:team_id>/shots",
        text="Shots of a team in a season",
        answer=about("team_id", "team_shots"),
        query="SeasonQuery",
        model="teams.TeamShots",
    ),
    Resource(
        name="head_to_head",
        path="/teams/<int:team_id>/against/<int:other_id>",
        text="All meetings of two teams",
        answer=_head_to_head,
        model="teams.HeadToHead",
    ),
)
