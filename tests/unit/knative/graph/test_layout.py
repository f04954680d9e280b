"""Boxes in layers: nothing overlaps, arrows point down, circles are no trouble."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knative.graph.layout import GAP_X, Arrow, Layout, Point, Size, arrange

BOX = Size(width=100, height=40)
LABEL = Size(width=60, height=20)


def drawn(*pairs: str, label: Size | None = None) -> Layout:
    """Boxes named by letters, arrows such as ``ab``."""
    boxes = dict.fromkeys(sorted(set("".join(pairs))), BOX)
    return arrange(boxes, [Arrow(start=pair[0], end=pair[1], label=label) for pair in pairs])


def rows(layout: Layout) -> list[str]:
    """The letters of each layer, from left to right."""
    by_y: dict[float, list[str]] = {}
    for name, at in sorted(layout.boxes.items(), key=lambda item: (item[1].y, item[1].x)):
        by_y.setdefault(at.y, []).append(name)
    return ["".join(row) for row in by_y.values()]


def test_each_box_stands_below_all_that_point_to_it() -> None:
    assert rows(drawn("ab", "bc", "ac")) == ["a", "b", "c"]


def test_an_arrow_that_closes_a_circle_points_up() -> None:
    layout = drawn("ab", "bc", "ca")
    assert rows(layout) == ["a", "b", "c"]
    back = layout.routes[2].points
    assert back[0].y > back[-1].y


def test_boxes_change_places_so_that_arrows_do_not_cross() -> None:
    assert rows(drawn("ad", "bc")) in (["ab", "dc"], ["ba", "cd"])


def test_a_chain_is_a_straight_line() -> None:
    layout = drawn("ab", "bc", label=LABEL)
    assert len({round(at.x) for at in layout.boxes.values()}) == 1
    assert {round(point.x) for route in layout.routes for point in route.points} == {50}


def test_several_arrows_leave_a_box_side_by_side() -> None:
    starts = [route.points[0].x for route in drawn("ab", "ac", "ad").routes]
    assert len(set(starts)) == 3
    assert min(starts) > 0


def test_nothing_is_laid_out_as_nothing() -> None:
    layout = arrange({}, [])
    assert (layout.width, layout.height, layout.boxes) == (0, 0, {})


def overlap(one: tuple[Point, Size], other: tuple[Point, Size]) -> bool:
    (a, a_size), (b, b_size) = one, other
    apart_x = abs(a.x - b.x) >= (a_size.width + b_size.width) / 2 + GAP_X - 1e-6
    return not apart_x and abs(a.y - b.y) < (a_size.height + b_size.height) / 2 - 1e-6


graphs = st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg"), st.booleans()), max_size=14)


@settings(max_examples=60)
@given(graphs)
def test_no_box_and_no_label_lies_upon_another(found: list[tuple[str, str, bool]]) -> None:
    arrows = [Arrow(start=a, end=b, label=LABEL if labelled else None) for a, b, labelled in found if a != b]
    layout = arrange(dict.fromkeys("abcdefg", BOX), arrows)
    things = [(at, BOX) for at in layout.boxes.values()]
    things += [(route.label, LABEL) for route in layout.routes if route.label]
    assert not [pair for pair in combinations(things, 2) if overlap(*pair)]
    for at, size in things:
        assert at.x - size.width / 2 >= -1e-6
        assert at.x + size.width / 2 <= layout.width + 1e-6
    for route in layout.routes:
        steps = [after.y - before.y for before, after in pairwise(route.points)]
        assert all(step >= 0 for step in steps) or all(step <= 0 for step in steps)


@pytest.mark.parametrize("label", [None, LABEL])
def test_an_arrow_runs_from_edge_to_edge(label: Size | None) -> None:
    layout = drawn("ab", label=label)
    (route,) = layout.routes
    assert route.points[0].y == layout.boxes["a"].y + BOX.height / 2
    assert route.points[-1].y == layout.boxes["b"].y - BOX.height / 2
    assert (route.label is None) == (label is None)
