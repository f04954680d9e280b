"""The graph: nodes that emit or listen, edges that events take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class NodeKind(Enum):
    """Kind of a node; the value is its name in texts and pictures."""

    PATH = "path"
    CLOCK = "clock"
    FUNCTION = "function"
    BROKER = "broker"
    CHANNEL = "channel"
    TOPIC = "topic"
    ADDRESS = "address"


class EdgeKind(Enum):
    """Kind of an edge; the value is a verb that stands between the two nodes."""

    CALLS = "calls"
    """A public path reaches a function."""
    TICKS = "ticks"
    """A PingSource sends its event."""
    EMITS = "emits"
    """A function posts to its sink, replies, or appends to a topic."""
    WAKES = "wakes"
    """A Trigger, Subscription or KafkaSource delivers."""
    REPLIES = "replies"
    """A Subscription hands its subscriber's replies on."""
    DEAD_LETTERS = "sends dead letters to"
    """To a dead-letter sink: events that the node did not accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Something that emits or listens."""

    kind: NodeKind
    name: str
    namespace: str = ""
    """Empty for what has none: paths, topics, addresses."""
    words: str = ""
    """Additional text: the schedule of a clock."""

    @property
    def id(self) -> str:
        """Tells it from all others."""
        return f"{self.kind.value} {f'{self.namespace}/' if self.namespace else ''}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A way that events, or requests, take."""

    start: str
    """`Node.id` of where they come from."""
    end: str
    """`Node.id` of where they arrive."""
    kind: EdgeKind
    owner: str = ""
    """Kind and name of the object that makes it so, as the journal names consumers."""
    words: str = ""
    """Label that says which events: a filter, or their type."""
    type: str = ""
    """The one event type that can pass, when it is known."""
    path: str = ""
    """Below the address of `end`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """All of it."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def node(self, id: str) -> Node:
        """The node of an id."""
        return next(node for node in self.nodes if node.id == id)

    def edges_into(self, node: Node) -> Iterator[Edge]:
        """Return the edges that end at a node."""
        return (edge for edge in self.edges if edge.end == node.id)

    def edges_from(self, node: Node) -> Iterator[Edge]:
        """Return the edges that start at a node."""
        return (edge for edge in self.edges if edge.start == node.id)
