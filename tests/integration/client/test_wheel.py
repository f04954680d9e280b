"""The client's wheel: built, installed where nothing else is, and importable with httpx and pyarrow alone."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.reference import ROOT

CLIENT = ROOT / "shared" / "client"


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the folder as it stands, without a download."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "build", "--wheel", "--offline", "--quiet", "--out-dir", str(folder), str(CLIENT), folder=folder)
    (result,) = folder.glob("*.whl")
    return result


def needed(*names: str) -> set[str]:
    """Distributions and all that they require on this machine."""
    todo, result = list(names), set[str]()
    while todo:
        name = re.sub("[-_.]+", "-", todo.pop()).lower()
        if name in result:
            continue
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # of another platform
        result.add(name)
        parsed = [Requirement(text) for text in requires]
        todo += [each.name for each in parsed if each.marker is None or each.marker.evaluate({"extra": ""})]
    return result


def test_it_holds_the_package_and_its_types_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name == "touchline_client-0.1.0-py3-none-any.whl"
    assert "touchline/py.typed" in names
    assert {name.split("/")[0] for name in names} == {"touchline", "touchline_client-0.1.0.dist-info"}
    metadata = zipfile.ZipFile(wheel).read("touchline_client-0.1.0.dist-info/METADATA").decode()
    required = re.findall(r"^Requires-Dist: ([a-z]+)[^;\n]*$", metadata, re.MULTILINE)
    assert sorted(required) == ["httpx", "pyarrow"]


def test_it_works_where_only_httpx_and_pyarrow_are(wheel: Path, tmp_path: Path) -> None:
    """Their files are those of this environment: nothing is downloaded."""
    uv = [sys.executable, "-m", "uv"]
    home = tmp_path / "clean"
    run(*uv, "venv", "--quiet", "--offline", "--python", sys.executable, str(home), folder=tmp_path)
    python = str(home / "bin" / "python")
    run(*uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, str(wheel), folder=tmp_path)
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=tmp_path).strip()
    )
    for name in needed("httpx", "pyarrow"):
        for file in distribution(name).files or []:
            top = file.parts[0]
            source, target = Path(str(distribution(name).locate_file(top))), packages / top
            if top not in ("..", "__pycache__") and not target.exists():
                target.symlink_to(source)
    script = """
import importlib.metadata, sys
import touchline as tl
assert tl.__file__.startswith(sys.prefix), tl.__file__
try:
    tl.connect("http://127.0.0.1:1", cache=sys.argv[1])
    tl.matches("england", to="arrow")
except tl.Unavailable as error:
    print(importlib.metadata.version("touchline-client"), error.detail)
for name in ("pandas", "polars", "flask"):
    assert name not in sys.modules
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    raise AssertionError(name)
"""
    said = run(python, "-c", script, str(tmp_path / "cache"), folder=tmp_path)
    assert said.strip() == "0.1.0 http://127.0.0.1:1 does not answer"
