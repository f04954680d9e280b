"""What can be found by name, and in which order; whoever keeps the names only brings what may fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log2

from shared.domain.likeness import distance, distance_to_beginning, tolerated
from shared.domain.names import words

KINDS = ("league", "team", "player", "manager")
CANDIDATES = 300
"""How many of those that may fit are ranked; of more, those most is stored about."""
LEAST_SCORE = 0.5
_PREFIX = 0.9
_TYPO = 0.95
_JOINED = 0.9
"""What a word is worth, of one that stands in the name as it was typed: see `_likeness`."""
_SHORTEST_OPEN_END = 4
"""Fewer letters begin too many words for a typo among them to be believed."""


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
        return words(self.text)

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
    """The likeness of each word typed, by its length; words of the name that nobody typed cost a little."""
    left = list(spelling)
    total = gained = 0.0
    for place, word in enumerate(asked):
        likeness, best = max(
            ((_likeness(word, each, is_last=place == len(asked) - 1), each) for each in left), default=(0.0, "")
        )
        total += len(word)
        gained += len(word) * likeness
        if likeness:
            left.remove(best)
    fit = gained / total * (1 - 0.02 * log2(1 + len(left)))
    return max(fit, _joined(asked, spelling))


def _joined(asked: Sequence[str], spelling: Sequence[str]) -> float:
    """The same for words run together, or one taken apart: ``realmadrid``."""
    if len(asked) == len(spelling):
        return 0.0
    return _JOINED * _likeness("".join(asked), "".join(spelling), is_last=False)


@lru_cache(maxsize=100_000)
def _likeness(typed: str, word: str, *, is_last: bool) -> float:
    """1 for the word itself, less for its beginning, less for each typo, 0 for another word."""
    if typed == word:
        return 1.0
    if word.startswith(typed):
        return _PREFIX
    allowed = tolerated(typed)
    typos = distance(typed, word, allowed)
    if typos <= allowed:
        return _TYPO - 1.5 * typos / (len(typed) + len(word))
    if is_last and _SHORTEST_OPEN_END <= len(typed) < len(word) and distance_to_beginning(typed, word, 1) == 1:
        return _PREFIX * (_TYPO - 1.5 / (2 * len(typed)))
    return 0.0
