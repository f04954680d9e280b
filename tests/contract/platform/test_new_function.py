"""``touchline new-function``: what it writes passes every check and serves, without a change by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from k8s.rendering import kustomize
from shared.errors import Unavailable
from shared.testing.valkey_process import free_port
from tests.support.functions.catalogue import ENV
from tests.support.reference import ROOT
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TREES = ("functions", "k8s", "knative", "scripts", "shared", "tests")
FILES = ("README.md", "pyproject.toml", "requirements.lock")
COMMAND = ("new-function", "plan-trips", "--area", "travel", "--summary", "Plan the trips of a team")


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the copy with this Python, as ./scripts/touchline does with its own."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def touchline(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return run(tree, "k8s.local.cli.touchline", *command)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with a new function."""
    tree = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__", "made", ".*_cache")
    for name in TREES:
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    (tree / ".venv").symlink_to(Path(sys.prefix))
    completed = touchline(tree, *COMMAND)
    # Its lock needs an index of packages; where none can be reached the command says so and has written the rest.
    assert completed.returncode == 0 or "run ./scripts/lock" in completed.stderr, completed.stderr
    return tree


@contextmanager
def served(tree: Path, log_path: Path) -> Iterator[tuple[str, str]]:
    """Yield the public and the internal address of all functions of the copy, served as on a laptop."""
    public, internal = free_port(), free_port()
    command = ["knative.local.serve", "--manifests", "knative", "--eventing-url", "http://127.0.0.1:1"]
    ports = ["--public-port", str(public), "--internal-port", str(internal), "--workers", "1"]
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *ports],
            cwd=tree,
            env={**os.environ, **ENV, "PYTHONPATH": str(tree)},
            stdout=log,
            stderr=log,
        )
        try:
            yield f"http://127.0.0.1:{public}", f"http://127.0.0.1:{internal}"
        finally:
            process.kill()
            process.wait()


def test_it_serves_its_health_and_its_route(tree: Path, tmp_path: Path) -> None:
    with served(tree, tmp_path / "log") as (public, internal):

        def status(url: str) -> int:
            try:
                return httpx.get(url, timeout=5).status_code
            except httpx.TransportError:
                return 0

        eventually(lambda: status(f"{internal}/touchline/plan-trips/health/ready") == 200, within_s=60)
        assert set(httpx.get(f"{public}/plan-trips").json()) == {"now"}
        assert "/plan-trips" in httpx.get(f"{public}/openapi.json").json()["paths"]


def test_its_own_test_passes(tree: Path) -> None:
    completed = run(tree, "pytest", "-q", "-p", "no:cacheprovider", "tests/contract/travel")
    assert completed.returncode == 0, completed.stdout
    assert "3 passed" in completed.stdout


def test_linters_find_nothing(tree: Path) -> None:
    paths = ("functions/plan_trips", "tests/contract/travel")
    for command in (("ruff", "check"), ("ruff", "format", "--check")):
        completed = run(tree, *command, *paths)
        assert completed.returncode == 0, completed.stdout


def test_manifests_and_policies_are_complete(tree: Path) -> None:
    assert touchline(tree, "lint", "--strict").returncode == touchline(ROOT, "lint", "--strict").returncode
    policies = touchline(tree, "policies")
    assert policies.returncode == 0, policies.stdout
    assert "kourier → plan-trips" in policies.stdout


def test_the_production_overlay_renders_without_a_finding(tree: Path) -> None:
    try:
        kustomize.load_kubectl()
    except Unavailable as exc:
        pytest.skip(str(exc))
    completed = touchline(tree, "overlay")
    assert completed.returncode == 0, completed.stdout
    assert completed.stdout.rstrip().endswith(" 0 findings")


def test_tests_of_all_functions_cover_it(tree: Path) -> None:
    suites = ("tests/contract/web/test_openapi.py", "tests/contract/platform/test_manifests.py")
    lists = "tests/unit/k8s/scaffold/test_insertions.py"
    chosen = "plan_trips or public_paths or laptop or readme"
    completed = run(tree, "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *suites, lists)
    assert completed.returncode == 0, completed.stdout


def test_a_second_one_of_that_name_is_refused(tree: Path) -> None:
    completed = touchline(tree, *COMMAND)
    assert (completed.returncode, completed.stdout) == (1, "")
    assert completed.stderr == "touchline new-function: there is a function plan-trips already\n"
