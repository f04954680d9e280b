"""The dialects of a Trigger's `filters`; each names the part that an event does not match, by its place in the YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from knative import cesql
from knative.cesql.evaluator import STANDARD, Runtime
from knative.cesql.texts import BYTES
from knative.cesql.values import FORGIVING, LENIENT, as_boolean, to_text
from knative.local.eventing.filters import attribute_lookups as lookups
from knative.local.eventing.filters.attribute_lookups import Attributes, Lookup
from knative.manifests.dialects import Dialect
from knative.manifests.model import BrokerClass

JAVA = Runtime(casts=FORGIVING, forgiving=True)
"""The Kafka broker's engine: the value that an operator has in spite of an error counts."""
GO = Runtime(texts=BYTES, casts=LENIENT, reader=lookups.channel_cesql_lookup)
"""The channel broker's engine: an error ends the evaluation."""


class FilterAborted(Exception):
    """The real data plane stops evaluating here: the event does not match, not even by a ``not`` around it."""


class FilterPart(Protocol):
    """One part of a filter."""

    def mismatch(self, attributes: Attributes) -> str | None:
        """Describe what the event does not match; None = it matches. Raises `FilterAborted`."""


def compile_parts(dialects: Iterable[Dialect], place: str, broker_class: BrokerClass) -> list[FilterPart]:
    """Return the parts that can exclude an event; an item without a dialect excludes none and is left out."""
    parts = (_part(dialect, f"{place}[{at}]", broker_class) for at, dialect in enumerate(dialects))
    return [part for part in parts if part is not None]


def _part(dialect: Dialect, place: str, broker_class: BrokerClass) -> FilterPart | None:
    for name, texts in (("exact", dialect.exact), ("prefix", dialect.prefix), ("suffix", dialect.suffix)):
        if texts:
            return _text_match(name, texts, f"{place}.{name}", broker_class)
    if dialect.all:
        return AllOf(compile_parts(dialect.all, f"{place}.all", broker_class))
    if dialect.any:
        return _any_of(compile_parts(dialect.any, f"{place}.any", broker_class), f"{place}.any")
    if dialect.negated:
        inner = _part(dialect.negated, f"{place}.not", broker_class)
        return Negation(f"{place}.not", inner) if inner else None
    return CesqlExpression(f"{place}.cesql", dialect.cesql, broker_class) if dialect.cesql else None


_COMPARISONS: dict[str, tuple[Callable[[str, str], bool], str]] = {
    "exact": (str.__eq__, "is not"),
    "prefix": (str.startswith, "does not start with"),
    "suffix": (str.endswith, "does not end with"),
}


def _text_match(name: str, texts: Mapping[str, str], place: str, broker_class: BrokerClass) -> FilterPart | None:
    """Build a `TextMatch`. An empty text makes the channel broker skip the item, the Kafka broker the attribute."""
    if broker_class is BrokerClass.KAFKA:
        texts = {attribute: text for attribute, text in texts.items() if text}
    if not texts or not all((*texts, *texts.values())):
        return None
    lookup = lookups.kafka_lookup if broker_class is BrokerClass.KAFKA else lookups.channel_lookup
    matches, failure = _COMPARISONS[name]
    expected = [(attribute, lookup(attribute), text) for attribute, text in texts.items()]
    return TextMatch(place, expected, matches, failure)


def _any_of(parts: list[FilterPart], place: str) -> FilterPart | None:
    return AnyOf(place, parts) if parts else None


@dataclass(frozen=True, slots=True)
class TextMatch:
    """``exact``, ``prefix``, ``suffix``: the printed form of every named attribute matches its text."""

    place: str
    expected: list[tuple[str, Lookup, str]]
    matches: Callable[[str, str], bool]
    failure: str

    def mismatch(self, attributes: Attributes) -> str | None:
        """Describe the first attribute that is absent or does not match."""
        for name, read, text in self.expected:
            value = read(attributes)
            if value is None:
                return f"{self.place} {name}: the event has none"
            if not self.matches(to_text(value), text):
                return f"{self.place} {name}: {to_text(value)!r} {self.failure} {text!r}"
        return None


@dataclass(frozen=True, slots=True)
class AllOf:
    """``all``: every part matches; evaluation ends at the first that does not."""

    parts: list[FilterPart]

    def mismatch(self, attributes: Attributes) -> str | None:
        """Describe the first part that does not match."""
        for part in self.parts:
            if (mismatch := part.mismatch(attributes)) is not None:
                return mismatch
        return None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``any``: one part matches; evaluation ends at the first that does."""

    place: str
    parts: list[FilterPart]

    def mismatch(self, attributes: Attributes) -> str | None:
        """Describe all parts, when none matches."""
        mismatches = []
        for part in self.parts:
            if (mismatch := part.mismatch(attributes)) is None:
                return None
            mismatches.append(mismatch)
        return f"{self.place}: none is met: {'; '.join(mismatches)}"


@dataclass(frozen=True, slots=True)
class Negation:
    """``not``: the part does not match. One that cannot be evaluated does not match."""

    place: str
    part: FilterPart

    def mismatch(self, attributes: Attributes) -> str | None:
        """Say that the part matches."""
        return f"{self.place}: what it denies is met" if self.part.mismatch(attributes) is None else None


class CesqlExpression:
    """``cesql``: the expression is true.

    Without a Boolean the channel broker breaks; the Kafka broker casts what it got, and an operator's value in spite of
    an error counts there.
    """

    __slots__ = ("_first_error", "_is_cast", "_place", "_source", "_value_of")

    def __init__(self, place: str, source: str, broker_class: BrokerClass) -> None:
        self._is_cast = broker_class is BrokerClass.KAFKA
        parsed = cesql.parse(source)
        self._value_of = cesql.prepare(parsed, JAVA if self._is_cast else GO)
        self._first_error = cesql.prepare(parsed, STANDARD)
        self._source = source
        self._place = place

    def mismatch(self, attributes: Attributes) -> str | None:
        """Tell that the expression is false, or why it has no value."""
        try:
            value = self._value_of(attributes)
            if self._is_cast:
                value = as_boolean(value) or self._false_because_of(attributes)
        except cesql.EvaluationError as error:
            return f"{self._place}: {self._source} fails, {error}"
        if value is True:
            return None
        if value is False:
            return f"{self._place}: {self._source} is false"
        raise FilterAborted(f"{self._place}: {self._source} answers {value!r}, which is no boolean")

    def _false_because_of(self, attributes: Attributes) -> bool:
        """Raise the error, if there is one, that made the expression false."""
        self._first_error(attributes)
        return False
