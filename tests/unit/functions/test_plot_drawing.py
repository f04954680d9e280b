"""Drawings by their structure: the words, the elements, and where they stand."""

from __future__ import annotations

import re
import sys
import threading
from functools import cache
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from mplsoccer import Standardizer

from functions.plot.drawing import canvas, ratings, renderer, shot_map
from functions.plot.drawing.cells import contrast
from functions.plot.drawing.theme import THEMES, Theme
from functions.plot.figures.picture import Picture
from shared.errors import Overloaded
from tests.support.football.pictures import NAMES, SPOT_AND_EDGE, every_picture

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
PICTURES = every_picture()


@cache
def drawn(name: str, theme: str = "light") -> ElementTree.Element:
    return ElementTree.fromstring(renderer.render(PICTURES[name], "svg", theme))


def groups(root: ElementTree.Element, start: str) -> list[ElementTree.Element]:
    return [each for each in root.iter(f"{SVG}g") if each.get("id", "").startswith(start)]


@pytest.mark.parametrize("name", PICTURES)
def test_an_svg_carries_its_words(name: str) -> None:
    root, picture = drawn(name), PICTURES[name]
    assert root.get("role") == "img"
    assert [root.findtext(f"{SVG}{tag}") for tag in ("title", "desc")] == [picture.title, picture.text]
    assert root.get("aria-labelledby") == "title desc"


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_picture_is_the_same_bytes(name: str) -> None:
    once, again = (renderer.render(PICTURES[name], "svg", "dark") for _ in range(2))
    assert once == again


def test_a_png_has_two_pixels_for_each_of_css_and_its_words() -> None:
    png = renderer.render(PICTURES["shots"], "png", "light")
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 2 * shot_map.WIDTH
    assert int.from_bytes(png[20:24], "big") == 2 * shot_map.HEIGHT
    assert b"Description" in png


def test_the_spot_and_the_edge_of_the_box_are_where_the_pitch_has_them() -> None:
    half = canvas.figure(PICTURES["shots"], THEMES["light"], width=400, height=400).add_axes((0, 0, 1, 1))
    shot_map.half_pitch(
        half, THEMES["light"], "home", NAMES[1], PICTURES["shots"].rows[:1] + PICTURES["shots"].rows[3:]
    )
    marks = [each for each in half.collections if each.get_gid() == "shot-home"]
    placed = sorted(np.concatenate([np.asarray(each.get_offsets()) for each in marks]).tolist())
    # Vertical: across first, then along; both are Opta's numbers, seen from the other end.
    assert placed == [[50.0, 83.0], [50.0, 88.5]]
    lines = Standardizer(pitch_from="opta", pitch_to="uefa")
    along, _ = lines.transform([100 - x for x, _ in SPOT_AND_EDGE], [50, 50])
    assert [105 - metres for metres in along] == pytest.approx([11.0, 16.5])


def test_every_shot_is_drawn_once_on_its_own_half() -> None:
    marks = {side: groups(drawn("shots"), f"shot-{side}") for side in ("home", "away")}
    assert {side: len(result) for side, result in marks.items()} == {"home": 3, "away": 1}
    middle = float(drawn("shots").get("viewBox", "").split()[2]) / 2
    places = {
        side: [float(use.get("x", "")) for g in result for use in g.iter(f"{SVG}use")] for side, result in marks.items()
    }
    assert max(places["home"]) < middle < min(places["away"])


def test_the_race_marks_each_goal() -> None:
    assert [len(list(result.iter(f"{SVG}use"))) for side in ("home", "away")
            for result in groups(drawn("xg-race"), f"goals-{side}")] == [1, 1]  # fmt: skip


def test_each_result_each_score_and_each_line_is_there() -> None:
    letters = [re.sub("_?[0-9]*$", "", each.get("id", ""))[-1] for each in groups(drawn("form"), "result-")]
    assert sorted(letters) == sorted(row["result"] for row in PICTURES["form"].rows)
    assert len(groups(drawn("score-matrix"), "cell")) == len(PICTURES["score-matrix"].rows)
    assert len(groups(drawn("ranks"), "cell")) == len(PICTURES["ranks"].rows)
    assert len(groups(drawn("positions"), "line-")) == len(NAMES)
    assert len(groups(drawn("ratings"), "line-")) == len(NAMES)
    assert len(groups(drawn("radar"), "percentiles")) == 1


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_what_is_read_stands_out_from_its_ground(theme: Theme) -> None:
    for colour in (theme.ink, theme.quiet, theme.home, theme.away, *theme.many):
        assert contrast(to_rgb(colour), to_rgb(theme.ground)) >= 4.5, colour
    for colour in (theme.good, theme.fair, theme.bad, theme.home, theme.away):
        assert contrast(to_rgb(theme.on_colour), to_rgb(colour)) >= 4.5, colour


def test_a_season_without_matches_and_a_side_without_shots_are_drawn_all_the_same() -> None:
    for name in ("positions", "form"):
        empty = Picture(kind=PICTURES[name].kind, title="T", text="none", rows=[], frame=PICTURES[name].frame)
        assert ElementTree.fromstring(renderer.render(empty, "svg", "light")).findtext(f"{SVG}desc") == "none"
    alone = [row for row in PICTURES["shots"].rows if row["is_home"]]
    picture = Picture(kind="shot_map", title="T", text="one", rows=alone, frame=PICTURES["shots"].frame)
    assert not groups(ElementTree.fromstring(renderer.render(picture, "svg", "light")), "shot-away")


def test_threads_draw_the_same_as_one() -> None:
    names = list(PICTURES)
    result: dict[str, bytes] = {}
    threads = [threading.Thread(target=lambda n=name: result.update({n: renderer.render(PICTURES[n], "svg", "light")}))
               for name in names]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert result == {name: renderer.render(PICTURES[name], "svg", "light") for name in names}


def test_who_waits_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "_WAIT_S", 0.01)
    with renderer._lock, pytest.raises(Overloaded):
        renderer.render(PICTURES["form"], "svg", "light")


def test_no_figure_is_left_with_pyplot() -> None:
    drawn("radar")
    assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_names_have_their_diacritics() -> None:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    letters = set("".join(NAMES.values()) + "ÅåÄäÖöØøÆæßŞşĞğİıÇçĆćČčŽžŠšĐđŁłŃńŘřŮůŐőŰűȘșȚțÞþÐðŸÿΑωЖжЯя′–…")
    assert not {letter for letter in letters if not font.get_char_index(ord(letter))}


def test_colours_of_many_lines_differ() -> None:
    for theme in THEMES.values():
        assert all(one != other for one, other in combinations(theme.many, 2))


def test_names_of_lines_stand_where_they_are_wanted_or_around_it() -> None:
    """Two that want one place share the room around it; the third is far enough and stays."""
    assert ratings.spread_labels([50.0, 50.0, 10.0], 4.0, 0.0, 100.0) == [52.0, 48.0, 10.0]


def test_names_of_lines_never_overlap_and_never_leave_the_axes() -> None:
    placed = ratings.spread_labels([100.0, 100.0, 99.0, 50.0, 1.0, 0.0, 0.0], 8.0, 0.0, 100.0)
    assert max(placed) <= 100.0
    assert min(placed) >= 0.0
    assert all(upper - lower >= 8.0 - 1e-9 for upper, lower in pairwise(placed))
