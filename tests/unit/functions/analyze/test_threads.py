"""No process uses more threads for numbers than it is given: counted where a function's manifest is the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from knative.manifests.kinds import loader

ROOT = Path(__file__).resolve().parents[4]
NUMERICAL = ("analyze", "plot", "ingest-batch", "query-stats", "scrape-league")
"""Functions that come upon numpy or Arrow."""
_COUNT = """
import os, numpy
numpy.ones((600, 600)) @ numpy.ones((600, 600))
numpy.linalg.solve(numpy.eye(300), numpy.ones(300))
print(len(os.listdir("/proc/self/task")))
import pyarrow
print(pyarrow.cpu_count())
"""


def threads(variables: dict[str, str]) -> list[int]:
    """Threads of a process that has multiplied and solved, and those that Arrow would use."""
    plain = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", _COUNT], env=plain | variables, capture_output=True, check=True)
    return [int(number) for number in done.stdout.split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_numpy_and_arrow_keep_to_one_thread() -> None:
    services = {service.name.name: service for service in loader.load(ROOT / "knative").services}
    actual = [{one.name: one.value for one in services[name].variables if not one.source} for name in NUMERICAL]
    assert {one.get("OMP_NUM_THREADS") for one in actual} == {"1"}
    assert threads(actual[0]) == [1, 1]
    if (os.cpu_count() or 1) > 1:
        assert threads({})[0] > 1, "without the variable there are more, so the count means something"
