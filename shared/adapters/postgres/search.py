"""Names in Postgres: full text finds words and their beginnings, shadows and trigrams the words that were meant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.statements import Statements
from shared.domain.search.edit_distance import distance, shadows, tolerated
from shared.domain.search.ranking import CANDIDATES, Entity, Wanted, batches
from shared.domain.search.text import folded

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).parent / "sql" / "search.sql")
_NEAR_AT_MOST = 200
_BEGINNINGS_PER_LETTER = 15
_MEANINGS_AT_MOST = 30
"""Words that one mistyped word may mean; the nearest."""


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    id: int
    name: str
    aliases: list[str]
    country: str
    position: str
    seasons: list[str]
    weight: int

    def entity(self) -> Entity:
        return Entity(
            kind=self.kind,
            id=self.id,
            name=self.name,
            aliases=tuple(self.aliases),
            country=self.country,
            position=self.position,
            seasons=tuple(self.seasons),
            weight=self.weight,
        )


@dataclass(frozen=True, slots=True)
class _Near:
    typed: str
    near: str


class PostgresSearch:
    """The tables ``search_names`` and ``search_words``."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def put(self, entities: Sequence[Entity]) -> None:
        """Add these, or replace what is stored under their kinds and ids."""
        for batch in batches(entities):
            self._database.transaction(partial(_put, entities=batch))

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Only these can be found afterwards; whoever searches meanwhile finds what was stored before."""
        given = list(batches(entities))

        def work(connection: Connection) -> int:
            for name in ("drop_names", "drop_words"):
                _SQL.execute(connection, name)
            for batch in given:
                _put(connection, batch)
            return sum(map(len, given))

        return self._database.transaction(work)

    def candidates(self, wanted: Wanted) -> list[Entity]:
        """What the filters allow and the words may mean."""
        if not wanted.words:
            return []
        asked: dict[str, Any] = {
            "folded": " ".join(wanted.words),
            "kind": wanted.kind,
            "country": wanted.country,
            "position": wanted.position,
            "season": wanted.season,
            "at_most": CANDIDATES,
        }
        with self._database.connection() as connection:
            for n_tried, query in enumerate(_tsqueries(connection, wanted.words)):
                asked |= {"query": query, "one_fits_nothing": n_tried > 0}
                if found := _SQL.rows(connection, _Row, "by_words", **asked):
                    return [row.entity() for row in found]
        return []

    def probe(self) -> None:
        """Return when the database answers."""
        self._database.probe()


def _put(connection: Connection, entities: Sequence[Entity]) -> None:
    heaviest: dict[str, int] = {}
    for entity in entities:
        for word in entity.words():
            heaviest[word] = max(heaviest.get(word, 0), entity.weight)
    told = [{"word": word, "shadows": shadows(word), "weight": weight} for word, weight in heaviest.items()]
    _SQL.execute(connection, "put_names", names=json.dumps([_row(entity) for entity in entities]))
    _SQL.execute(connection, "put_words", words=json.dumps(told))


def _row(entity: Entity) -> dict[str, Any]:
    return {**asdict(entity), "folded": folded(entity.name), "words": sorted(entity.words() | entity.joined())}


def _tsqueries(connection: Connection, typed: Sequence[str]) -> Iterator[str]:
    """Queries to try in turn: all words, then all but one."""
    near = _near(connection, typed)
    if len(typed) == 1:
        yield " | ".join([_quoted(typed[0]), *map(_quoted, _begun(connection, typed[0])), *near.get(typed[0], ())])
        return
    each = [f"({' | '.join([f'{_quoted(word)}:*', *near.get(word, ())])})" for word in typed]
    yield f"{' & '.join(each)} | {_quoted(''.join(typed))}"
    yield " | ".join(f"({' & '.join(some)})" for some in combinations(each, len(each) - 1))


def _begun(connection: Connection, beginning: str) -> list[str]:
    """The heaviest words that begin so. Alone a beginning may fit a tenth of all names; nobody wants to see them."""
    at_most = _BEGINNINGS_PER_LETTER * len(beginning)
    return _SQL.values(connection, "beginnings", beginning=beginning, at_most=at_most)


def _near(connection: Connection, typed: Sequence[str]) -> dict[str, list[str]]:
    """The words that exist and that each word may be a mistyped form of, the nearest first, as lexemes."""
    asked = [{"word": word, "shadows": shadows(word)} for word in set(typed) if tolerated(word)]
    found: dict[str, list[tuple[int, str]]] = {}
    rows = _SQL.rows(connection, _Near, "near_words", typed=json.dumps(asked), at_most=_NEAR_AT_MOST) if asked else []
    for row in rows:
        typos = distance(row.typed, row.near, tolerated(row.typed))
        if 0 < typos <= tolerated(row.typed):
            found.setdefault(row.typed, []).append((typos, row.near))
    return {word: [_quoted(near) for _, near in sorted(nearest)[:_MEANINGS_AT_MOST]] for word, nearest in found.items()}


def _quoted(word: str) -> str:
    """A lexeme; words hold letters and digits only, of any script."""
    return f"'{word}'"
