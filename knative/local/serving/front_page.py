"""The page at ``/functions``: which functions there are, and what wakes each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from knative.local.serving.loaded_function import LoadedFunction
from knative.manifests import filter_text
from knative.manifests.model import Destination, Manifests, Name


class Source(NamedTuple):
    """Something that wakes a function."""

    kind: str
    """``HTTP``, ``log``, ``event`` or ``clock``."""
    what: str
    """A path, topics, a filter or a schedule."""
    data: str = ""
    """The payload of a clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A function as the page shows it."""

    name: str
    sources: tuple[Source, ...]
    fault: str
    """Why it could not be loaded; empty when it was."""


def render(manifests: Manifests, functions: Iterable[LoadedFunction]) -> str:
    """Return the page as HTML."""
    from shared.web import templates

    rows = [
        Row(
            name=each.service.name.name,
            sources=tuple(find_sources(manifests, each.service.name)),
            fault=each.fault,
        )
        for each in functions
    ]
    return templates.render(Path(__file__).parent, "front_page.html", functions=rows)


def find_sources(manifests: Manifests, name: Name) -> Iterator[Source]:
    """Yield what wakes a function."""

    def is_woken(destination: Destination) -> bool:
        return bool(destination.ref and destination.ref.kind == "Service" and destination.ref.name == name)

    yield from (Source("HTTP", rule.prefix) for rule in manifests.routes if rule.service == name)
    for source in manifests.kafka_sources:
        if is_woken(source.sink):
            yield Source("log", ", ".join(source.topics))
    for trigger in manifests.triggers:
        if is_woken(trigger.subscriber):
            yield Source("event", filter_text.describe_filter(trigger))
    for ping in manifests.ping_sources:
        if is_woken(ping.sink):
            yield Source("clock", ping.schedule, ping.data.decode(errors="replace"))
