"""Find teams, players, managers and leagues by name, and keep what can be found up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.domain.search.ranking import KINDS, Entity, NameSearch, SearchHit, rank
from shared.events.football import LeagueUpdated
from shared.ports.probes import Probes
from shared.ports.search import SearchIndex
from shared.web import paging

_NAMED_IN: Mapping[str, tuple[str, ...]] = {
    "leagues": ("league",),
    "seasons": ("league",),
    "teams": ("team",),
    "matches": ("league", "team"),
    "players": ("player",),
    "appearances": ("player",),
    "managers": ("manager",),
    "match_details": ("manager",),
}
"""What records of a kind may name, or say how much is known of; the Trigger brings no others."""


class Names(Protocol):
    """What has a name."""

    def of_season(self, kind: str, league_id: int, season_id: int) -> list[Entity]:
        """Those of a kind that a season of a league names, each as a whole."""

    def all(self, kind: str) -> Iterable[Entity]:
        """All of a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the function stands on."""

    names: Names
    index: SearchIndex
    probes: Probes = field(default_factory=dict)


def search(query: NameSearch, *, cursor: str, limit: int, deps: Deps) -> dict[str, Any]:
    """A page of what fits, the best first; nothing that fits is an empty page."""
    question = [query.text, query.kind, query.country, query.position, query.season]
    after = paging.decode(cursor, float, int, str, int, query=question)
    found = [each for each in rank(query, deps.index.candidates(query)) if after is None or each.sort_key > after]
    page = found[:limit]
    return {
        "query": query.text,
        "items": [_told(each) for each in page],
        "next": paging.encode(page[-1].sort_key, query=question) if len(found) > limit else None,
    }


def refresh(event: LeagueUpdated, deps: Deps) -> None:
    """Read again what the event's season names; a second delivery writes nothing."""
    for kind in _NAMED_IN.get(event.records, ()):
        deps.index.put(deps.names.of_season(kind, event.league_id, event.season_id))


def rebuild(deps: Deps) -> int:
    """Make the index anew of all that is stored; how many can be found now.

    News that come meanwhile may be replaced by what was read before; the next news of their season repair that.
    """
    return deps.index.replace_all(entity for kind in KINDS for entity in deps.names.all(kind))


def _told(found: SearchHit) -> dict[str, Any]:
    entity = found.entity
    return {
        "kind": entity.kind,
        "id": entity.id,
        "name": entity.name,
        "country": entity.country,
        "position": entity.position,
        "seasons": list(entity.seasons),
        "matches": entity.weight,
        "score": found.score,
    }
