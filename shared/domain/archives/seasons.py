"""Turns the matches that an archive lists for one season into records, under ids made from names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.archives.price_columns import Prices
from shared.domain.archives.report import Reason, Report
from shared.domain.catalogue import clubs, ids
from shared.domain.catalogue.competitions import Competition
from shared.domain.football.records import LeagueRecord, Match, Record, SeasonRecord, Team

Goals = tuple[int, int]

SETTLED_LAST = 1
"""Version of what names a league or club all sources share: the site's own words replace it whenever they come."""

_CODES = {
    "played": (100, "finished"),
    "awarded": (91, "finished"),
    "postponed": (60, "postponed"),
    "canceled": (70, "canceled"),
    "abandoned": (90, "canceled"),
    "coming": (0, "notstarted"),
}
"""The site's status by fate; `played` also 110 and 120."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedMatch:
    """One match as an archive lists it; goals are (home, away)."""

    row: int
    """Row in its file."""
    starts_at: datetime
    day_only: bool = False
    """Only the day is known."""
    home: str
    away: str
    fate: str = "played"
    """played, awarded, postponed, canceled, abandoned or coming."""
    score: Goals | None = None
    """After 90 minutes; None where the archive has only a later score."""
    half_time: Goals | None = None
    after_extra_time: Goals | None = None
    """With the goals of the 90 minutes; None when there was no extra time."""
    shoot_out: Goals | None = None
    with_shoot_out: Goals | None = None
    """Goals and shoot-out goals in one sum, where the archive does not separate them."""
    round: int | None = None
    round_name: str = ""
    """Name of a knock-out round."""
    phase: str = ""
    """Phase of a season that is played in several, each with rounds from 1."""
    red_cards: Goals = (0, 0)
    has_xg: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonKey:
    """Identifies a season of one source."""

    source: str
    competition: Competition
    starts_in: int
    label: str
    """``2024/25``, or ``2025`` for a season within one calendar year."""
    version: int
    """Edition that is read, in milliseconds since 1970."""

    @property
    def league_id(self) -> int:
        """Id of the competition."""
        return self.competition.league_id

    @property
    def season_id(self) -> int:
        """Id of this source's season."""
        return ids.season_id(self.source, self.league_id, self.starts_in, calendar_year=self.is_calendar_year)

    @property
    def is_calendar_year(self) -> bool:
        """Whether the season lies within one year."""
        return "/" not in self.label

    @property
    def former_id(self) -> int:
        """The id that a season within one year had before it could be told from the one that begins in it."""
        return ids.season_id(self.source, self.league_id, self.starts_in)


@dataclass(slots=True, kw_only=True)
class Season:
    """A season in records; parts of matches may be added under the match ids."""

    key: SeasonKey
    leagues: list[LeagueRecord]
    seasons: list[SeasonRecord]
    teams: list[Team]
    matches: list[Match]
    match_ids: dict[int, int]
    """Match id by row of the file."""
    more: dict[str, Sequence[Record]] = field(default_factory=dict)
    """Other kinds of record, by table."""
    prices: Iterable[Prices] = ()
    """Columns of prices, a value for each of `price_matches`, read (and reported) as they are asked for, once: there
    are so many that no record is made of each."""
    price_matches: list[int] = field(default_factory=list)

    def records(self) -> dict[str, Sequence[Record]]:
        """All records by table; leagues, seasons and teams come before matches."""
        tables: dict[str, Sequence[Record]] = {
            "leagues": self.leagues, "seasons": self.seasons, "teams": self.teams, "matches": self.matches,
        }  # fmt: skip
        return {table: records for table, records in {**tables, **self.more}.items() if records}


def label(starts_in: int, *, calendar_year: bool = False) -> str:
    """``2024/25``, or ``2025``."""
    return str(starts_in) if calendar_year else f"{starts_in}/{(starts_in + 1) % 100:02d}"


def season(
    key: SeasonKey,
    matches: Iterable[ArchivedMatch],
    *,
    document: str,
    report: Report,
    names: str = "",
    worldwide: bool = False,
) -> Season:
    """Make the records of a season's matches.

    Parameters
    ----------
    matches : in any order.
    document : name of the file in findings.
    names : source under which the reviewed list has this archive's team names; the key's own by default.
    worldwide : team names are unique in the world; otherwise within the competition's country.
    """
    ordered = sorted(matches, key=lambda match: (match.starts_at, match.home, match.away, match.row))
    country = "" if worldwide else key.competition.country or key.competition.key
    teams = _teams(key, ordered, document, report, names or key.source, country)
    numbers = ids.MatchIds(key.source, key.league_id, key.starts_in, calendar_year=key.is_calendar_year)
    league_id, season_id = key.league_id, key.season_id
    records, match_ids = [], {}
    for match in ordered:
        match_ids[match.row] = match_id = numbers.next(match.home, match.away)
        records.append(_match(match, key, league_id, season_id, match_id, teams))
    report.n_rows += len(records)
    return Season(
        key=key,
        leagues=[_league(key)],
        seasons=[_season(key)],
        teams=list({team.team_id: team for team in teams.values()}.values()),
        matches=records,
        match_ids=match_ids,
    )


