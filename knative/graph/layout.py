"""Places boxes in layers from top to bottom, so that arrows point down and seldom cross.

After Sugiyama, Tagawa and Toda (1981): arrows that would close a circle are turned round, every box goes one layer
below what points to it, a long arrow gets a waypoint in each layer it passes, each layer is ordered by the mean
position of its neighbours (barycentre), and in the end every box moves as near to them as the order allows. A label is
a waypoint with a size, so that nothing lies upon it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP_X, GAP_Y = 28.0, 26.0
"""Between boxes of a layer, and between layers; in pixels as is everything here."""
ORDERING_SWEEPS, PLACING_SWEEPS = 12, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Size of a box or a label."""

    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """From one box to another."""

    start: str
    end: str
    label: Size | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A place; x to the right, y down."""

    x: float
    y: float
    slope: float = 0.0
    """Slope of an arrow that passes here: pixels aside for each pixel down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way of an arrow."""

    points: Sequence[Point]
    """From the edge of the first box, by both ends of each waypoint, to the edge of the last."""
    label: Point | None
    """The middle of the label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Positions of all boxes and routes."""

    width: float
    height: float
    boxes: Mapping[str, Point]
    """The middle of each."""
    routes: Sequence[Route]
    """In the order of the arrows."""


@dataclass(slots=True, eq=False)
class _Cell:
    """A box, or a waypoint of an arrow, in its layer."""

    layer: int
    size: Size
    x: float = 0.0
    y: float = 0.0
    above: list[_Cell] = field(default_factory=list, repr=False)
    below: list[_Cell] = field(default_factory=list, repr=False)

    @property
    def top(self) -> float:
        return self.y - self.size.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.size.height / 2


_Layers = list[list[_Cell]]
_NOTHING = Size(width=0.0, height=0.0)


def arrange(boxes: Mapping[str, Size], arrows: Sequence[Arrow]) -> Layout:
    """Place boxes and arrows.

    Parameters
    ----------
    boxes : by id; boxes of one layer keep this order where no arrow asks for another.
    arrows : between two boxes each; several may join the same two. None may end where it starts.
    """
    turned = _turned(boxes, arrows)
    down = [(arrow.end, arrow.start) if at in turned else (arrow.start, arrow.end) for at, arrow in enumerate(arrows)]
    depth = _depths(boxes, down)
    cells = {box: _Cell(2 * depth[box], size) for box, size in boxes.items()}
    chains = [
        _chain(cells[upper], cells[lower], arrow.label or _NOTHING)
        for (upper, lower), arrow in zip(down, arrows, strict=True)
    ]
    everything = [*cells.values(), *(cell for chain in chains for cell in chain[1:-1])]
    layers: _Layers = [[] for _ in range(1 + max((cell.layer for cell in everything), default=-1))]
    for cell in everything:
        layers[cell.layer].append(cell)
    _order(layers)
    _place(layers)
    return Layout(
        width=max((cell.x + cell.size.width / 2 for cell in everything), default=0.0),
        height=max((cell.bottom for cell in everything), default=0.0),
        boxes={box: Point(cell.x, cell.y) for box, cell in cells.items()},
        routes=[_route(chain, at in turned) for at, chain in enumerate(chains)],
    )


def _turned(boxes: Iterable[str], arrows: Sequence[Arrow]) -> set[int]:
    """The arrows, by their place, that lead back to a box on the way to them."""
    leaving: dict[str, list[int]] = defaultdict(list)
    for at, arrow in enumerate(arrows):
        leaving[arrow.start].append(at)
    found: set[int] = set()
    done: set[str] = set()

    def visit(box: str, way: frozenset[str]) -> None:
        for at in leaving[box]:
            if arrows[at].end in way:
                found.add(at)
            elif arrows[at].end not in done:
                visit(arrows[at].end, way | {arrows[at].end})
        done.add(box)

    reached = {arrow.end for arrow in arrows}
    for box in sorted(boxes, key=lambda box: box in reached):
        if box not in done:
            visit(box, frozenset({box}))
    return found


def _depths(boxes: Iterable[str], down: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Count the boxes above each one on the longest way to it."""
    above: dict[str, list[str]] = defaultdict(list)
    for upper, lower in down:
        above[lower].append(upper)
    depth: dict[str, int] = {}

    def of(box: str) -> int:
        if box not in depth:
            depth[box] = max((of(upper) + 1 for upper in above[box]), default=0)
        return depth[box]

    return {box: of(box) for box in boxes}


