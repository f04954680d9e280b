"""The outside reference: penaltyblog's Dixon-Coles, in an environment of its own because its dependencies are many.

The first run makes ``.cache/yardstick`` from the locked ``tests/bench/requirements.txt``; where that fails, rows that
need it are left out and the reason is printed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from functions.analyze.models.results import Floats, Ints, Results
from tests.bench.support.forecasters import League, base_rates, windows
from tests.bench.support.single_thread import ONE_THREAD
from tests.support.reference import ROOT

_HOME = ROOT / ".cache" / "yardstick"
_LOCK = ROOT / "tests" / "bench" / "requirements.txt"
_SCRIPT = ROOT / "tests" / "bench" / "yardstick_process.py"
NAME = "penaltyblog's Dixon-Coles, decay 0.0018"


def forecasts(leagues: list[League]) -> dict[str, list[Floats]]:
    """Probabilities of every tested match, fitted every week; base rates where a team is unknown to it."""
    if not ready():
        return {}
    result = []
    for of in leagues:
        p = _asked(of.results)
        unknown = of.tested & np.isnan(p).any(axis=1)
        p[unknown] = base_rates(of)[unknown]
        print(f"penaltyblog, {of.country.name}: {int(unknown.sum())} matches by base rates", file=sys.stderr)
        result.append(p)
    return {NAME: result}


def fit_times(samples: Sequence[Results]) -> list[float]:
    """Seconds of the best of three fits of each sample; empty where the reference cannot be had."""
    if not ready():
        return []
    parts = {f"{name}{n}": value for n, one in enumerate(samples) for name, value in _arrays(one).items()}
    return [float(seconds) for seconds in _run("times", parts)]


def ready() -> bool:
    """Make the environment if need be; False, with the reason printed, where it cannot be made."""
    if (_HOME / "made").exists():
        return True
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", _HOME], check=True, capture_output=True)
        pip = [str(_HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(_LOCK)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        print(f"without penaltyblog, which cannot be installed: {fault}", file=sys.stderr)
        return False
    (_HOME / "made").touch()
    return True


def _asked(results: Results) -> Floats:
    weeks = list(windows(results))
    bounds = [(monday, before[0], before[-1] + 1, rows[0], rows[-1] + 1) for monday, before, rows in weeks]
    return _run("forecasts", {**_arrays(results), "weeks": np.array(bounds, dtype=np.float64)})


def _arrays(results: Results) -> dict[str, Floats | Ints]:
    return {
        "home": results.home,
        "away": results.away,
        "day": results.day,
        "home_goals": results.home_goals,
        "away_goals": results.away_goals,
    }


def _run(model_name: str, arrays: dict[str, Floats | Ints]) -> Floats:
    """What the process makes of the arrays; one thread."""
    with tempfile.TemporaryDirectory() as folder:
        params, result = Path(folder) / "given.npz", Path(folder) / "made.npy"
        np.savez(params, **arrays)  # type: ignore[arg-type]
        command = [str(path) for path in (_HOME / "bin" / "python", _SCRIPT, model_name, params, result)]
        subprocess.run(command, check=True, env=ONE_THREAD, stdout=sys.stderr)
        return np.asarray(np.load(result))
