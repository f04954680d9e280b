"""Stored matches of archives in memory; a load finds at once what it has sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from shared.domain.archives.editions import withdrawn
from shared.domain.football.match_status import WITHDRAWN
from shared.domain.football.records import Match, SeasonRecord


class MemoryMatches:
    """What `shared.adapters.sources.stored_matches` finds in ClickHouse."""

    def __init__(self) -> None:
        self.by_season: dict[tuple[str, int], dict[int, Match]] = {}
        self.labels: dict[int, str] = {}
        self.dropped: list[int] = []
        self.refuses: set[int] = set()
        """Seasons that never arrive."""

    def store(self, seasons: Iterable[SeasonRecord], matches: Iterable[Match]) -> None:
        """Keep the newest version of each."""
        self.labels |= {season.season_id: season.year for season in seasons}
        for match in matches:
            stored = self.by_season.setdefault((match.source, match.season_id), {})
            if match.match_id not in stored or stored[match.match_id].version <= match.version:
                stored[match.match_id] = match

    def matches(self, source: str, season_id: int) -> list[Match]:
        """The current matches of a source's season, withdrawn ones included."""
        return list(self.by_season.get((source, season_id), {}).values())

    def drop_former_season(self, source: str, season_id: int, label: str) -> None:
        """Delete what is stored of a season under the id it had before, if it is the season of this label."""
        if self.labels.get(season_id) == label:
            self.dropped.append(season_id)
            self.by_season.pop((source, season_id), None)

    def withdraw_older(self, source: str, season_ids: Collection[int], version: int) -> None:
        """Withdraw the matches of seasons that an edition does not have any more."""
        for season_id in season_ids:
            stored = self.by_season.get((source, season_id), {})
            for match_id, match in stored.items():
                if match.version < version and match.status_code != WITHDRAWN:
                    stored[match_id] = withdrawn(match, version)

    def wait_for(self, source: str, n_matches: dict[int, int], version: int, *, within_s: float) -> list[int]:
        """The seasons that are not stored."""
        return [season_id for season_id in n_matches if season_id in self.refuses]
