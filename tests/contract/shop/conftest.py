"""The shop of every test of this folder; what takes minutes is done by ``./scripts/test shop``."""

from __future__ import annotations

import pytest

from tests.support.shop.functions import shop

__all__ = ["shop"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-shop", action="store_true", help="also what needs Spark, Airflow or an S3 server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked ``every_shop`` is left out of a plain run."""
    if not config.getoption("--every-shop", default=False):
        left_out = [item for item in items if item.get_closest_marker("every_shop")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
