"""Settings of the collection of open archives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSettings:
    """Which archives are kept fresh, from where, and at what pace."""

    sources: tuple[str, ...] = setting(
        "ARCHIVES", parsers.names, (), "archives to keep fresh: footballdata, openfootball, datahub; empty = none"
    )
    n_seasons: int = setting("ARCHIVE_SEASONS", parsers.positive, 10, "seasons of each league, the newest included")
    requests_per_s: float = setting(
        "ARCHIVE_REQUESTS_PER_SECOND", parsers.rate, 1.0, "politeness towards each archive; 0 = no limit"
    )
    footballdata_url: str = setting(
        "ARCHIVE_FOOTBALLDATA_URL",
        parsers.url("http", "https"),
        "https://www.football-data.co.uk",
        "where football-data.co.uk keeps its files",
    )
    openfootball_url: str = setting(
        "ARCHIVE_OPENFOOTBALL_URL",
        parsers.url("http", "https"),
        "https://raw.githubusercontent.com/openfootball/football.json/master",
        "where openfootball keeps its JSON files",
    )
    datahub_url: str = setting(
        "ARCHIVE_DATAHUB_URL",
        parsers.url("http", "https"),
        "https://raw.githubusercontent.com/datasets/football-datasets/main/datasets",
        "where datahub keeps its folders of leagues",
    )

    @property
    def bases(self) -> Mapping[str, str]:
        """The address of each source that is kept fresh."""
        urls = {
            "footballdata": self.footballdata_url,
            "openfootball": self.openfootball_url,
            "datahub": self.datahub_url,
        }
        return {source: urls[source].rstrip("/") for source in self.sources if source in urls}
