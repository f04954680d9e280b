"""A request for statistics while it is answered: its parameters, and what they refer to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import Deps, JsonObject, Rows, StatsStore
from functions.query_stats.response_cache import ALL_LEAGUES
from functions.query_stats.results import uncounted_in_season
from functions.query_stats.stored_match import StoredMatch
from shared.domain.catalogue import competition_rules, leagues
from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.catalogue.leagues import League, UniqueTournamentId
from shared.errors import NotFound
from shared.web import paging

if TYPE_CHECKING:
    import pyarrow as pa

_ID = re.compile("[1-9][0-9]{0,17}")
"""An id in the only spelling it has."""
_SUBJECTS = {"team_id": "team", "other_id": "team", "player_id": "player", "manager_id": "manager"}
"""Parts of the path to the query that finds the record with this id."""
_FIRST_POSITION = (datetime(1900, 1, 1, tzinfo=UTC), 0)
"""The position before the first page."""


_NOT_REVIEWED = "the rules of this season were not checked against the league's own text: places may differ"
_NOT_KNOWN = "the rules of this league are not known: a win counts 3 points, and goals decide between level teams"


class StatsRequest:
    """The parameters of a request; what they refer to is read when it is first needed, and once."""

    def __init__(self, params: Mapping[str, Any], stats: StatsStore) -> None:
        """Take the parts of the path and the query parameters together."""
        self._params = params
        self._stats = stats

    def __getitem__(self, name: str) -> Any:
        """Return a parameter."""
        return self._params[name]

    def rows(self, query: str, **parameters: Any) -> Rows:
        """Return the rows of a query; what `parameters` do not give comes from the request and from its season."""
        names = self._stats.parameters_of(query)
        return self._stats.rows(query, {name: self._parameter(name, parameters) for name in names})

    def arrow(self, query: str, **parameters: Any) -> pa.Table:
        """Return the rows of a query as an Arrow table; parameters as in `rows`."""
        names = self._stats.parameters_of(query)
        return self._stats.arrow(query, {name: self._parameter(name, parameters) for name in names})

    def row(self, query: str, description: str) -> dict[str, Any]:
        """Return the only row of a query.

        Raises
        ------
        NotFound : there is none; the error names it by `description`.
        """
        rows = self.rows(query)
        if not rows:
            raise NotFound(f"{description} is not stored")
        return rows[0]

    def check_subjects(self) -> None:
        """Check that the teams, the player and the manager of the path are stored.

        Raises
        ------
        NotFound : one of them is not.
        """
        for parameter, query in _SUBJECTS.items():
            subject_id = self._params.get(parameter)
            if subject_id is not None and not self._stats.rows(query, {f"{query}_id": subject_id}):
                raise NotFound(f"{query} {subject_id} is not stored")

    @cached_property
    def league(self) -> League:
        """The league of the path: a slug of the catalogue, or the id of any stored league."""
        return find_league(str(self["league"]))

    @cached_property
    def season(self) -> dict[str, Any]:
        """The season with this label (``2024/25``) or id; without one the newest that has matches."""
        label = str(self._params.get("season", ""))
        rows = self._stats.rows("season", {"league_id": self.league.id, "season": label})
        if not rows:
            raise NotFound(f"season {label!r} is not stored" if label else "no season is stored yet")
        return rows[0]

    @property
    def rules(self) -> SeasonRules:
        """The rules of the season."""
        return rules_of(self.league.id, self.season["starts_in"])

    @property
    def season_head(self) -> JsonObject:
        """The fields that every answer about a season begins with."""
        return {"league": self["league"], "season": self.season["year"]}

    @cached_property
    def matches(self) -> list[StoredMatch]:
        """Every event of the season by kick-off, postponed ones included."""
        return self.season_matches(self.league.id, self.season["season_id"])

    @cached_property
    def uncounted(self) -> list[int]:
        """The ids of the season's results that do not count in its table."""
        return uncounted_in_season(self.matches, self.rules)

    def season_matches(self, league_id: int, season_id: int) -> list[StoredMatch]:
        """Return every event of any season by kick-off."""
        place = {"league_id": league_id, "season_id": season_id}
        return self._stats.named_tuples("season_matches", place, StoredMatch)

    def stored_matches(self, query: str, **parameters: Any) -> list[StoredMatch]:
        """Return the matches of a query; parameters as in `rows`."""
        return [StoredMatch.from_row(row) for row in self.rows(query, **parameters)]

    @cached_property
    def match(self) -> StoredMatch:
        """The match of the path."""
        return find_match(self["match_id"], self._stats)

    def position(self) -> tuple[datetime, int] | None:
        """Return time and id of the last item of the page before; None for the first page."""
        return paging.decode_time_and_id(self["cursor"], query=self._paged_query)

    def page(
        self, query: str, columns: tuple[str, str] = ("starts_at", "match_id"), **parameters: Any
    ) -> tuple[Rows, str | None]:
        """Return a page of a query and the cursor of the next page.

        Parameters
        ----------
        columns : the time and the id by which the query is ordered.
        parameters : as in `rows`.
        """
        after_at, after_id = self.position() or _FIRST_POSITION
        limit = self["limit"]
        rows = self.rows(query, after_at=after_at, after_id=after_id, **parameters)
        last = [rows[limit - 1][name] for name in columns] if len(rows) > limit else None
        return rows[:limit], self.cursor(last)

    def cursor(self, position: Sequence[Any] | None) -> str | None:
        """Return the cursor of the page after a position."""
        return paging.encode(position, query=self._paged_query)

    @property
    def _paged_query(self) -> JsonObject:
        return {name: value for name, value in self._params.items() if name not in ("cursor", "limit")}

    def _parameter(self, name: str, parameters: Mapping[str, Any]) -> Any:
        if name in parameters:
            return parameters[name]
        if name in self._params:
            return self._params[name]
        if "match_id" in self._params:
            return getattr(self.match, name)
        if name == "uncounted":
            return self.uncounted
        return self.league.id if name == "league_id" else self.season[name]


