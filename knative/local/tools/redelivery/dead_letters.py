"""Reads dead letters, events that could not be delivered, from the topics of dead-letter sinks."""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from knative.graph.model import EdgeKind, Graph, NodeKind
from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.local.eventing.process.consumers import Consumer
from shared.errors import InvalidInput, NotFound
from shared.ports.log import Entry, EventLog

ERROR = "knativeerror"
"""Prefix of the extensions that say why an event was not delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One dead letter."""

    entry: Entry
    event: Message
    """The event as its consumer was sent it."""
    destination: str
    """The URL that refused it."""
    answer: Response
    """The last response of that URL, as far as the extensions keep it."""
    consumer: Consumer | None
    """The consumer it could not be delivered to; None if nothing delivers to that URL any more."""
    redriven_at: float | None = None
    """Unix seconds of the last redrive; None if there was none."""

    @property
    def place(self) -> str:
        """Its partition and offset, such as ``0@17``."""
        return f"{self.entry.partition}@{self.entry.offset}"

    @property
    def at(self) -> float:
        """Unix seconds at which it became a dead letter."""
        return self.entry.timestamp_ms / 1000

    @property
    def type(self) -> str:
        """The event's type."""
        return str(self.event.attributes["type"])

    @property
    def label(self) -> str:
        """The consumer's name, or the URL if there is no such consumer any more."""
        return self.consumer.target.label if self.consumer else self.destination

    @property
    def error(self) -> str:
        """Reason why the consumer refused it, in one line."""
        return f"{self._status} {self.answer.failure_text}".rstrip()

    @property
    def reason(self) -> str:
        """The error with ``<id>`` instead of the event's id: the same for all events that fail for the same reason."""
        id_ = rf"(?<![\w-]){re.escape(self.event.id)}(?![\w-])"
        return f"{self._status} {re.sub(id_, '<id>', self.answer.failure_text)}".rstrip()

    @property
    def _status(self) -> str:
        return "no answer" if self.answer.status is None else str(self.answer.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterGroup:
    """Dead letters of one consumer and type that failed for the same reason."""

    label: str
    error: str
    type: str
    letters: Sequence[DeadLetter]
    """Oldest first."""


def dead_letter_topics(graph: Graph) -> list[str]:
    """Those that dead-letter sinks write to."""
    ends = dict.fromkeys(edge.end for edge in graph.edges if edge.kind is EdgeKind.DEAD_LETTERS)
    return [node.name for node in map(graph.node, ends) if node.kind is NodeKind.TOPIC]


def read(log: EventLog, topic: str, consumers: Sequence[Consumer], redriven: Mapping[str, float]) -> list[DeadLetter]:
    """The letters of a topic, oldest first; a record that is no event is none.

    Parameters
    ----------
    log, topic : where they are kept.
    consumers : all there are; one of them gave up.
    redriven : by place, when a letter was sent again.
    """
    try:
        entries = list(log.replay(topic))
    except NotFound:
        return []
    letters = [letter for entry in entries for letter in _parse(entry, consumers)]
    letters.sort(key=lambda letter: letter.at)
    return [replace(letter, redriven_at=redriven.get(letter.place)) for letter in letters]


def select(
    letters: Sequence[DeadLetter], names: Sequence[str], *, type: str = "*", since: float = 0.0
) -> list[DeadLetter]:
    """Those that are selected.

    Parameters
    ----------
    letters : what there is.
    names : ids of events, or how they begin where none is whole, or places such as ``0@17``; all letters when empty.
    type : a pattern with ``*`` and ``?`` that the type has to fit.
    since : Unix seconds; older ones are not selected.

    Raises
    ------
    NotFound : a name names no letter.
    """
    selected = {id(letter) for name in names for letter in _find_by_name(letters, name)}
    return [
        letter
        for letter in letters
        if (not names or id(letter) in selected) and letter.at >= since and fnmatchcase(letter.type, type)
    ]


def _find_by_name(letters: Sequence[DeadLetter], name: str) -> list[DeadLetter]:
    whole = [letter for letter in letters if name in (letter.place, letter.event.id)]
    matches = whole or [letter for letter in letters if letter.event.id.startswith(name)]
    if not matches:
        raise NotFound(f"no dead letter {name}")
    return matches


def group(letters: Iterable[DeadLetter]) -> list[DeadLetterGroup]:
    """By whose they were, why, and their type; the largest group first."""
    alike: dict[tuple[str, str, str], list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        alike[letter.label, letter.reason, letter.type].append(letter)
    groups = [
        DeadLetterGroup(label=label, error=error, type=kind, letters=letters)
        for (label, error, kind), letters in alike.items()
    ]
    return sorted(groups, key=lambda group: -len(group.letters))


def _parse(entry: Entry, consumers: Sequence[Consumer]) -> Iterator[DeadLetter]:
    try:
        event = message.from_entry(entry)
    except InvalidInput:
        return
    extensions = {name: str(value) for name, value in event.attributes.items() if name.startswith(ERROR)}
    destination, code = extensions.get(f"{ERROR}dest", ""), extensions.get(f"{ERROR}code", "")
    consumer = _find_consumer(destination, consumers)
    yield DeadLetter(
        entry=entry,
        event=_restore(entry, event, consumer),
        destination=destination,
        answer=Response(
            status=int(code) if code.isdecimal() else None, body=_decode(extensions.get(f"{ERROR}data", ""))
        ),
        consumer=consumer,
    )


def _restore(entry: Entry, event: Message, consumer: Consumer | None) -> Message:
    """Return the event as its consumer would read it, without why it was given up."""
    if consumer and consumer.configs:
        with suppress(InvalidInput):  # letters may be older than a rule that refuses them
            event = consumer.configs[0].decode(entry)
    attributes = {name: value for name, value in event.attributes.items() if not name.startswith(ERROR)}
    return replace(event, attributes=attributes)


def _find_consumer(destination: str, consumers: Sequence[Consumer]) -> Consumer | None:
    """By the path alone: after a restart the same function may listen at another port."""
    path = urlsplit(destination).path
    return next((one for one in consumers if urlsplit(one.target.url).path == path), None)


def _decode(data: str) -> bytes:
    """Error data; the channel broker may have cut its base64 anywhere."""
    try:
        return base64.b64decode(data[: len(data) // 4 * 4])
    except (binascii.Error, ValueError):
        return data.encode()