def _chain(upper: _Cell, lower: _Cell, label: Size) -> list[_Cell]:
    """Both boxes and a waypoint in each layer between them; the one above the lower box bears the label."""
    between = [_Cell(layer, _NOTHING) for layer in range(upper.layer + 1, lower.layer)]
    between[-1].size = label
    chain = [upper, *between, lower]
    for one, next_ in pairwise(chain):
        one.below.append(next_)
        next_.above.append(one)
    return chain


def _order(layers: _Layers) -> None:
    """Sort each layer by the mean place of its neighbours, down and up by turns; the order that crosses least stays."""
    best, n_best = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(ORDERING_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers[1:] if down else layers[-2::-1]:
            place = {id(cell): at for row in layers for at, cell in enumerate(row)}
            own = {id(cell): at for at, cell in enumerate(layer)}
            layer.sort(
                key=lambda cell: _mean([place[id(n)] for n in (cell.above if down else cell.below)], own[id(cell)])
            )
        if (n := _crossings(layers)) < n_best:
            best, n_best = [list(layer) for layer in layers], n
    for layer, kept in zip(layers, best, strict=True):
        layer[:] = kept


def _crossings(layers: _Layers) -> int:
    """Pairs of links that cross."""
    n = 0
    for upper, lower in pairwise(layers):
        place = {id(cell): at for at, cell in enumerate(lower)}
        links = [(at, place[id(below)]) for at, cell in enumerate(upper) for below in cell.below]
        n += sum((a - c) * (b - d) < 0 for at, (a, b) in enumerate(links) for c, d in links[at + 1 :])
    return n


def _place(layers: _Layers) -> None:
    """Give every cell its coordinates, the leftmost edge and the uppermost one at 0."""
    y = 0.0
    for layer in layers:
        height = max((cell.size.height for cell in layer), default=0.0)
        for cell in layer:
            cell.y = y + height / 2
        y += height + GAP_Y
        _settle(layer, [0.0] * len(layer))
    for sweep in range(PLACING_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _settle(layer, [_mean([n.x for n in (*cell.above, *cell.below)], cell.x) for cell in layer])
    left = min((cell.x - cell.size.width / 2 for layer in layers for cell in layer), default=0.0)
    for layer in layers:
        for cell in layer:
            cell.x -= left


def _settle(layer: Sequence[_Cell], wished: Sequence[float]) -> None:
    """Move the cells as near to where they wish to be as their order and the gaps allow (least squares).

    Less the room that those before it need, a cell may not stand left of the one before: that is isotonic regression,
    solved by pooling adjacent violators.
    """
    rooms = [0.0]
    for one, next_ in pairwise(layer):
        rooms.append(rooms[-1] + (one.size.width + next_.size.width) / 2 + GAP_X)
    pools: list[tuple[float, int]] = []
    for wish, room in zip(wished, rooms, strict=True):
        total, n = wish - room, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / n:
            before, n_before = pools.pop()
            total, n = total + before, n + n_before
        pools.append((total, n))
    places = [total / n for total, n in pools for _ in range(n)]
    for cell, place, room in zip(layer, places, rooms, strict=False):
        cell.x = place + room


def _route(chain: Sequence[_Cell], is_turned: bool) -> Route:
    first, last = chain[0], chain[-1]
    points = [Point(_port(first, first.below, chain[1]), first.bottom)]
    for before, waypoint, after in zip(chain, chain[1:], chain[2:], strict=False):
        if waypoint.size.height:
            points += [Point(waypoint.x, waypoint.top), Point(waypoint.x, waypoint.bottom)]
        else:
            slope = (after.x - before.x) / (after.y - before.y)
            points.append(Point(waypoint.x, waypoint.y, slope))
    points.append(Point(_port(last, last.above, chain[-2]), last.top))
    labelled = chain[-2]
    return Route(
        points=points[::-1] if is_turned else points,
        label=Point(labelled.x, labelled.y) if labelled.size.height else None,
    )


def _port(box: _Cell, neighbours: Iterable[_Cell], neighbour: _Cell) -> float:
    """Return where an arrow leaves or enters a box: side by side, ordered by where they lead."""
    row = sorted(neighbours, key=lambda cell: cell.x)
    step = min(18.0, box.size.width * 0.7 / len(row))
    return box.x + (row.index(neighbour) - (len(row) - 1) / 2) * step


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
