"""What contract tests of several functions share."""

from __future__ import annotations

import os
from collections.abc import Callable

import functions_framework
import pytest
from flask import Flask

from shared.adapters.clickhouse import client as clickhouse
from shared.adapters.postgres import database
from tests.support.reference import ROOT

PROBED_WITHIN_S = 20.0
"""Of a store that is there: the second or two that functions give it are soon over where a machine stalls."""


@pytest.fixture
def load_function(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Flask]:
    """Load a function's `main.py` as functions-framework does, with an environment that holds these variables only."""

    for adapter in (clickhouse, database):
        monkeypatch.setattr(adapter, "PROBE_TIMEOUT_S", PROBED_WITHIN_S)

    def load(name: str, **env: str) -> Flask:
        for variable in list(os.environ):
            if variable.endswith(("_URL", "_KEYS")) or variable.startswith(("K_", "FIRST_OPERATOR")):
                monkeypatch.delenv(variable)
        for variable, value in env.items():
            monkeypatch.setenv(variable, value)
        source = str(ROOT / "functions" / name / "main.py")
        app: Flask = functions_framework.create_app(target="handle", source=source)  # type: ignore[no-untyped-call]
        return app

    return load
