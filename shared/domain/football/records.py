"""What is known about football, one dataclass per kind of record, as every source must deliver it.

A record's fields are the columns of its Arrow batches and of its ClickHouse table, in the same order and under the
same names (`shared.adapters.arrow.record_batches` and the migrations; tests hold the three together). Times are aware
and UTC; ids are the source's own; a number the source did not give is None, never zero.

Versions: every record carries `version`, the source's change timestamp in milliseconds (the time of reading where the
source has none). A newer version of one key replaces the older. Records with a `match_id` of which a match has many
(statistics, line-ups, incidents, shots) are replaced as a whole: only those of the newest version count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The fields of all records."""

    TABLE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]]
    source: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueRecord(Record):
    """A competition as the source names it now (names are labels, never keys)."""

    TABLE: ClassVar[str] = "leagues"
    KEY: ClassVar[tuple[str, ...]] = ("league_id",)
    league_id: int
    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonRecord(Record):
    """One season of a competition."""

    TABLE: ClassVar[str] = "seasons"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id")
    league_id: int
    season_id: int
    name: str
    year: str
    """Normalised label: ``2024/25``, or ``2025`` for calendar-year leagues."""
    starts_in: int
    """Calendar year of the first match: what seasons are sorted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Record):
    """A club."""

    TABLE: ClassVar[str] = "teams"
    KEY: ClassVar[tuple[str, ...]] = ("team_id",)
    team_id: int
    name: str
    short_name: str
    code: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Player(Record):
    """A player as a line-up or profile describes him."""

    TABLE: ClassVar[str] = "players"
    KEY: ClassVar[tuple[str, ...]] = ("player_id",)
    player_id: int
    name: str
    short_name: str
    position: str
    """G, D, M, F or empty."""
    country: str
    born_on: date | None
    height_cm: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager(Record):
    """A manager as a match or a profile describes him."""

    TABLE: ClassVar[str] = "managers"
    KEY: ClassVar[tuple[str, ...]] = ("manager_id",)
    manager_id: int
    name: str
    short_name: str
    country: str
    born_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerProfile(Record):
    """Facts from a player's own page; read when he is first seen, and seldom after that."""

    TABLE: ClassVar[str] = "player_profiles"
    KEY: ClassVar[tuple[str, ...]] = ("player_id",)
    player_id: int
    name: str
    short_name: str
    position: str
    positions: tuple[str, ...]
    """His positions in the source's finer terms (`DC`, `ST` ...), the most frequent first."""
    country: str
    born_on: date | None
    height_cm: int | None
    preferred_foot: str
    """Right, Left, Both or empty."""
    shirt_number: int | None
    team_id: int | None
    team_name: str
    contract_until: date | None
    market_value: int | None
    """The source's estimate, in `market_currency`."""
    market_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Record):
    """One event of the source: a fixture, or one of its events when it was postponed and replayed."""

    TABLE: ClassVar[str] = "matches"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id", "match_id")
    league_id: int
    season_id: int
    match_id: int
    custom_id: str
    tournament_id: int
    round: int | None
    round_name: str
    starts_at: datetime
    status_code: int
    status_type: str
    home_id: int
    away_id: int
    home_name: str
    away_name: str
    home_goals: int | None
    """Goals after 90 minutes (`normaltime`); None while the match has no final or running score."""
    away_goals: int | None
    home_goals_period1: int | None
    away_goals_period1: int | None
    home_goals_display: int | None
    """The sporting score, extra time included, shoot-out excluded (`display`)."""
    away_goals_display: int | None
    home_penalties: int | None
    away_penalties: int | None
    winner: int | None
    """1 home, 2 away, 3 draw; None before the end."""
    home_red_cards: int
    away_red_cards: int
    has_xg: bool
    has_player_statistics: bool
    home_goals_current: int | None = None
    """The source's `current`, which counts shoot-out goals too: kept for the invariants, never a result."""
    away_goals_current: int | None = None
    home_goals_period2: int | None = None
    away_goals_period2: int | None = None
    home_goals_extra: int | None = None
    """Goals in extra time (`overtime`)."""
    away_goals_extra: int | None = None
    home_goals_aggregated: int | None = None
    """Goals over both legs of a tie."""
    away_goals_aggregated: int | None = None
    aggregated_winner: int | None = None
    """1 home, 2 away: who goes through in a tie of two legs."""
    added_minutes_period1: int | None = None
    added_minutes_period2: int | None = None
    tournament_name: str = ""
    """Of the tournament within the league: Apertura, a group, a phase; empty where the source names none."""
    day_only: bool = False
    """The source gives only the day; the time of `starts_at` is a placeholder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDetail(Record):
    """Facts from a match's own page."""

    TABLE: ClassVar[str] = "match_details"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id", "match_id")
    league_id: int
    season_id: int
    match_id: int
    venue: str
    city: str
    attendance: int | None
    referee_id: int | None
    referee: str
    home_manager_id: int | None
    home_manager: str
    away_manager_id: int | None
    away_manager: str
    home_formation: str
    away_formation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamStatistic(Record):
    """One statistic of one match and period, both sides."""

    TABLE: ClassVar[str] = "team_statistics"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id", "match_id", "period", "key")
    league_id: int
    season_id: int
    match_id: int
    period: str
    """ALL, 1ST or 2ND."""
    key: str
    """The source's stable key (`totalShotsOnGoal` is all shots, `shotsOnGoal` those on target)."""
    name: str
    groups: tuple[str, ...]
    """Every group that lists the item; never sum over groups."""
    home_value: float | None
    away_value: float | None
    home_total: float | None
    away_total: float | None
    home_text: str
    away_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance(Record):
    """One player in one match's squad, with what he did."""

    TABLE: ClassVar[str] = "appearances"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id", "match_id", "player_id")
    league_id: int
    season_id: int
    match_id: int
    player_id: int
    player_name: str
    team_id: int
    is_home: bool
    position: str
    shirt_number: int | None
    starter: bool
    captain: bool
    minutes: int | None
    rating: float | None
    statistics: dict[str, float]
    """Every numeric statistic under the source's own name (`goals`, `goalAssist`, `totalPass` ...), those of a nested
    object with a dot (`ratingVersions.original`). The source leaves most zeros out: an absent count is zero or was not
    measured, a zero here is the source's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(Record):
    """A goal, card, substitution, VAR decision or period mark."""

    TABLE: ClassVar[str] = "incidents"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id", "match_id", "ordinal")
    league_id: int
    season_id: int
    match_id: int
    ordinal: int
    """Position in time, 0 first (the source lists newest first)."""
    kind: str
    """The source's `incidentType`."""
    detail: str
    """The source's `incidentClass`, or a period mark's text."""
    minute: int
    added_minute: int | None
    is_home: bool | None
    """The side concerned; for an own goal the side that gains it."""
    player_id: int | None
    player_name: str
    second_player_id: int | None
    """The player who assisted a goal, or who leaves at a substitution (`player_id` comes in)."""
    second_player_name: str
    home_score: int | None
    away_score: int | None
    rescinded: bool
    incident_id: int | None = None
    """The source's id; period marks and boards of added time have none."""
    reason: str = ""
    """Why a card was shown, in the source's words."""
    length_minutes: int | None = None
    """Minutes on the board, for `injuryTime`."""
    confirmed: bool | None = None
    """Whether a VAR decision stood."""
    manager_id: int | None = None
    """The manager who was shown a card; `player_name` is then his name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot(Record):
    """One shot. Coordinates as the source gives them: x from the attacked goal line, y across, both 0 to 100."""

    TABLE: ClassVar[str] = "shots"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id", "match_id", "ordinal")
    league_id: int
    season_id: int
    match_id: int
    ordinal: int
    shot_id: int | None
    player_id: int
    player_name: str
    is_home: bool
    outcome: str
    """goal, save, miss, block or post."""
    situation: str
    body_part: str
    goal_type: str
    """regular, penalty or own for goals; empty otherwise."""
    minute: int
    added_minute: int | None
    second: int | None
    """Seconds since kick-off, where the source has them."""
    x: float
    y: float
    z: float
    goal_mouth_location: str
    goal_mouth_y: float | None
    goal_mouth_z: float | None
    xg: float | None
    xgot: float | None
    block_x: float | None = None
    """The point where a blocked shot was stopped, in the coordinates of the shot."""
    block_y: float | None = None
    block_z: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Record):
    """One row of the source's own table: what ours is checked against."""

    TABLE: ClassVar[str] = "standings"
    KEY: ClassVar[tuple[str, ...]] = ("league_id", "season_id", "tournament_id", "kind", "team_id")
    league_id: int
    season_id: int
    tournament_id: int
    kind: str
    """total, home or away."""
    team_id: int
    team_name: str
    position: int
    matches: int
    wins: int
    draws: int
    losses: int
    goals_for: int
    goals_against: int
    points: int
    group_name: str = ""
    """The source's name of this table: one of several where a season has groups or phases."""
    promotion: str = ""
    """Consequence of the position (`Champions League`, `Relegation` ...)."""
    notes: str = ""
    """The source's remarks, joined by `; `: point deductions are among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds(Record):
    """One price of one bookmaker before a match, as a decimal: what a stake of 1 returns, itself included."""

    TABLE: ClassVar[str] = "odds"
    KEY: ClassVar[tuple[str, ...]] = (
        "league_id", "season_id", "match_id", "bookmaker", "market", "line", "outcome", "is_closing",
    )  # fmt: skip
    league_id: int
    season_id: int
    match_id: int
    bookmaker: str
    """A bookmaker (`pinnacle`), or what several of them offer (`market_max`, `market_average`)."""
    market: str
    """result, total (goals of both sides) or handicap (of the home side)."""
    line: str
    """Line of a total or handicap (`2.5`, `-0.75`); empty for results."""
    outcome: str
    """home, draw or away; over or under."""
    is_closing: bool
    """The last price before kick-off; otherwise one of some days before."""
    decimal: float


KINDS: dict[str, type[Record]] = {
    kind.TABLE: kind
    for kind in (
        LeagueRecord,
        SeasonRecord,
        Team,
        Player,
        PlayerProfile,
        Manager,
        Match,
        MatchDetail,
        TeamStatistic,
        Appearance,
        Incident,
        Shot,
        Standing,
        Odds,
    )
}
"""Every kind of record by its table's name."""