def league_of_request(params: Mapping[str, Any], deps: Deps) -> int:
    """Return the league whose updates change the response; `ALL_LEAGUES` when those of any league may."""
    if params.get("league"):
        return find_league(str(params["league"])).id
    return _league_of_match(params["match_id"], deps) if "match_id" in params else ALL_LEAGUES


def find_league(text: str) -> League:
    """Return the league with this slug of the catalogue, or with this id.

    Raises
    ------
    NotFound : the catalogue has no such slug.
    """
    if _ID.fullmatch(text):
        return _league_by_id(int(text))
    return leagues.by_slug(text)


def find_match(match_id: int, stats: StatsStore) -> StoredMatch:
    """Return a match.

    Raises
    ------
    NotFound : it is not stored.
    """
    rows = stats.rows("match", {"match_id": match_id})
    if not rows:
        raise NotFound(f"match {match_id} is not stored")
    return StoredMatch.from_row(rows[0])


def rules_of(league_id: int, starts_in: int) -> SeasonRules:
    """Return the rules of a league's season; leagues outside the catalogue rank level teams by goals."""
    return competition_rules.of_season(leagues.slug_of(league_id), starts_in)


def cautions_of(rules: SeasonRules) -> list[str]:
    """Say in sentences what the rules of a season leave in doubt."""
    cautions = []
    if not rules.reviewed:
        cautions.append(_NOT_REVIEWED if rules.source else _NOT_KNOWN)
    if rules.note:
        cautions.append(rules.note)
    return cautions


def _league_of_match(match_id: int, deps: Deps) -> int:
    """Return the league of a match, which the lookup of a cached response needs.

    It never changes, so it has no generation. The match is not part of the response: it is read before the generation.
    """
    key = f"query-stats:league-of-match:{match_id}"
    return int(deps.responses.permanent(key, lambda: str(find_match(match_id, deps.stats).league_id).encode()))


def _league_by_id(league_id: int) -> League:
    try:
        return leagues.by_id(league_id)
    except NotFound:
        return League(
            id=UniqueTournamentId(league_id), slug=str(league_id), name="", country="", tie_break=leagues.OTHERS
        )
