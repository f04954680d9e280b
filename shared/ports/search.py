"""Port of the search index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from shared.domain.search.ranking import Entity, Wanted


class SearchIndex(Protocol):
    """Names that can be looked for; `shared.domain.search.ranking.ranked` puts in order what it brings."""

    def put(self, entities: Sequence[Entity]) -> None:
        """Add these, or replace what is stored under their kinds and ids; they may be found a moment later."""

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Only these can be found afterwards, what was stored until then; how many."""

    def candidates(self, wanted: Wanted) -> list[Entity]:
        """What the filters allow and the words may mean: by all words, else by all but one, else run together.

        A word means those that begin with it and those that it may be a mistyped form of. `CANDIDATES` at most.
        """

    def probe(self) -> None:
        """Return when the index answers, raise `Unavailable` otherwise."""
