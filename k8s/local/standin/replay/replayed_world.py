"""The replayed world: real results of an archive, season by season, each read when it is first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from k8s.local.standin.replay import football_data as replay_footballdata
from k8s.local.standin.replay import openfootball as replay_openfootball
from k8s.local.standin.replay.archive import ArchivedResult, ArchiveFile, InvalidArchive, ParsedFile
from k8s.local.standin.world import ids
from k8s.local.standin.world.clubs import Player, Team
from k8s.local.standin.world.detail_model import Detail
from k8s.local.standin.world.invented_names import slugify
from k8s.local.standin.world.leagues import LEAGUES, League
from k8s.local.standin.world.matches import Match, MatchState
from k8s.local.standin.world.random_streams import stable_hash
from k8s.local.standin.world.season import Season

_DAY_S = 86_400
_JULY = 181


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class ReplayWorld:
    """Real results of the archive below a folder: no details, no players."""

    mode = "replay"
    notice = "This site is a replay of real results from an archive; it is not the site of any league."

    def __init__(self, folder: Path, log: Callable[[str], None] = _log) -> None:
        self._log = log
        self._files, self.unread = _scan(folder)
        if not self._files:
            raise InvalidArchive(f"{folder}: no football-data.co.uk or openfootball file of a known league")
        self._seasons: dict[tuple[int, int], Season] = {}
        self.parsed_files: dict[tuple[int, int], ParsedFile] = {}
        self._teams: dict[int, Team] = {}
        self.leagues = tuple(league for league in LEAGUES if any(key[0] == league.index for key in self._files))
        self.newest_year = max(year for _, year in self._files)
        log(
            f"archive: {len(self._files)} seasons of {len(self.leagues)} leagues, "
            f"newest {self.newest_year}/{(self.newest_year + 1) % 100:02d}; {len(self.unread)} other files not read"
        )
        for name, why in self.unread:
            log(f"archive: {name} not read: {why}")

    def after_the_last_match(self) -> int:
        """Return the noon after the last match of the newest season."""
        seasons = [
            self.season(league, self.newest_year) for league in self.leagues if self._has(league, self.newest_year)
        ]
        last = max(match.end for season in seasons for match in season.matches)
        return last // _DAY_S * _DAY_S + _DAY_S + _DAY_S // 2

    def load_everything(self) -> None:
        """Read every season of the archive and log its report."""
        for league_index, year in sorted(self._files):
            self.season(LEAGUES[league_index], year)

    def title(self, league: League) -> str:
        return f"{league.country} (replay of real results)"

    def years(self, league: League, now: int) -> list[int]:
        """List the archived seasons begun by the first of July before `now`; the oldest one always."""
        years = sorted((year for index, year in self._files if index == league.index), reverse=True)
        begun = [year for year in years if ((year - 1970) * 365.25 + _JULY) * _DAY_S <= now]
        return begun or years[-1:]

    def season(self, league: League, year: int) -> Season:
        key = (league.index, year)
        if key not in self._seasons:
            file = self._files[key]
            parsed = file.read()
            for line in parsed.lines():
                self._log(line)
            season = _season(file, parsed)
            self.parsed_files[key] = parsed
            self._seasons[key] = season
            self._teams |= {team.id: team for team in season.teams}
        return self._seasons[key]

    def team(self, id: int) -> Team | None:
        """Find a team; an id of no season read so far makes the whole archive be read once."""
        if id not in self._teams and len(self._seasons) < len(self._files):
            self.load_everything()
        return self._teams.get(id)

    def team_years(self, team: Team, now: int) -> list[int]:
        return [year for year in self.years(team.league, now) if team in self.season(team.league, year).teams]

    def squad(self, team: Team, now: int) -> tuple[Player, ...]:
        return ()

    def player(self, id: int, now: int) -> tuple[Player, Team] | None:
        return None

    def detail(self, match: Match, state: MatchState) -> Detail | None:
        return None

    def people(self, match: Match) -> dict[str, Any]:
        return {}

    def _has(self, league: League, year: int) -> bool:
        return (league.index, year) in self._files


def _scan(folder: Path) -> tuple[dict[tuple[int, int], ArchiveFile], list[tuple[str, str]]]:
    """Find the season files below a folder; return every other file with the reason why it was not read."""
    if not folder.is_dir():
        raise InvalidArchive(f"{folder}: no such folder")
    files: dict[tuple[int, int], ArchiveFile] = {}
    unread: list[tuple[str, str]] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        try:
            file = _recognise(path)
        except InvalidArchive as exc:
            unread.append((name, str(exc)))
            continue
        key = (file.league.index, file.year)
        if key in files:
            unread.append((name, f"the same season is already in {files[key].path.name}"))
        else:
            files[key] = file
    return files, unread


def _recognise(path: Path) -> ArchiveFile:
    if path.name.endswith((".csv", ".csv.gz")):
        return replay_footballdata.recognise(path)
    if path.suffix == ".json":
        return replay_openfootball.recognise(path)
    raise InvalidArchive("neither CSV nor JSON")


def _season(file: ArchiveFile, parsed: ParsedFile) -> Season:
    league, year = file.league, file.year
    results = sorted(parsed.results, key=lambda result: (result.start, result.home, result.away))
    names = sorted({name for result in results for name in (result.home, result.away)})
    teams = {name: _team(league, name) for name in names}
    if len({team.id for team in teams.values()}) < len(teams):
        raise InvalidArchive(f"{parsed.source}: two team names share an id")
    rounds = matchdays(results)
    used_ids: set[int] = set()
    meetings: dict[tuple[str, str], int] = {}
    matches = []
    for result, number in zip(results, rounds, strict=True):
        pair = (result.home, result.away)
        meetings[pair] = meetings.get(pair, 0) + 1
        event = ids.event_id(league.index, year, *pair, meetings[pair])
        while event in used_ids:
            event = ids.probe(event)
        used_ids.add(event)
        matches.append(_match(event, year, number, teams[result.home], teams[result.away], result))
    return Season(league=league, year=year, teams=tuple(teams.values()), matches=tuple(matches))


def matchdays(results: list[ArchivedResult]) -> list[int]:
    """Number the rounds of matches in order of time.

    An archive's own numbers hold if every match has one. Otherwise a match belongs to the first round in which neither
    team has played yet: so nobody plays twice in a round, a later match never changes an earlier number, and a match
    put off fills the gap it left where both teams have it free.
    """
    rounds = [result.round for result in results if result.round is not None]
    if len(rounds) == len(results):
        return rounds
    played: dict[str, set[int]] = {}
    numbers = []
    for result in results:
        home, away = played.setdefault(result.home, set()), played.setdefault(result.away, set())
        number = 1
        while number in home or number in away:
            number += 1
        home.add(number)
        away.add(number)
        numbers.append(number)
    return numbers


def _match(id: int, year: int, number: int, home: Team, away: Team, result: ArchivedResult) -> Match:
    fate = "postponed" if result.score is None and result.fate == "played" else result.fate
    return Match(
        id=id,
        custom_id=ids.custom_id(home.id, away.id),
        year=year,
        round=number,
        home=home,
        away=away,
        start=result.start,
        fate=fate,
        score=result.score,
        half_time=result.half_time,
        void_at=result.start if fate in ("postponed", "canceled", "abandoned") else 0,
    )


def _team(league: League, name: str) -> Team:
    hue = stable_hash("colours", name, bits=48)
    return Team(
        id=stable_hash("team", league.country, name, bits=30),
        number=-1,
        league=league,
        name=name,
        short_name=name,
        slug=slugify(name),
        name_code=(slugify(name).upper().replace("-", "") + "XXX")[:3],
        colours=(f"#{hue >> 24:06x}", f"#{hue & 0xFFFFFF:06x}"),
    )
