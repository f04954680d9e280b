"""Rehearsals of images take minutes and packages, so a plain run does one; ``./scripts/test images`` does all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.places import MEMORY, open_folder
from tests.images.served import FIGURES
from tests.support.functions.stored_world import broker, stored_world, world

__all__ = ["broker", "stored_world", "world"]

REPRESENTATIVE = "register"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-image", action="store_true", help="rehearse every image, not one")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "function_image" in metafunc.fixturenames:
        from k8s.images import catalogue

        all_images = metafunc.config.getoption("--every-image", default=False)
        selected = [each for each in catalogue.images() if each.target == "function"]
        selected = [each for each in selected if all_images or each.name == REPRESENTATIVE]
        metafunc.parametrize("function_image", selected, ids=lambda image: image.name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked ``every_image`` is left out of a plain run."""
    if not config.getoption("--every-image", default=False):
        left_out = [item for item in items if item.get_closest_marker("every_image")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def in_memory() -> Iterator[str]:
    """What stands for an object store: a folder that everybody may write to."""
    if not MEMORY.is_dir():
        pytest.skip(f"no {MEMORY} here, which images write to")
    with open_folder(0o777, MEMORY) as folder:
        yield folder.as_uri()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where an image is laid out."""
    with open_folder(0o755) as folder_path:
        yield folder_path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("images, without their base")
        for name, figures in sorted(FIGURES.items()):
            terminalreporter.write_line(f"{name:16} {figures}")
