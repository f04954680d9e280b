"""The dialects of `filters`: each tells which part of it an event does not meet, by its place in the manifest."""

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
"""The Kafka broker's engine: what an operator answers in spite of an error counts."""
GO = Runtime(texts=BYTES, casts=LENIENT, reader=lookups.channel_cesql)
"""The channel broker's engine: an error ends the evaluation."""


class FilterAborted(Exception):
    """The real data plane breaks off here, whatever stands around: nothing gets through, not even by a ``not``."""


class FilterPart(Protocol):
    """A part of a filter."""

    def mismatch(self, attributes: Attributes) -> str | None:
        """What the event does not meet, in words; None = it meets it. Raises `FilterAborted`."""


def compile_parts(dialects: Iterable[Dialect], place: str, broker_class: BrokerClass) -> list[FilterPart]:
    """The parts that can keep an event out; an item without a dialect keeps out none, and is left away."""
    found = (_part(dialect, f"{place}[{at}]", broker_class) for at, dialect in enumerate(dialects))
    return [part for part in found if part is not None]


def _part(dialect: Dialect, place: str, broker_class: BrokerClass) -> FilterPart | None:
    for name, wanted in (("exact", dialect.exact), ("prefix", dialect.prefix), ("suffix", dialect.suffix)):
        if wanted:
            return _compared(name, wanted, f"{place}.{name}", broker_class)
    if dialect.all:
        return All(compile_parts(dialect.all, f"{place}.all", broker_class))
    if dialect.any:
        return _any(compile_parts(dialect.any, f"{place}.any", broker_class), f"{place}.any")
    if dialect.negated:
        inner = _part(dialect.negated, f"{place}.not", broker_class)
        return Negation(f"{place}.not", inner) if inner else None
    return CesqlExpression(f"{place}.cesql", dialect.cesql, broker_class) if dialect.cesql else None


_COMPARED: dict[str, tuple[Callable[[str, str], bool], str]] = {
    "exact": (str.__eq__, "is not"),
    "prefix": (str.startswith, "does not start with"),
    "suffix": (str.endswith, "does not end with"),
}


def _compared(name: str, wanted: Mapping[str, str], place: str, broker_class: BrokerClass) -> FilterPart | None:
    """An empty name or value makes the channel broker skip the whole item, the Kafka broker only this attribute."""
    if broker_class is BrokerClass.KAFKA:
        wanted = {attribute: value for attribute, value in wanted.items() if value}
    if not wanted or not all((*wanted, *wanted.values())):
        return None
    lookup = lookups.kafka if broker_class is BrokerClass.KAFKA else lookups.channel
    fits, fault = _COMPARED[name]
    return TextMatch(place, [(attribute, lookup(attribute), value) for attribute, value in wanted.items()], fits, fault)


def _any(parts: list[FilterPart], place: str) -> FilterPart | None:
    return Any(place, parts) if parts else None


@dataclass(frozen=True, slots=True)
class TextMatch:
    """``exact``, ``prefix``, ``suffix``: the printed form of every named attribute fits its text."""

    place: str
    wanted: list[tuple[str, Lookup, str]]
    fits: Callable[[str, str], bool]
    fault: str

    def mismatch(self, attributes: Attributes) -> str | None:
        """The first attribute that is not there or does not fit."""
        for name, read, text in self.wanted:
            value = read(attributes)
            if value is None:
                return f"{self.place} {name}: the event has none"
            if not self.fits(to_text(value), text):
                return f"{self.place} {name}: {to_text(value)!r} {self.fault} {text!r}"
        return None


@dataclass(frozen=True, slots=True)
class All:
    """Every part has to be met; the rest is not looked at after the first that is not."""

    parts: list[FilterPart]

    def mismatch(self, attributes: Attributes) -> str | None:
        """The first part that is not met."""
        for part in self.parts:
            if (fault := part.mismatch(attributes)) is not None:
                return fault
        return None


@dataclass(frozen=True, slots=True)
class Any:
    """One part has to be met; the rest is not looked at after the first that is."""

    place: str
    parts: list[FilterPart]

    def mismatch(self, attributes: Attributes) -> str | None:
        """All parts, as none is met."""
        faults = []
        for part in self.parts:
            if (fault := part.mismatch(attributes)) is None:
                return None
            faults.append(fault)
        return f"{self.place}: none is met: {'; '.join(faults)}"


@dataclass(frozen=True, slots=True)
class Negation:
    """``not``: the part may not be met. One that cannot be answered is not met."""

    place: str
    part: FilterPart

    def mismatch(self, attributes: Attributes) -> str | None:
        """That the part is met."""
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
