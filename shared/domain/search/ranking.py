"""What can be found by name, and in which order; whoever keeps the names only brings what may fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from shared.domain.search.edit_distance import distance, tolerated
from shared.domain.search.text import words

BATCH = 2_000
KINDS = ("league", "team", "player", "manager")
CANDIDATES = 200
"""How many of those that may fit are ranked; of more, those most is stored about."""
LEAST_SCORE = 0.5
MOST_WORDS = 8
"""Of a question; no name has more, and those that are missing cost a look each."""
_PART = 0.98
_PREFIX = 0.9
_TYPO = 0.95
_JOINED = 0.9
_FAR = 0.7
_PER_TYPO = 1.5
"""What a word is worth, of one that stands in the name as it was typed: see `_likeness` and `_resemblance`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something with a name. Ids are the source's and unique within a kind."""

    kind: str
    """One of `KINDS`."""
    id: int
    name: str
    aliases: tuple[str, ...] = ()
    """Other names: short ones, codes."""
    country: str = ""
    position: str = ""
    """Of a player: G, D, M or F."""
    seasons: tuple[str, ...] = ()
    """Of a league: those that are stored, such as ``2024/25``."""
    weight: int = 0
    """How many matches are stored about it; of equally fitting names the heavier comes first."""

    def spellings(self) -> list[tuple[str, ...]]:
        """The words of each of its names."""
        return [found for text in dict.fromkeys((self.name, *self.aliases)) if (found := words(text))]

    def words(self) -> set[str]:
        """The words of all its names."""
        return {word for spelling in self.spellings() for word in spelling}

    def joined(self) -> set[str]:
        """Each of its names with its words run together."""
        return {"".join(spelling) for spelling in self.spellings()}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for."""

    text: str
    kind: str = ""
    country: str = ""
    position: str = ""
    season: str = ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the text; there may be none."""
        return words(self.text)[:MOST_WORDS]

    def allows(self, entity: Entity) -> bool:
        """Whether the filters let it through; an empty one lets everything."""
        return (
            self.kind in ("", entity.kind)
            and self.country in ("", entity.country)
            and self.position in ("", entity.position)
            and (not self.season or self.season in entity.seasons)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entity and how well its name fits, 0 to 1."""

    entity: Entity
    score: float

    @property
    def place(self) -> tuple[float, int, str, int]:
        """Where it stands among others: the best fit first, of equal ones the heaviest."""
        return -self.score, -self.entity.weight, self.entity.kind, self.entity.id


def batches(entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    """As many as are stored at once; of those in a batch that are one entity the last."""
    left = iter(entities)
    while batch := list(islice(left, BATCH)):
        yield list({(entity.kind, entity.id): entity for entity in batch}.values())


def ranked(wanted: Wanted, candidates: Iterable[Entity]) -> list[Found]:
    """Those whose names fit, the best first."""
    scored = (Found(entity=each, score=score(wanted.words, each)) for each in candidates if wanted.allows(each))
    return sorted((found for found in scored if found.score >= LEAST_SCORE), key=lambda found: found.place)


def score(asked: Sequence[str], entity: Entity) -> float:
    """How well the words that were typed fit the entity's best fitting name: 1 for the name itself."""
    if not asked:
        return 0.0
    return round(max((_fit(asked, spelling) for spelling in entity.spellings()), default=0.0), 2)


def _fit(asked: Sequence[str], spelling: Sequence[str]) -> float:
    """The likeness of each word typed, by its length; whatever is not the whole name as it is stands behind that."""
    left = list(spelling)
    gained, strangers = 0.0, []
    for word in asked:
        likeness, best = max(((_likeness(word, each), each) for each in left), default=(0.0, ""))
        if likeness:
            gained += len(word) * likeness
            left.remove(best)
        else:
            strangers.append(word)
    if gained:
        gained += sum(len(word) * max((_resemblance(word, each) for each in left), default=0.0) for word in strangers)
    fit = gained / sum(map(len, asked))
    return 1.0 if fit == 1 and not left else max(_PART * fit, _joined(asked, spelling))


def _joined(asked: Sequence[str], spelling: Sequence[str]) -> float:
    """The same for words run together, or one taken apart: ``realmadrid``."""
    return _JOINED if len(asked) != len(spelling) and "".join(asked) == "".join(spelling) else 0.0


@lru_cache(maxsize=100_000)
def _likeness(typed: str, word: str) -> float:
    """1 for the word itself, less for its beginning, less for each typo, 0 for another word."""
    if typed == word:
        return 1.0
    if word.startswith(typed):
        return _PREFIX
    typos = distance(typed, word, tolerated(typed))
    return _TYPO - _PER_TYPO * typos / (len(typed) + len(word)) if typos <= tolerated(typed) else 0.0


@lru_cache(maxsize=100_000)
def _resemblance(typed: str, word: str) -> float:
    """What a word with one typo more than it may hold is worth beside others that fit."""
    if len(typed) < 4:
        return 0.0
    allowed = tolerated(typed) + 1
    typos = distance(typed, word, allowed)
    return _FAR - _PER_TYPO * typos / (len(typed) + len(word)) if typos <= allowed else 0.0
