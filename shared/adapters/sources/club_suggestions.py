"""Which club of one source a name of another might be: told by results they share and by the names, decided by people.

Two sources that mean the same club tell the same scores on the same days, home and away; a stranger agrees by chance in
one match of ten. Nothing here changes anything: whoever is convinced adds a row to `clubs.csv`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from shared.domain.archives.seasons import SETTLED_LAST, Season
from shared.domain.football.records import Match, Team

LIKELY = 0.5
"""Of the matches that both sources could tell of; less is chance, or too few matches."""
_NEAR = (timedelta(0), timedelta(days=1), timedelta(days=-1))
"""A late kick-off is another day elsewhere."""
_ORNAMENTS = re.compile(
    "ac|acf|afc|as|bc|bsc|bv|c|ca|calcio|cd|cf|club|cp|de|do|dsc|f|fbc|fc|fk|fsv|gd|jk|kaa|krc|ksc|kv|kvc|msv|ogc|pfc|"
    "rc|rcd|rsc|royal|s|sad|sc|scr|sd|sk|sm|sp|ss|ssc|ssd|sv|tsg|tsv|ud|us|uc|vfb|vfl|vv"
)
"""Letters that clubs put before and after their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A name and whom it might mean."""

    source: str
    country: str
    name: str
    team_id: int
    other_source: str
    other_name: str
    other_id: int
    n_agree: int
    """Matches with the same score on the same day, at the same ground."""
    n_matches: int
    """Matches on days on which the other source tells of any of the league."""
    is_listed: bool
    """The name is on the reviewed list already."""
    same_name: bool
    """The names are the same but for accents, capitals and the letters clubs put before and after them."""

    @property
    def agreement(self) -> float:
        """Share of the matches that agree."""
        return self.n_agree / self.n_matches if self.n_matches else 0.0


def normalised(name: str) -> str:
    """A name without accents, punctuation, ornaments and years; a second team keeps its 2."""
    flat = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ß", "ss").replace("ı", "i").lower())
    words = re.findall(r"[a-z]+|\d+", "".join(letter for letter in flat if not unicodedata.combining(letter)))
    significant = [word for word in words if not _ORNAMENTS.fullmatch(word) and (word == "2" or not word.isdigit())]
    return " ".join(significant or words)


def suggest(unknown: Iterable[Season], known: Iterable[Season]) -> list[Suggestion]:
    """For each team of one source the one of the other that shares most results, if any is `LIKELY` or has its name.

    Parameters
    ----------
    unknown, known : seasons of two sources; those of one league are compared.

    Returns
    -------
    At most one suggestion per team, the best founded first.
    """
    known_results = _KnownResults()
    for season in known:
        known_results.add(season)
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    n_matches: Counter[int] = Counter()
    teams: dict[int, Team] = {}
    for season in unknown:
        teams |= {team.team_id: team for team in season.teams}
        for match in season.matches:
            _vote(match, known_results, votes, n_matches)
    suggestions = [_best(team, votes[team.team_id], n_matches[team.team_id], known_results) for team in teams.values()]
    return sorted((one for one in suggestions if one), key=lambda one: (-one.agreement, -one.n_agree, one.name))


class _KnownResults:
    """What a source tells, by league and day."""

    def __init__(self) -> None:
        self.names: dict[int, tuple[str, str]] = {}
        self._by_name: dict[tuple[str, str], int] = {}
        self._days: dict[tuple[int, date], list[Match]] = defaultdict(list)

    def add(self, season: Season) -> None:
        for team in season.teams:
            self.names[team.team_id] = season.key.source, team.name
            self._by_name[team.country, normalised(team.name)] = team.team_id
        for match in season.matches:
            self._days[match.league_id, match.starts_at.date()].append(match)

    def near(self, match: Match) -> Iterator[Match]:
        day = match.starts_at.date()
        return (other for near in _NEAR for other in self._days.get((match.league_id, day + near), ()))

    def named(self, country: str, name: str) -> int:
        return self._by_name.get((country, normalised(name)), 0)


def _vote(match: Match, known_results: _KnownResults, votes: dict[int, Counter[int]], n_matches: Counter[int]) -> None:
    """Every match of the other source that might be this one speaks for both of its teams, each once."""
    others = list(known_results.near(match))
    if not others or match.home_goals is None:
        return
    n_matches.update((match.home_id, match.away_id))
    same = [other for other in others if (other.home_goals, other.away_goals) == (match.home_goals, match.away_goals)]
    votes[match.home_id].update({other.home_id for other in same})
    votes[match.away_id].update({other.away_id for other in same})


def _best(team: Team, votes: Counter[int], n_matches: int, known_results: _KnownResults) -> Suggestion | None:
    like = known_results.named(team.country, team.name)
    (other, n_agree), *_ = votes.most_common(1) or [(like, 0)]
    if n_agree < LIKELY * n_matches or not n_matches:
        other, n_agree = like, votes[like]
    if not other:
        return None
    other_source, other_name = known_results.names[other]
    return Suggestion(
        source=team.source,
        country=team.country,
        name=team.name,
        team_id=team.team_id,
        other_source=other_source,
        other_name=other_name,
        other_id=other,
        n_agree=n_agree,
        n_matches=n_matches,
        is_listed=team.version == SETTLED_LAST,
        same_name=normalised(team.name) == normalised(other_name),
    )
