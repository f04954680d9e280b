"""Where open archives keep their files: an address for each league and season, and one for fixtures to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.catalogue import competitions
from shared.domain.catalogue.competitions import Competition

FIXTURES, COUNTRY, SEASON = "fixtures", "country", "season"
_COUNTRY_FILES = {"Russia Premier League": "RUS"}
"""football-data.co.uk's files of further countries, which hold all seasons, by its name of the league."""
_FIRST_MONTH = 7
"""Seasons of these leagues begin in July at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """A file of an archive."""

    source: str
    address: str
    kind: str
    """`SEASON`, `COUNTRY` (all seasons of a league) or `FIXTURES` (matches to come, of all leagues)."""
    league: str
    """Key of the competition; empty for fixtures."""
    starts_in: int
    """The season's first year, 0 for more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The terms of an archive, as it states them."""

    source: str
    name: str
    home: str
    licence: str
    terms: str


LICENCES = (
    Licence(
        source="footballdata",
        name="football-data.co.uk",
        home="https://www.football-data.co.uk/data.php",
        licence="none stated",
        terms="CSV files offered free of charge; read for use on this machine, not to be published again",
    ),
    Licence(
        source="openfootball",
        name="openfootball, football.json",
        home="https://github.com/openfootball/football.json",
        licence="CC0-1.0",
        terms="public domain; may be used, changed and published",
    ),
    Licence(
        source="datahub",
        name="datahub.io, football datasets",
        home="https://github.com/datasets/football-datasets",
        licence="ODC-PDDL-1.0",
        terms="public domain; may be used, changed and published",
    ),
)

OTHER_LICENCES = (
    Licence(
        source="sofascore",
        name="the collected site",
        home="SOURCE_URL",
        licence="its operator's",
        terms="collected with its operator's permission alone; by default a site of our own with simulated leagues",
    ),
    Licence(
        source="understat",
        name="understat.com",
        home="https://understat.com",
        licence="none stated",
        terms="for tests and benchmarks on this machine; not to be published again",
    ),
    Licence(
        source="wyscout",
        name="Pappalardo, Cintia, Rossi et al., Sci Data 6, 236 (2019)",
        home="https://doi.org/10.1038/s41597-019-0247-7",
        licence="CC-BY-4.0",
        terms="may be used and published, with attribution",
    ),
    Licence(
        source="engsoccerdata",
        name="engsoccerdata, James P. Curley",
        home="https://github.com/jalapic/engsoccerdata",
        licence="GPL-2.0-or-later",
        terms="free for non-commercial use, to be cited",
    ),
    Licence(
        source="schochastics",
        name="football-data, David Schoch",
        home="https://github.com/schochastics/football-data",
        licence="ODC-By-1.0",
        terms="may be used and published, with attribution",
    ),
    Licence(
        source="spc2023",
        name="2023 Soccer Prediction Challenge, training set",
        home="https://sites.google.com/view/2023soccerpredictionchallenge",
        licence="none stated",
        terms="published for research; for tests and benchmarks",
    ),
    Licence(
        source="martj42",
        name="International football results, Mart Juerisoo",
        home="https://github.com/martj42/international_results",
        licence="CC0-1.0",
        terms="public domain; may be used, changed and published",
    ),
)
"""Of sources that are collected or loaded by a person."""
LICENCE_OF = {each.source: each for each in (*LICENCES, *OTHER_LICENCES)}


def newest_season(now: datetime) -> int:
    """Return the first year of the season that is played at a moment."""
    return now.year if now.month >= _FIRST_MONTH else now.year - 1


def list_files(
    bases: Mapping[str, str], leagues: Sequence[Competition], *, now: datetime, n_seasons: int
) -> Iterator[ArchiveFile]:
    """Yield the files of some leagues, the newest season first, fixtures before all.

    Parameters
    ----------
    bases : address by source, without a slash at its end.
    """
    newest = newest_season(now)
    years = range(newest, newest - n_seasons, -1)
    for source, base in bases.items():
        if source == "footballdata":
            yield ArchiveFile(source=source, address=f"{base}/fixtures.csv", kind=FIXTURES, league="", starts_in=newest)
        for year in years:
            for league in leagues:
                if path := _path(source, league, year):
                    address = f"{base}/{path}"
                    yield ArchiveFile(source=source, address=address, kind=SEASON, league=league.key, starts_in=year)
        for league in leagues:
            if source == "footballdata" and (code := _COUNTRY_FILES.get(competitions.code_of(source, league))):
                address = f"{base}/new/{code}.csv"
                yield ArchiveFile(source=source, address=address, kind=COUNTRY, league=league.key, starts_in=0)


def _path(source: str, league: Competition, year: int) -> str:
    """Return the path of a season's file below the base of its source; empty where it has none."""
    name = competitions.code_of(source, league)
    if not name or name in _COUNTRY_FILES:
        return ""
    short = f"{year % 100:02d}{(year + 1) % 100:02d}"
    paths = {
        "footballdata": f"mmz4281/{short}/{name}.csv",
        "openfootball": f"{year}-{(year + 1) % 100:02d}/{name}.json",
        "datahub": f"{name}/season-{short}.csv",
    }
    return paths[source]
