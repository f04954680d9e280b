"""A search index in a dict: it returns everything that the filters allow and leaves the order to the ranking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.domain.search.ranking import Entity, NameSearch, rank
from shared.errors import Unavailable


class MemorySearch:
    """A `SearchIndex` in a dict; `gone` makes it unavailable."""

    def __init__(self) -> None:
        self.entities: dict[tuple[str, int], Entity] = {}
        self.gone = False

    def put(self, entities: Sequence[Entity]) -> None:
        """Add names, or replace those of the same kinds and ids."""
        self.probe()
        self.entities |= {(each.kind, each.id): each for each in entities}

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Replace all names by these; their number."""
        self.probe()
        self.entities.clear()
        self.put(list(entities))
        return len(self.entities)

    def candidates(self, query: NameSearch) -> list[Entity]:
        """Return every name that fits at all."""
        self.probe()
        return [hit.entity for hit in rank(query, self.entities.values())]

    def probe(self) -> None:
        """Return unless it is gone."""
        if self.gone:
            raise Unavailable("the index does not answer")
