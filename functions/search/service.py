"""Find teams, players, managers and leagues by name, and keep the index of names up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.domain.search.ranking import KINDS, Entity, NameSearch, SearchHit, rank
from shared.events.football import LeagueUpdated
from shared.ports.probes import Probes
from shared.ports.search import SearchIndex
from shared.web import paging

_KINDS_BY_RECORDS: Mapping[str, tuple[str, ...]] = {
    "leagues": ("league",),
    "seasons": ("league",),
    "teams": ("team",),
    "matches": ("league", "team"),
    "players": ("player",),
    "appearances": ("player",),
    "managers": ("manager",),
    "match_details": ("manager",),
}
"""The kinds of names that a kind of records may change; the Trigger delivers no other records."""


class NameStore(Protocol):
    """The names in the stored records."""

    def list_season(self, kind: str, league_id: int, season_id: int) -> list[Entity]:
        """List the entities of a kind that a season of a league names, each with all its fields."""

    def list_all(self, kind: str) -> Iterable[Entity]:
        """List all entities of a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    names: NameStore
    index: SearchIndex
    probes: Probes = field(default_factory=dict)


def search(query: NameSearch, *, cursor: str, limit: int, deps: Deps) -> dict[str, Any]:
    """Return a page of search results, the best first; the page is empty if nothing matches."""
    paged_query = [query.text, query.kind, query.country, query.position, query.season]
    after = paging.decode(cursor, float, int, str, int, query=paged_query)
    hits = [hit for hit in rank(query, deps.index.candidates(query)) if after is None or hit.sort_key > after]
    page = hits[:limit]
    return {
        "query": query.text,
        "items": [_to_json(hit) for hit in page],
        "next": paging.encode(page[-1].sort_key, query=paged_query) if len(hits) > limit else None,
    }


def refresh(event: LeagueUpdated, deps: Deps) -> None:
    """Update the names of the event's season in the index; a second delivery changes nothing."""
    for kind in _KINDS_BY_RECORDS.get(event.records, ()):
        deps.index.put(deps.names.list_season(kind, event.league_id, event.season_id))


def rebuild(deps: Deps) -> int:
    """Rebuild the index from everything stored and return its number of names.

    An update that arrives meanwhile may be overwritten with older data; the next update of its season repairs that.
    """
    return deps.index.replace_all(entity for kind in KINDS for entity in deps.names.list_all(kind))


def _to_json(hit: SearchHit) -> dict[str, Any]:
    entity = hit.entity
    return {
        "kind": entity.kind,
        "id": entity.id,
        "name": entity.name,
        "country": entity.country,
        "position": entity.position,
        "seasons": list(entity.seasons),
        "matches": entity.weight,
        "score": hit.score,
    }
