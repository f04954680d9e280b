"""What each image installs is what its program imports: nothing is missing, nothing is there for nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from k8s.images import catalogue
from k8s.images.catalogue import ROOT, Image
from tests.support import reachable_imports as reach

IMAGES = [pytest.param(image, id=image.name) for image in catalogue.images()]
_NAME = re.compile(r"^([a-z0-9][a-z0-9._-]*)", re.MULTILINE)


def names(path: Path) -> set[str]:
    """The distributions that a file of requirements begins its lines with."""
    return set(_NAME.findall((ROOT / path).read_text("utf-8")))


OF_OWN_ENVIRONMENTS = {"pyspark"}
"""Engines for what one machine is too small for, installed when they are first used; no image has them."""


@pytest.mark.parametrize("image", IMAGES)
def test_everything_that_may_be_imported_is_locked(image: Image) -> None:
    _, others = reach.reached(image.roots)
    assert reach.distributions(others) - OF_OWN_ENVIRONMENTS <= names(image.lock)


@pytest.mark.parametrize("image", IMAGES)
def test_nothing_is_asked_for_that_nobody_imports(image: Image) -> None:
    _, others = reach.reached(image.roots)
    assert names(image.lock.with_suffix(".in")) <= reach.distributions(others)


@pytest.mark.parametrize("image", IMAGES)
def test_a_lock_holds_what_is_asked_for_at_the_projects_versions_and_with_hashes(image: Image) -> None:
    text = (ROOT / image.lock).read_text("utf-8")
    pins = re.findall(r"^(\S+==\S+)(?: ;.*?)? \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert {pin.partition("==")[0] for pin in pins} == names(image.lock)
    assert set(pins) <= set(re.findall(r"^(\S+==\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    assert names(image.lock.with_suffix(".in")) <= names(image.lock)


def test_every_lock_belongs_to_an_image() -> None:
    result = {path.relative_to(ROOT) for folder in ("functions", "k8s") for path in (ROOT / folder).rglob("*.in")}
    of_components = {path for path in result if path.parts[:2] == ("k8s", "components")}
    assert {path.parts[2] for path in of_components} == {"airflow", "spark"}
    assert result - of_components == {image.lock.with_suffix(".in") for image in catalogue.images()}


def test_only_the_worker_has_a_browsers_driver() -> None:
    assert [image.name for image in catalogue.images() if "playwright" in names(image.lock)] == ["scrape-worker"]


def test_names_are_followed_into_functions_and_lazy_modules() -> None:
    ours, others = reach.reached(("functions.plot.main",))
    assert {"functions.plot.openapi", "functions.plot.drawing.radar", "shared.web.openapi"} <= ours
    assert {"mplsoccer", "pydantic", "redis"} <= others


def test_what_is_never_called_is_not_followed() -> None:
    assert "playwright" in reach.reached(("functions.scrape_league.tasks",))[1]
    assert "playwright" not in reach.reached(("functions.scrape_league.main",))[1]
