"""One question: its parameters, what they name, and the store that answers it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from functions.query_stats.response_cache import ANY, Memory, Shelf, for_ever
from functions.query_stats.stored_match import StoredMatch, stored
from shared.domain.catalogue import leagues
from shared.domain.catalogue.leagues import League, UniqueTournamentId
from shared.errors import NotFound
from shared.ports.probes import Probes
from shared.web import paging

Rows = list[dict[str, Any]]
Content = dict[str, Any]
Tuple = TypeVar("Tuple", bound=NamedTuple)
_BEFORE_ALL = (datetime(1900, 1, 1, tzinfo=UTC), 0)


class Stats(Protocol):
    """What is stored about football; ids are the source's."""

    def needs(self, question: str) -> frozenset[str]:
        """Names of the parameters of a question."""

    def rows(self, question: str, parameters: Mapping[str, Any]) -> Rows:
        """The answer to a named question."""

    def tuples(self, question: str, parameters: Mapping[str, Any], kind: type[Tuple]) -> list[Tuple]:
        """The same as named tuples, whose fields are the columns in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    stats: Stats
    memory: Memory
    probes: Probes


class Asked:
    """A question while it is answered; what it names is looked up once, when it is needed."""

    shelf: Shelf
    """Where what is looked up is kept: with the answers of `scope` as it was when the question came."""

    def __init__(self, given: Mapping[str, Any], deps: Deps) -> None:
        self.given = given
        self.deps = deps

    def __getitem__(self, name: str) -> Any:
        """A parameter as it was given."""
        return self.given[name]

    def rows(self, question: str, **more: Any) -> Rows:
        """The answer to a named question, its parameters taken from `more`, from what was given and from the season."""
        needed = self.deps.stats.needs(question)
        return self.deps.stats.rows(question, {name: self._parameter(name, more) for name in needed})

    def one(self, question: str, what: str) -> dict[str, Any]:
        """The single row of a question about the record that the path names, or `NotFound`."""
        found = self.rows(question)
        if not found:
            raise NotFound(f"{what} is not stored")
        return found[0]

    @property
    def scope(self) -> int:
        """The league whose news change the answer; `ANY` where each league's may."""
        if "league" in self.given:
            return self.league.id
        return self._league_of_match() if "match_id" in self.given else ANY

    @cached_property
    def league(self) -> League:
        """The league of the path: a slug of the catalogue, or the id of any other league that is stored."""
        text = str(self.given["league"])
        if text.isdecimal() and text.isascii() and len(text) < 19:
            return _uncharted(int(text))
        return leagues.by_slug(text)

    @cached_property
    def season(self) -> dict[str, Any]:
        """The season of this label (``2024/25``) or id; without one the newest that has matches."""
        wanted = {"league_id": self.league.id, "season": str(self.given.get("season", ""))}
        kept = self.shelf.remembered(("season", *wanted.values()), lambda: self._season(**wanted))
        found: dict[str, Any] = json.loads(kept.raw)
        return found

    @property
    def head(self) -> Content:
        """What an answer about a season begins with."""
        return {"league": self.given["league"], "season": self.season["year"]}

    def after(self) -> tuple[datetime, int] | None:
        """Where the page before ended, of things ordered by time and id; None for the first page."""
        return paging.decode_time_and_id(self.given["cursor"], query=self._question)

    def page(self, question: str, position: tuple[str, str] = ("starts_at", "match_id")) -> tuple[Rows, str | None]:
        """A page of a question that is ordered by a moment and an id (`position`), and the cursor of the next one."""
        after_at, after_id = self.after() or _BEFORE_ALL
        limit = self["limit"]
        found = self.rows(question, after_at=after_at, after_id=after_id)
        last = [found[limit - 1][name] for name in position] if len(found) > limit else None
        return found[:limit], self.next(last)

    def next(self, position: Sequence[Any] | None) -> str | None:
        """The cursor of the page after this position."""
        return paging.encode(position, query=self._question)

    @cached_property
    def matches(self) -> list[StoredMatch]:
        """Every event of the season by kick-off, postponed originals too."""
        return self.season_matches(league_id=self.league.id, season_id=self.season["season_id"])

    def season_matches(self, **place: int) -> list[StoredMatch]:
        """The same of any season: `league_id` and `season_id`."""
        return self.deps.stats.tuples("season_matches", place, StoredMatch)

    @cached_property
    def match(self) -> StoredMatch:
        """The match of the path."""
        return self._stored_match()

    @property
    def _question(self) -> Content:
        return {name: value for name, value in self.given.items() if name not in ("cursor", "limit")}

    def _parameter(self, name: str, more: Mapping[str, Any]) -> Any:
        if name in more:
            return more[name]
        if name in self.given:
            return self.given[name]
        if "match_id" in self.given:
            return getattr(self.match, name)
        return self.league.id if name == "league_id" else self.season[name]

    def _season(self, **wanted: Any) -> dict[str, Any]:
        found = self.deps.stats.rows("season", wanted)
        if not found:
            label = wanted["season"]
            raise NotFound(f"season {label!r} is not stored" if label else "no season is stored yet")
        return found[0]

    def _league_of_match(self) -> int:
        """The league of a match, which must be known before the match may be read from the cache.

        It never changes, so it needs no generation, and other leagues' updates leave a match's answers alone. The match
        that is read here is older than the generation, hence no part of the answer.
        """
        match_id = self.given["match_id"]
        kept = for_ever(self.deps.memory).remembered(
            ("league-of", match_id), lambda: {"league_id": self._stored_match().league_id}
        )
        return int(json.loads(kept.raw)["league_id"])

    def _stored_match(self) -> StoredMatch:
        return stored(self.one("match", f"match {self.given['match_id']}"))


def _uncharted(league_id: int) -> League:
    """The league of this id; one that the catalogue does not know parts level teams by goals."""
    try:
        return leagues.by_id(league_id)
    except NotFound:
        slug = str(league_id)
        known = UniqueTournamentId(league_id)
        return League(id=known, slug=slug, name="", country="", tie_break=leagues.OTHERS)
