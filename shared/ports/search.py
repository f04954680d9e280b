"""Port of the search index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from shared.domain.search.ranking import Entity, NameSearch


class SearchIndex(Protocol):
    """An index of names; `shared.domain.search.ranking.rank` orders what it returns."""

    def put(self, entities: Sequence[Entity]) -> None:
        """Add names, or replace those of the same kinds and ids; they may be found a moment later."""

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Replace all names by these; their number. Until it returns, the old names are found."""

    def candidates(self, query: NameSearch) -> list[Entity]:
        """Return names that the filters allow and all words may mean, else all but one, else the words run together.

        A word means each word that begins with it or that it may be a typo of. At most `MAX_CANDIDATES` are returned.
        """

    def probe(self) -> None:
        """Return when the index answers, raise `Unavailable` otherwise."""