def _league(key: SeasonKey) -> LeagueRecord:
    competition = key.competition
    return LeagueRecord(
        source=key.source,
        version=SETTLED_LAST,
        league_id=competition.league_id,
        name=competition.name,
        country=competition.country,
    )


def _season(key: SeasonKey) -> SeasonRecord:
    return SeasonRecord(
        source=key.source,
        version=key.version,
        league_id=key.league_id,
        season_id=key.season_id,
        name=f"{key.competition.name} {key.label}",
        year=key.label,
        starts_in=key.starts_in,
    )


def _teams(
    key: SeasonKey, matches: Sequence[ArchivedMatch], document: str, report: Report, names: str, country: str
) -> dict[str, Team]:
    """Teams by the archive's name; two names of one club give the same team."""
    teams_by_name: dict[str, Team] = {}
    for name in sorted({name for match in matches for name in (match.home, match.away)}):
        club = clubs.club(names, country, name, key.starts_in)
        if club is None:
            report.note(document, Reason.UNKNOWN_TEAM, f"{name} ({country})" if country else name)
        display_name = club.name if club else name
        teams_by_name[name] = Team(
            source=key.source,
            version=SETTLED_LAST if club else key.version,
            team_id=club.team_id if club else ids.team_id(names, country, name),
            name=display_name,
            short_name=display_name,
            code="",
            country=key.competition.country,
        )
    return teams_by_name


def _match(
    archived: ArchivedMatch, key: SeasonKey, league_id: int, season_id: int, match_id: int, teams: dict[str, Team]
) -> Match:
    code, kind = _status(archived)
    final_score = archived.after_extra_time or archived.score
    home_goals, away_goals = archived.score or (None, None)
    home_shown, away_shown = final_score or (None, None)
    home_half, away_half = archived.half_time or (None, None)
    home_shoot, away_shoot = archived.shoot_out or (None, None)
    home_second, away_second = _less(archived.score, archived.half_time)
    home_extra, away_extra = _less(archived.after_extra_time, archived.score)
    home_current, away_current = archived.with_shoot_out or _plus(final_score, archived.shoot_out)
    home, away = teams[archived.home], teams[archived.away]
    return Match(
        source=key.source,
        version=key.version,
        league_id=league_id,
        season_id=season_id,
        match_id=match_id,
        custom_id="",
        tournament_id=ids.league_id(f"{key.competition.key}/{archived.phase}") if archived.phase else league_id,
        round=archived.round,
        round_name=archived.round_name,
        starts_at=archived.starts_at,
        status_code=code,
        status_type=kind,
        home_id=home.team_id,
        away_id=away.team_id,
        home_name=home.name,
        away_name=away.name,
        home_goals=home_goals,
        away_goals=away_goals,
        home_goals_period1=home_half,
        away_goals_period1=away_half,
        home_goals_display=home_shown,
        away_goals_display=away_shown,
        home_penalties=home_shoot,
        away_penalties=away_shoot,
        winner=_winner(archived.with_shoot_out or archived.shoot_out or final_score),
        home_red_cards=archived.red_cards[0],
        away_red_cards=archived.red_cards[1],
        has_xg=archived.has_xg,
        has_player_statistics=False,
        home_goals_current=home_current,
        away_goals_current=away_current,
        home_goals_period2=home_second,
        away_goals_period2=away_second,
        home_goals_extra=home_extra,
        away_goals_extra=away_extra,
        tournament_name=archived.phase,
        day_only=archived.day_only,
    )


def _status(archived: ArchivedMatch) -> tuple[int, str]:
    if archived.fate == "played":
        if archived.shoot_out or archived.with_shoot_out:
            return 120, "finished"
        if archived.after_extra_time:
            return 110, "finished"
    return _CODES[archived.fate]


def _less(whole: Goals | None, part: Goals | None) -> tuple[int | None, int | None]:
    return (whole[0] - part[0], whole[1] - part[1]) if whole and part else (None, None)


def _plus(one: Goals | None, other: Goals | None) -> tuple[int | None, int | None]:
    if one is None:
        return None, None
    return (one[0] + other[0], one[1] + other[1]) if other else one


def _winner(goals: Goals | None) -> int | None:
    """1 = home, 2 = away, 3 = draw."""
    if goals is None:
        return None
    return 3 if goals[0] == goals[1] else 1 if goals[0] > goals[1] else 2
