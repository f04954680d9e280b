"""A search index in a dict: it brings everything that the filters allow, and the ranking sorts it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.domain.search.ranking import Entity, Wanted, ranked
from shared.errors import Unavailable


class MemorySearch:
    """What the real indexes are held to; `gone` makes it silent."""

    def __init__(self) -> None:
        self.entities: dict[tuple[str, int], Entity] = {}
        self.gone = False

    def put(self, entities: Sequence[Entity]) -> None:
        """Add these, or replace what is stored under their kinds and ids."""
        self.probe()
        self.entities |= {(each.kind, each.id): each for each in entities}

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Only these can be found afterwards."""
        self.probe()
        self.entities.clear()
        self.put(list(entities))
        return len(self.entities)

    def candidates(self, wanted: Wanted) -> list[Entity]:
        """Whatever fits at all."""
        self.probe()
        return [found.entity for found in ranked(wanted, self.entities.values())]

    def probe(self) -> None:
        """Return unless it is gone."""
        if self.gone:
            raise Unavailable("the index does not answer")
