"""Searches names in Postgres: full text finds words and their beginnings, shadows find mistyped words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.statements import Statements
from shared.domain.search.edit_distance import compute_shadows, count_typos, max_typos
from shared.domain.search.ranking import MAX_CANDIDATES, Entity, NameSearch, split_batches
from shared.domain.search.text import fold

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).parent / "sql" / "search.sql")
_MAX_NEAR = 200
_COMPLETIONS_PER_LETTER = 15
_MAX_MEANINGS = 30
"""Words that one mistyped word may mean; the nearest are taken."""


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
        """Add names, or replace those of the same kinds and ids."""
        for batch in split_batches(entities):
            self._database.transaction(partial(_put, entities=batch))

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Replace all names by these; their number. Searches meanwhile see the old names."""
        portions = list(split_batches(entities))

        def work(connection: Connection) -> int:
            for name in ("drop_names", "drop_words"):
                _SQL.execute(connection, name)
            for batch in portions:
                _put(connection, batch)
            return sum(map(len, portions))

        return self._database.transaction(work)

    def candidates(self, query: NameSearch) -> list[Entity]:
        """Return the names that the filters allow and that the words may mean."""
        if not query.words:
            return []
        params: dict[str, Any] = {
            "folded": " ".join(query.words),
            "kind": query.kind,
            "country": query.country,
            "position": query.position,
            "season": query.season,
            "at_most": MAX_CANDIDATES,
        }
        with self._database.connection() as connection:
            for n_tried, text in enumerate(_tsqueries(connection, query.words)):
                params |= {"query": text, "one_fits_nothing": n_tried > 0}
                if rows := _SQL.rows(connection, _Row, "find_by_words", **params):
                    return [row.entity() for row in rows]
        return []

    def probe(self) -> None:
        """Return when the database answers."""
        self._database.probe()


def _put(connection: Connection, entities: Sequence[Entity]) -> None:
    heaviest: dict[str, int] = {}
    for entity in entities:
        for word in entity.words():
            heaviest[word] = max(heaviest.get(word, 0), entity.weight)
    words = [{"word": word, "shadows": compute_shadows(word), "weight": weight} for word, weight in heaviest.items()]
    _SQL.execute(connection, "put_names", names=json.dumps([_row(entity) for entity in entities]))
    _SQL.execute(connection, "put_words", words=json.dumps(words))


def _row(entity: Entity) -> dict[str, Any]:
    return {**asdict(entity), "folded": fold(entity.name), "words": sorted(entity.words() | entity.joined())}


def _tsqueries(connection: Connection, typed: Sequence[str]) -> Iterator[str]:
    """Yield the queries to try in turn: all words (or with two of them run together), then all but one."""
    near = _find_near_words(connection, typed)
    if len(typed) == 1:
        yield " | ".join(
            [_quote(typed[0]), *map(_quote, _find_completions(connection, typed[0])), *near.get(typed[0], ())]
        )
        return
    each = [f"({' | '.join([f'{_quote(word)}:*', *near.get(word, ())])})" for word in typed]
    joined = [" & ".join([*each[:n], _quote(typed[n] + typed[n + 1]), *each[n + 2 :]]) for n in range(len(typed) - 1)]
    yield " | ".join([" & ".join(each), _quote("".join(typed)), *(f"({query})" for query in joined)])
    yield " | ".join(f"({' & '.join(some)})" for some in combinations(each, len(each) - 1))


def _find_completions(connection: Connection, beginning: str) -> list[str]:
    """Return the heaviest words with this beginning; alone, one may fit a tenth of all names."""
    at_most = _COMPLETIONS_PER_LETTER * len(beginning)
    return _SQL.values(connection, "find_completions", beginning=beginning, at_most=at_most)


def _find_near_words(connection: Connection, typed: Sequence[str]) -> dict[str, list[str]]:
    """Return the stored words that each typed word may be a typo of, the nearest first, as lexemes."""
    candidates = [{"word": word, "shadows": compute_shadows(word)} for word in set(typed) if max_typos(word)]
    near_words: dict[str, list[tuple[int, str]]] = {}
    rows = (
        _SQL.rows(connection, _Near, "find_near_words", typed=json.dumps(candidates), at_most=_MAX_NEAR)
        if candidates
        else []
    )
    for row in rows:
        typos = count_typos(row.typed, row.near, max_typos(row.typed))
        if 0 < typos <= max_typos(row.typed):
            near_words.setdefault(row.typed, []).append((typos, row.near))
    return {word: [_quote(near) for _, near in sorted(nearest)[:_MAX_MEANINGS]] for word, nearest in near_words.items()}


def _quote(word: str) -> str:
    """Return a lexeme; words hold letters and digits only, of any script."""
    return f"'{word}'"
