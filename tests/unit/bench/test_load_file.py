"""The load test for strangers names the routes and the targets of the contract, and is JavaScript."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "load" / "staff_shop.js"


def test_it_calls_the_four_routes_at_a_constant_rate() -> None:
    text = FILE.read_text("utf-8")
    assert set(re.findall(r"/api/\w+", text)) == {"/api/auth", "/api/info", "/api/sendCoin", "/api/buy"}
    assert "constant-arrival-rate" in text
    assert "p(99)<50" in text
    assert "rate<0.0001" in text


def test_it_is_javascript(tmp_path: Path) -> None:
    node = shutil.which("node") or next(map(str, _drivers()), "")
    if not node:
        pytest.skip("neither node nor Playwright's driver is installed")
    copy = tmp_path / "load.mjs"
    shutil.copy(FILE, copy)
    done = subprocess.run([node, "--check", str(copy)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _drivers() -> list[Path]:
    playwright = pytest.importorskip("playwright", reason="Playwright is not installed")
    driver = Path(str(playwright.__file__)).parent / "driver" / "node"
    return [driver] if driver.exists() else []
