"""Ranks entities by how well their names fit a search; an index only brings the candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from shared.domain.search.edit_distance import count_typos, max_typos
from shared.domain.search.text import split_words

BATCH = 2_000
KINDS = ("league", "team", "player", "manager")
MAX_CANDIDATES = 200
"""Candidates that are ranked; of more, those with most matches stored."""
MIN_SCORE = 0.5
MAX_WORDS = 8
"""Words of a search that count; no name has more, and every further word costs a lookup."""
_SHARE_WEIGHT = 0.98
_PREFIX_WEIGHT = 0.9
_TYPO_WEIGHT = 0.95
_JOINED_WEIGHT = 0.9
_RESEMBLANCE_WEIGHT = 0.7
_PENALTY_PER_TYPO = 1.5
"""Weights of words that fit less than exactly (1); see `_score_likeness` and `_score_resemblance`."""


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
    """A player's: G, D, M or F."""
    seasons: tuple[str, ...] = ()
    """A league's stored seasons, such as ``2024/25``."""
    weight: int = 0
    """Matches stored about it; of equally fitting names the heavier comes first."""

    def spellings(self) -> list[tuple[str, ...]]:
        """Return the words of each of its names."""
        return [words for text in dict.fromkeys((self.name, *self.aliases)) if (words := split_words(text))]

    def words(self) -> set[str]:
        """Return the words of all its names."""
        return {word for spelling in self.spellings() for word in spelling}

    def joined(self) -> set[str]:
        """Return each run of adjacent words of its names, run together: ``vandijk`` of ``Virgil van Dijk``."""
        return {"".join(run) for spelling in self.spellings() for run in _runs(spelling[:MAX_WORDS])}


@dataclass(frozen=True, kw_only=True)
class NameSearch:
    """A search: words and filters."""

    text: str
    kind: str = ""
    country: str = ""
    position: str = ""
    season: str = ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the text; there may be none."""
        return split_words(self.text)[:MAX_WORDS]

    def allows(self, entity: Entity) -> bool:
        """Whether it passes the filters; an empty filter passes everything."""
        return (
            self.kind in ("", entity.kind)
            and self.country in ("", entity.country)
            and self.position in ("", entity.position)
            and (not self.season or self.season in entity.seasons)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """An entity and how well its name fits, 0 to 1."""

    entity: Entity
    score: float

    @property
    def sort_key(self) -> tuple[float, int, str, int]:
        """Sorts the best fit first, of equal ones the heaviest."""
        return -self.score, -self.entity.weight, self.entity.kind, self.entity.id


def split_batches(entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    """Yield entities in the portions that are stored at once; of one entity in a portion the last counts."""
    remaining = iter(entities)
    while batch := list(islice(remaining, BATCH)):
        yield list({(entity.kind, entity.id): entity for entity in batch}.values())


def rank(query: NameSearch, candidates: Iterable[Entity]) -> list[SearchHit]:
    """Return the candidates whose names fit, the best first."""
    scored = (SearchHit(entity=each, score=score(query.words, each)) for each in candidates if query.allows(each))
    return sorted((hit for hit in scored if hit.score >= MIN_SCORE), key=lambda hit: hit.sort_key)


def score(typed_words: Sequence[str], entity: Entity) -> float:
    """Score the typed words against the entity's best fitting name: 1 for the name itself."""
    if not typed_words:
        return 0.0
    return round(max((_score_best(typed_words, spelling) for spelling in entity.spellings()), default=0.0), 2)


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield all runs of adjacent words; of a single word the word."""
    lengths = range(min(2, len(words)), len(words) + 1)
    return (tuple(words[start : start + n]) for n in lengths for start in range(len(words) - n + 1))


def _score_best(typed_words: Sequence[str], spelling: Sequence[str]) -> float:
    """Score one name as it is, and with words run together where the other side has them as one."""
    plain = _score_spelling(typed_words, spelling)
    if plain >= _JOINED_WEIGHT:
        return plain
    joined = [
        *(_score_spelling(words, spelling) for words in _with_joined(typed_words, spelling)),
        *(_score_spelling(typed_words, words) for words in _with_joined(spelling, typed_words)),
    ]
    return max([plain, *(_JOINED_WEIGHT * each for each in joined)])


def _with_joined(words: Sequence[str], others: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words with one run of them joined, for each run that is one of the other words."""
    for start in range(len(words)):
        for end in range(start + 2, len(words) + 1):
            if "".join(words[start:end]) in others:
                yield [*words[:start], "".join(words[start:end]), *words[end:]]


def _score_spelling(typed_words: Sequence[str], spelling: Sequence[str]) -> float:
    """Score one name: the likeness of each typed word, weighted by its length; only the whole exact name scores 1."""
    remaining = list(spelling)
    gained, misfits = 0.0, []
    for word in typed_words:
        likeness, best = max(((_score_likeness(word, each), each) for each in remaining), default=(0.0, ""))
        if likeness:
            gained += len(word) * likeness
            remaining.remove(best)
        else:
            misfits.append(word)
    if gained:
        gained += sum(
            len(word) * max((_score_resemblance(word, each) for each in remaining), default=0.0) for word in misfits
        )
    fit = gained / sum(map(len, typed_words))
    return 1.0 if fit == 1 and not remaining else max(_SHARE_WEIGHT * fit, _score_joined(typed_words, spelling))


def _score_joined(typed_words: Sequence[str], spelling: Sequence[str]) -> float:
    """Score words that were run together or split: ``realmadrid``."""
    return _JOINED_WEIGHT if len(typed_words) != len(spelling) and "".join(typed_words) == "".join(spelling) else 0.0


@lru_cache(maxsize=100_000)
def _score_likeness(typed: str, word: str) -> float:
    """Score a word: 1 for the word itself, less for its beginning, less for each typo, 0 for another word."""
    if typed == word:
        return 1.0
    if word.startswith(typed):
        return _PREFIX_WEIGHT
    typos = count_typos(typed, word, max_typos(typed))
    return _TYPO_WEIGHT - _PENALTY_PER_TYPO * typos / (len(typed) + len(word)) if typos <= max_typos(typed) else 0.0


@lru_cache(maxsize=100_000)
def _score_resemblance(typed: str, word: str) -> float:
    """Score a word with one typo more than allowed, which counts only beside others that fit."""
    if len(typed) < 4:
        return 0.0
    allowed = max_typos(typed) + 1
    typos = count_typos(typed, word, allowed)
    return _RESEMBLANCE_WEIGHT - _PENALTY_PER_TYPO * typos / (len(typed) + len(word)) if typos <= allowed else 0.0
