"""The graph as a picture: one SVG that needs nothing else, light or dark as its reader likes, its text inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from knative.graph import text
from knative.graph.layout import Arrow, Layout, Point, Route, Size, arrange
from knative.graph.model import Edge, EdgeKind, Graph, Node, NodeKind

MARGIN = 16.0
_TITLE_PX, _SMALL_PX = 8.1, 6.3
"""Width of a letter of a title and of what is smaller: a little too much for the widest system fonts."""
_LINE = 16.0
_BOX_LINES = 46.0
"""Height of a box with its kind and its name alone."""

STYLE = """
.tl-graph{font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;--paper:#fff;--ink:#1b1f24;--soft:#59636e;
--line:#8c959f;--function:#ddf4ff;--function-edge:#218bff;--keeps:#fff8c5;--keeps-edge:#bf8700;--other:#f6f8fa;
--bad:#cf222e;--lost:#ffebe9}
@media (prefers-color-scheme:dark){.tl-graph{--paper:#12161b;--ink:#e6edf3;--soft:#9ea7b3;--line:#6e7681;
--function:#0c2d4e;--function-edge:#58a6ff;--keeps:#3b2e08;--keeps-edge:#d29922;--other:#1c2128;--bad:#ff7b72;--lost:#3c1618}}
.tl-graph text{fill:var(--ink);text-anchor:middle}.tl-graph .soft{fill:var(--soft)}
.tl-graph .name{font-size:14.5px;font-weight:600}.tl-graph .kind{font-size:10px;letter-spacing:.06em;fill:var(--soft)}
.tl-graph rect{fill:var(--other);stroke:var(--line);stroke-width:1.2}
.tl-graph .function rect{fill:var(--function);stroke:var(--function-edge)}
.tl-graph .broker rect,.tl-graph .channel rect,.tl-graph .topic rect{fill:var(--keeps);stroke:var(--keeps-edge)}
.tl-graph .end rect{fill:var(--lost);stroke:var(--bad)}
.tl-graph .label rect{fill:var(--paper);stroke:none}
.tl-graph path{fill:none;stroke:var(--line);stroke-width:1.4}.tl-graph .head{fill:var(--line);stroke:none}
.tl-graph .bad{stroke:var(--bad);stroke-dasharray:5 4}.tl-graph .bad-head{fill:var(--bad);stroke:none}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A box and what is written in it."""

    node: Node
    lines: tuple[str, ...]

    @property
    def size(self) -> Size:
        widest = max([len(self.node.name) * _TITLE_PX, *(len(line) * _SMALL_PX for line in self.lines)])
        return Size(width=max(widest, 64) + 28, height=_BOX_LINES + len(self.lines) * _LINE)


def draw(graph: Graph, notes: Mapping[str, str] | None = None) -> str:
    """The picture.

    Parameters
    ----------
    graph : what to draw.
    notes : a line for the label of each edge that delivers, by its owner; also an empty one gets its place.
    """
    notes = notes or {}
    boxes = {
        node.id: _Drawn(node=node, lines=_lines(node, graph)) for node in graph.nodes if not _is_folded(node, graph)
    }
    edges = [edge for edge in graph.edges if edge.start in boxes and edge.start != edge.end]
    labels = [_label(edge, notes) for edge in edges]
    arrows = [
        Arrow(start=edge.start, end=edge.end, label=_size(label) if label else None)
        for edge, label in zip(edges, labels, strict=True)
    ]
    layout = arrange({name: box.size for name, box in boxes.items()}, arrows)
    parts = [_arrow(edge, route) for edge, route in zip(edges, layout.routes, strict=True)]
    parts += [
        _draw_label(edge, label, route.label, has_note=_has_note(edge, notes))
        for edge, label, route in zip(edges, labels, layout.routes, strict=True)
        if route.label
    ]
    ends = {edge.end for edge in edges if edge.kind is EdgeKind.DEAD_LETTERS} - {
        edge.end for edge in edges if edge.kind is not EdgeKind.DEAD_LETTERS
    }
    parts += [_box(box, layout.boxes[name], is_end=name in ends) for name, box in boxes.items()]
    return _whole(layout, parts, graph)


def _is_folded(node: Node, graph: Graph) -> bool:
    """Return True if a path or a clock wakes functions alone: then it is a line in their boxes."""
    return node.kind in {NodeKind.PATH, NodeKind.CLOCK} and all(
        graph.node(edge.end).kind is NodeKind.FUNCTION for edge in graph.edges_from(node)
    )


def _lines(node: Node, graph: Graph) -> tuple[str, ...]:
    """Return the lines below a node's name: paths and clocks that wake it, and edges that lead back to it."""
    lines = [node.words] if node.words else []
    for edge in graph.edges_into(node):
        start = graph.node(edge.start)
        if start is node:
            lines.append(f"↻ {edge.words or edge.owner}")
        elif _is_folded(start, graph):
            lines.append(f"HTTP {start.name}" if start.kind is NodeKind.PATH else f"cron {start.words}")
    return tuple(lines)


def _label(edge: Edge, notes: Mapping[str, str]) -> list[str]:
    """Return the lines of an edge's label; dead letters have none."""
    if edge.kind is EdgeKind.DEAD_LETTERS:
        return []
    words = [part for part in edge.words.split(", ") if part] if edge.kind is not EdgeKind.TICKS else [edge.words]
    if edge.path:
        words.append(f"at {edge.path}")
    return words + ([notes[edge.owner]] if _has_note(edge, notes) else [])


def _has_note(edge: Edge, notes: Mapping[str, str]) -> bool:
    return edge.kind is EdgeKind.WAKES and edge.owner in notes


def _size(label: Sequence[str]) -> Size:
    return Size(width=max(len(line) for line in label) * _SMALL_PX + 8, height=len(label) * _LINE + 4)


def _box(box: _Drawn, at: Point, *, is_end: bool) -> str:
    size, kind = box.size, box.node.kind
    corner = {NodeKind.FUNCTION: 8.0, NodeKind.TOPIC: 2.0}.get(kind, 20.0)
    top = at.y - size.height / 2
    texts_at = [("kind", 17.0, kind.value.upper()), ("name", 35.0, box.node.name)]
    texts_at += [("soft", _BOX_LINES + 10 + number * _LINE, line) for number, line in enumerate(box.lines)]
    texts = "".join(
        f'<text class="{style}" x="{at.x:.1f}" y="{top + y:.1f}">{escape(line)}</text>' for style, y, line in texts_at
    )
    return f'<g class="{kind.value}{" end" if is_end else ""}">{_rectangle(at, size, corner)}{texts}</g>'


def _rectangle(at: Point, size: Size, corner: float = 0.0) -> str:
    left, top = at.x - size.width / 2, at.y - size.height / 2
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{size.width:.1f}" height="{size.height:.1f}" rx="{corner:.1f}"/>'


def _arrow(edge: Edge, route: Route) -> str:
    bad = edge.kind is EdgeKind.DEAD_LETTERS
    points = list(route.points)
    end, before = points[-1], points[-2]
    tip = 7.0 if end.y >= before.y else -7.0
    points[-1] = Point(end.x, end.y - tip)
    way = f"M{points[0].x:.1f} {points[0].y:.1f}" + "".join(_curve(one, next_) for one, next_ in pairwise(points))
    head = f"M{end.x:.1f} {end.y:.1f}l-4 {-tip - tip / 7:.1f}h8z"
    title = escape(f"{edge.start} {edge.kind.value} {edge.end}{f': {edge.owner}' if edge.owner else ''}")
    line, point = ("bad", "bad-head") if bad else ("line", "head")
    return f'<g><title>{title}</title><path class="{line}" d="{way}"/><path class="{point}" d="{head}"/></g>'


def _curve(one: Point, next_: Point) -> str:
    """From one point to the next, in the direction each of them asks for."""
    reach = (next_.y - one.y) * 0.45
    return (
        f"C{one.x + one.slope * reach:.1f} {one.y + reach:.1f} "
        f"{next_.x - next_.slope * reach:.1f} {next_.y - reach:.1f} {next_.x:.1f} {next_.y:.1f}"
    )


def _draw_label(edge: Edge, label: Sequence[str], at: Point, *, has_note: bool) -> str:
    size = _size(label)
    top = at.y - size.height / 2
    rows = []
    for number, line in enumerate(label):
        is_note = has_note and number == len(label) - 1
        marks = f' class="soft" data-owner="{escape(edge.owner, quote=True)}"' if is_note else ""
        rows.append(f'<text{marks} x="{at.x:.1f}" y="{top + 14 + number * _LINE:.1f}">{escape(line)}</text>')
    return f'<g class="label">{_rectangle(at, size)}{"".join(rows)}</g>'


def _whole(layout: Layout, parts: Iterable[str], graph: Graph) -> str:
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    description = escape("\n".join(text.lines(graph)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tl-graph" role="img" aria-labelledby="tl-title tl-desc" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
        f'<title id="tl-title">Who emits events and who listens</title><desc id="tl-desc">{description}</desc>'
        f"<style>{STYLE}</style>"
        f'<rect x="{-MARGIN:g}" y="{-MARGIN:g}" width="100%" height="100%" style="fill:var(--paper);stroke:none"/>'
        f"{''.join(parts)}</svg>\n"
    )
