"""The graph as text: each node with what reaches it and where it sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knative.graph.model import Edge, EdgeKind, Graph, Node, NodeKind

ORDER = (NodeKind.FUNCTION, NodeKind.BROKER, NodeKind.CHANNEL, NodeKind.TOPIC, NodeKind.ADDRESS)
_ENTRIES = {NodeKind.PATH, NodeKind.CLOCK}
"""They are told with what they wake."""


def lines(graph: Graph) -> list[str]:
    """A paragraph for each node that listens or keeps, and in the end what leads nowhere."""
    paragraphs: list[str] = []
    for kind in ORDER:
        for node in graph.nodes:
            if node.kind is kind:
                paragraphs += [f"{kind.value} {node.name}", *_table(_of(node, graph)), ""]
    loose = find_unmatched_types(graph)
    return paragraphs + ([*(f"! {end}" for end in loose), ""] if loose else [])


def find_unmatched_types(graph: Graph) -> list[str]:
    """Types that are emitted to where no filter can let them through, and listeners for what nobody emits."""
    messages = []
    for broker in (node for node in graph.nodes if node.kind is NodeKind.BROKER):
        emitted = {edge.type for edge in graph.edges_into(broker) if edge.kind is EdgeKind.EMITS}
        listening = [edge for edge in graph.edges_from(broker) if edge.kind is EdgeKind.WAKES]
        unheard = emitted - {edge.type for edge in listening} if all(edge.type for edge in listening) else ()
        messages += [f"{one} is emitted to {broker.id}, and nobody listens" for one in sorted(unheard)]
        messages += [
            f"{edge.owner} listens for {edge.type}, which no function declares to emit"
            for edge in listening
            if edge.type and edge.type not in emitted
        ]
    return messages


def _of(node: Node, graph: Graph) -> Iterator[tuple[str, str, str]]:
    for edge in graph.edges_into(node):
        other = graph.node(edge.start)
        name = other.words or other.name if other.kind in _ENTRIES else other.name
        words = "what it does not take" if edge.kind is EdgeKind.DEAD_LETTERS else edge.words
        yield f"← {other.kind.value} {name}", words, _by(edge)
    for edge in graph.edges_from(node):
        other = graph.node(edge.end)
        sign = "✗" if edge.kind is EdgeKind.DEAD_LETTERS else "→"
        yield f"{sign} {other.kind.value} {other.name}", edge.words, _by(edge)


def _by(edge: Edge) -> str:
    owner = edge.owner.replace(f" {edge.owner.partition(' ')[2].partition('/')[0]}/", " ", 1)
    return f"{owner}, at {edge.path}" if edge.path else owner


def _table(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    """Columns as wide as they need to be."""
    cells = list(rows)
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(2)]
    return [f"  {row[0].ljust(widths[0])}  {row[1].ljust(widths[1])}  {row[2]}".rstrip() for row in cells]
