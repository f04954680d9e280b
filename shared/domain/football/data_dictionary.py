"""The views that analysts query, and what each of their columns means: the one place where both are written.

`/stats/schema`, the migration that creates the views and the dictionary of an export are made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a view."""

    name: str
    expression: str
    """In the terms of what the view reads; the name alone where it is the same."""
    type: str
    """As ClickHouse has it."""
    unit: str
    """What one of it is; empty for names and flags."""
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view: a name, what it reads, its columns in order."""

    name: str
    description: str
    reads: str
    """The FROM clause and what follows it."""
    columns: tuple[Column, ...]

    def select(self) -> str:
        """Return the SELECT of the view."""
        listed = ",\n    ".join(
            each.name if each.expression == each.name else f"{each.expression} AS {each.name}" for each in self.columns
        )
        return f"SELECT\n    {listed}\nFROM {self.reads}"  # nosec B608 - our own text


def _columns(text: str) -> Iterator[Column]:
    """Yield columns of lines ``name | type | unit | description | expression``; the last may be left out."""
    for line in filter(str.strip, text.splitlines()):
        name, kind, unit, description, *expression = (part.strip() for part in line.split("|"))
        yield Column(
            name=name,
            expression=expression[0] if expression else name,
            type=kind,
            unit=unit,
            description=description,
        )


def _view(name: str, description: str, reads: str, columns: str) -> View:
    return View(name=name, description=description, reads=reads, columns=tuple(_columns(columns)))


_PROVENANCE = """
source | LowCardinality(String) | | where the record comes from
version | Int64 | ms since 1970 | when the source changed it, else when it was read
fetched_at | DateTime64(3, 'UTC') | UTC | when the record was stored
"""

VIEWS = (
    _view(
        "stats_leagues",
        "Competitions.",
        "current_leagues",
        """
        league_id | Int64 | | the competition
        name | String | | its name today
        country | LowCardinality(String) | | where it is played, empty where clubs of several meet
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_seasons",
        "Seasons of each source; of several with one league and year, preference 1 is what all routes count.",
        "ranked_seasons",
        """
        league_id | Int64 | | the competition
        season_id | Int64 | | the season of this source
        name | String | | as the source calls it
        year | LowCardinality(String) | | label: 2024/25, or 2025 for a season within one year
        starts_in | Int32 | year | first calendar year
        preference | UInt64 | rank | 1 = the source that counts
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_teams",
        "Clubs and national teams.",
        "current_teams",
        """
        team_id | Int64 | | the team
        name | String | | its name
        short_name | String | | a shorter one
        code | String | | of three letters, where the source has one
        country | LowCardinality(String) | | of the club
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_players",
        "Players.",
        "current_players",
        """
        player_id | Int64 | | the player
        name | String | | full name
        short_name | String | | a shorter one
        position | LowCardinality(String) | | G, D, M or F
        country | LowCardinality(String) | | of the player
        born_on | Nullable(Date32) | day | date of birth
        height_cm | Nullable(Int32) | cm | height
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_matches",
        "Matches, each event once, of every source; join stats_seasons on preference = 1 to count a match once.",
        "listed_matches",
        """
        match_id | Int64 | | the match
        league_id | Int64 | | the competition
        season_id | Int64 | | the season
        round | Nullable(Int32) | number | of the season or its phase
        round_name | LowCardinality(String) | | of a knock-out round
        starts_at | DateTime64(3, 'UTC') | UTC | kick-off
        day_only | Bool | | true: the source gives no time, and that of starts_at is a placeholder
        status_code | Int32 | | the source's code; 100 = played to the end
        status_type | LowCardinality(String) | | notstarted, inprogress, finished, postponed, canceled
        home_id | Int64 | | home team
        away_id | Int64 | | away team
        home_name | String | | its name
        away_name | String | | its name
        home_goals | Nullable(Int32) | goals | after 90 minutes
        away_goals | Nullable(Int32) | goals | after 90 minutes
        home_goals_half | Nullable(Int32) | goals | at half-time | home_goals_period1
        away_goals_half | Nullable(Int32) | goals | at half-time | away_goals_period1
        home_goals_final | Nullable(Int32) | goals | with extra time, without a shoot-out | home_goals_display
        away_goals_final | Nullable(Int32) | goals | with extra time, without a shoot-out | away_goals_display
        home_penalties | Nullable(Int32) | goals | of a shoot-out
        away_penalties | Nullable(Int32) | goals | of a shoot-out
        home_red_cards | Int32 | cards | sent off
        away_red_cards | Int32 | cards | sent off
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_team_statistics",
        "Statistics of both sides by period and key.",
        "current_team_statistics",
        """
        league_id | Int64 | | the competition
        season_id | Int64 | | the season
        match_id | Int64 | | the match
        period | LowCardinality(String) | | ALL, 1ST or 2ND
        key | LowCardinality(String) | | the source's stable name, such as ballPossession
        name | LowCardinality(String) | | for people
        home_value | Nullable(Float64) | as the key | home side; percent for ratios
        away_value | Nullable(Float64) | as the key | away side
        home_total | Nullable(Float64) | as the key | what a ratio is of
        away_total | Nullable(Float64) | as the key | what a ratio is of
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_appearances",
        "Squad members of each match.",
        "current_appearances",
        """
        league_id | Int64 | | the competition
        season_id | Int64 | | the season
        match_id | Int64 | | the match
        player_id | Int64 | | the player
        player_name | String | | his name
        team_id | Int64 | | his team
        is_home | Bool | | whether it plays at home
        position | LowCardinality(String) | | G, D, M or F in this match
        starter | Bool | | in the first eleven
        captain | Bool | | led the team
        minutes | Nullable(Int32) | min | played; null for an unused substitute
        rating | Nullable(Float64) | 0 to 10 | by the source
        statistics | Map(LowCardinality(String), Float64) | as the key | by the source's name; zeros are left out
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_incidents",
        "Goals, cards, substitutions, decisions and period marks, in their order.",
        "current_incidents",
        """
        league_id | Int64 | | the competition
        season_id | Int64 | | the season
        match_id | Int64 | | the match
        ordinal | Int32 | number | order within the match
        kind | LowCardinality(String) | | goal, card, substitution, varDecision, period …
        detail | LowCardinality(String) | | such as regular, penalty, ownGoal, yellow, red
        minute | Int32 | min | of the match
        added_minute | Nullable(Int32) | min | beyond the period
        is_home | Nullable(Bool) | | the side; of an own goal the one that gains it
        player_id | Nullable(Int64) | | who did it
        player_name | String | | his name
        home_score | Nullable(Int32) | goals | afterwards
        away_score | Nullable(Int32) | goals | afterwards
        rescinded | Bool | | a card that was taken back
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_shots",
        "Shots with where they were taken and what they were worth.",
        "current_shots",
        """
        league_id | Int64 | | the competition
        season_id | Int64 | | the season
        match_id | Int64 | | the match
        ordinal | Int32 | number | order within the match
        player_id | Int64 | | who shot
        player_name | String | | his name
        is_home | Bool | | the side
        outcome | LowCardinality(String) | | goal, save, miss, block or post
        situation | LowCardinality(String) | | such as assisted, corner, penalty
        body_part | LowCardinality(String) | | right-foot, left-foot, head, other
        minute | Int32 | min | of the match
        added_minute | Nullable(Int32) | min | beyond the period
        x | Float64 | % of length | distance from the attacked goal line, 0 to 100
        y | Float64 | % of width | across the pitch, 0 to 100
        xg | Nullable(Float64) | goals | expected, before the shot
        xgot | Nullable(Float64) | goals | expected, of shots on target
        """
        + _PROVENANCE,
    ),
    _view(
        "stats_odds",
        "Prices of bookmakers.",
        "current_odds",
        """
        league_id | Int64 | | the competition
        season_id | Int64 | | the season
        match_id | Int64 | | the match
        bookmaker | LowCardinality(String) | | who offers it; market_average and market_maximum are of many
        market | LowCardinality(String) | | result, total or handicap
        line | LowCardinality(String) | goals | of a total or handicap
        outcome | LowCardinality(String) | | home, draw, away, over or under
        is_closing | Bool | | the last price before kick-off
        decimal | Float64 | stakes | returned for a stake of 1, the stake included
        """
        + _PROVENANCE,
    ),
)

BY_NAME = {view.name: view for view in VIEWS}


def create_statements() -> str:
    """Return the text of the migration that creates the views."""
    head = (
        "-- The views that analysts query by SQL. Made of shared/domain/football/data_dictionary.py, which says what\n"
        "-- each column means; a test compares the two.\n"
    )
    return head + "".join(f"\nCREATE OR REPLACE VIEW {view.name} AS\n{view.select()};\n" for view in VIEWS)
