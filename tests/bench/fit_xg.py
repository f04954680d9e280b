"""Fit the coefficients of shared/domain/football/expected_goals.py on the earlier seasons, and print them.

``python -m tests.bench.fit_xg`` prints the constants as the module has them.
"""

from __future__ import annotations

import numpy as np

from tests.bench.support.shots import HELD_OUT_FROM, Floats, Shots, by_model
from tests.bench.support.single_thread import keep_to_one

_SMALL = 1e-9
_MOST_STEPS = 50


def fitted(shots: Shots) -> Floats:
    """Shape (K,): coefficients of greatest likelihood, by Newton's method."""
    coefficients = np.zeros(shots.features.shape[1])
    for _ in range(_MOST_STEPS):
        p = 1 / (1 + np.exp(-shots.features @ coefficients))
        curvature = (shots.features * (p * (1 - p))[:, None]).T @ shots.features
        step = np.linalg.solve(curvature, shots.features.T @ (shots.goal - p))
        coefficients += step
        if np.abs(step).max() < _SMALL:
            return coefficients
    raise RuntimeError(f"no convergence in {_MOST_STEPS} steps")


if __name__ == "__main__":
    keep_to_one("tests.bench.fit_xg")
    print("COEFFICIENTS: dict[str, tuple[float, ...]] = {")
    for name, shots in by_model().items():
        numbers = ", ".join(f"{number:.5f}" for number in fitted(shots.where(shots.season < HELD_OUT_FROM)))
        print(f'    "{name}": ({numbers},),' if "," not in numbers else f'    "{name}": ({numbers}),')
    print("}")
