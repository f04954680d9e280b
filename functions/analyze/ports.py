"""What analyze asks of its stores, and the records it exchanges with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from functions.analyze.as_of_cache import Past
from functions.analyze.coalescer import Turn
from shared.ports.probes import Probes

if TYPE_CHECKING:
    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.history import History
    from functions.analyze.models.rating_history import SeasonHistory
    from functions.analyze.views.inputs import Said, Seasons


class Views(Protocol):
    """Where views are kept."""

    def view(self, league_id: int, name: str) -> dict[str, Any]:
        """A stored view and `made_at`; `NotFound` when there is none."""

    def said(self, league_id: int) -> list[Said]:
        """Every stored forecast of the league."""


QUIET_S = 1.0
"""A league is due once it was not marked for this long: updates come in bursts, and one fit covers a burst."""


LONGEST_WAIT_S = 20.0
"""However many updates keep coming, no mark waits longer for its fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one fit of a league stores, all of it or nothing."""

    analysis: Analysis
    views: dict[str, dict[str, Any]]
    """JSON by name of the view."""


class Matches(Protocol):
    """The stored matches of a league."""

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        """Final scores of all seasons, coming matches of the newest, now or as of an earlier moment.

        Raises `NotFound` when the league has no match.
        """


class Fits(Protocol):
    """Where analyses are kept."""

    def mark(self, league_id: int, season_id: int, changed_at: datetime) -> None:
        """Note durably that a league's data changed."""

    def refit(self, compute: Callable[[int], Made | None], *, skip: Sequence[int] = ()) -> float | None:
        """Compute and store the marked league that is due first and that nobody else is fitting.

        Returns 0 when one was fitted, the seconds until one is due, None when none is marked but those to `skip`. What
        `compute` makes, and that the mark is gone, is stored all together or not at all; of None only the latter.
        """

    def league(self, league_id: int) -> dict[str, Any]:
        """The stored analysis without its forecasts; `NotFound` when there is none."""

    def history(self, league_id: int, season: str) -> SeasonHistory:
        """How ratings moved in the season of this id or label, in the newest when empty; `NotFound` without any."""

    def leagues(self) -> list[dict[str, Any]]:
        """Every league that has an analysis: id, season, when fitted, on how many matches."""

    def forecasts(
        self, league_id: int, season_id: int, *, round: int | None, after: Position | None, limit: int
    ) -> list[StoredForecast]:
        """Forecasts of coming and past matches by kick-off, after a position."""

    def forecast(self, match_id: int) -> StoredForecast:
        """The forecast of one match; `NotFound` when there is none."""


Position = tuple[datetime, int]
"""Kick-off and match id: where a page ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredForecast:
    """One forecast as kept."""

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
class Deps:
    """The ports this function needs."""

    matches: Matches
    fits: Fits
    seasons: Seasons
    views: Views
    probes: Probes
    turn: Turn = field(default_factory=Turn)
    wait: Callable[[float], None] = time.sleep
    past: Past[Analysis] = field(default_factory=Past)
    past_views: Past[dict[str, Any]] = field(default_factory=Past)
