"""The ports of analyze: what its use cases need from stores, and the records that cross this border."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from functions.analyze.as_of_cache import AsOfCache
from functions.analyze.coalescer import Coalescer
from shared.ports.probes import Probes

if TYPE_CHECKING:
    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.history import History
    from functions.analyze.models.rating_history import SeasonHistory
    from functions.analyze.views.inputs import ScoredForecast, SeasonStore

DEBOUNCE_S = 1.0
"""A marked league is due after this long without another update: updates come in bursts, and one fit covers a burst."""
MAX_DEBOUNCE_S = 20.0
"""A mark is due after this long even if updates keep coming."""

Position = tuple[datetime, int]
"""Kick-off and id of the last match of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredForecast:
    """The stored forecast of one match."""

    match_id: int
    league_id: int
    league_name: str
    season_id: int
    round: int | None
    starts_at: datetime
    made_at: datetime
    forecast: dict[str, Any]
    version: int
    inputs: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """Everything that one fit of a league stores."""

    analysis: Analysis
    views: dict[str, dict[str, Any]]
    """JSON by name of the view."""


@dataclass(frozen=True, slots=True)
class Due:
    """The marked league that is due first, and in how many seconds (0 or less: now)."""

    league_id: int
    in_s: float


class Claim(Protocol):
    """The exclusive right to fit one league."""

    def save(self, result: FitResult | None) -> None:
        """Store the result and remove the marks that it covers, both in one transaction.

        Covered are the marks that were made before the claim. None only removes them.

        Raises
        ------
        Unavailable : the connection was lost. Nothing is stored, and the marks are still there.
        """


class MatchStore(Protocol):
    """The stored matches of a league."""

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        """Return the final scores of all seasons and the coming matches of the newest, now or as of a moment.

        Raises
        ------
        NotFound : the league has no match.
        """


class AnalysisStore(Protocol):
    """The repository of analyses, and of the marks that say which leagues have to be fitted again."""

    def mark(self, league_id: int, season_id: int, changed_at: datetime) -> None:
        """Record durably that a league's data changed."""

    def next_due(self, *, skip: Collection[int] = ()) -> Due | None:
        """Return the marked league that is due first, None if no league is marked.

        Parameters
        ----------
        skip : ids of leagues to ignore.
        """

    def claim_due(self, league_id: int) -> AbstractContextManager[Claim | None]:
        """Claim a league that is due. None when another process is fitting it or has just done so.

        The claim holds a connection but no transaction. It ends with the `with` block, or when the connection is lost.
        """

    def league(self, league_id: int) -> dict[str, Any]:
        """Return the stored analysis without its forecasts.

        Raises
        ------
        NotFound : the league was not analysed yet.
        """

    def history(self, league_id: int, season: str) -> SeasonHistory:
        """Return how ratings moved in the season with this id or label; empty means the newest.

        Raises
        ------
        NotFound : there is no such season.
        """

    def leagues(self) -> list[dict[str, Any]]:
        """List every analysed league: id, season, when it was fitted, on how many matches."""

    def forecasts(
        self,
        league_id: int,
        season_id: int,
        *,
        round: int | None,
        after: Position | None,
        limit: int,
        made_since: datetime | None = None,
    ) -> list[StoredForecast]:
        """List forecasts of coming and past matches by kick-off, after a position.

        Parameters
        ----------
        made_since : leave out what was made before this moment.
        """

    def forecasts_between(
        self, since: datetime, until: datetime, *, league_id: int | None, after: Position | None, limit: int
    ) -> list[StoredForecast]:
        """List forecasts of matches that kick off from `since` on and before `until`, of all leagues or one."""

    def forecast(self, match_id: int) -> StoredForecast:
        """Return the forecast of one match.

        Raises
        ------
        NotFound : there is none.
        """


class ViewStore(Protocol):
    """The stored views of leagues."""

    def view(self, league_id: int, name: str) -> dict[str, Any]:
        """Return a stored view with its `made_at`.

        Raises
        ------
        NotFound : there is none.
        """

    def outlook_history(self, league_id: int, season_id: int) -> list[tuple[int, datetime, list[Mapping[str, Any]]]]:
        """Return round, moment and teams of the outlook after each round of a season, the first round first."""

    def forecasts_to_score(self, league_id: int) -> list[ScoredForecast]:
        """List every stored forecast of the league."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    matches: MatchStore
    analyses: AnalysisStore
    seasons: SeasonStore
    views: ViewStore
    probes: Probes
    coalescer: Coalescer = field(default_factory=Coalescer)
    sleep: Callable[[float], None] = time.sleep
    as_of_analyses: AsOfCache[Analysis] = field(default_factory=AsOfCache)
    as_of_views: AsOfCache[dict[str, Any]] = field(default_factory=AsOfCache)
