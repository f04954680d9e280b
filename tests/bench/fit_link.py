"""Fit the coefficients of functions/analyze/models/outcome_logit.py on the earlier seasons, and print them.

``python -m tests.bench.fit_link`` prints the constants as the module has them.
"""

from __future__ import annotations

import numpy as np

from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models import outcome_logit as link
from functions.analyze.models.results import Floats, Ints
from tests.bench.support import multinomial
from tests.bench.support.divisions import countries
from tests.bench.support.multinomial import Logit
from tests.bench.support.single_thread import keep_to_one

FITTED = range(2009, 2019)
"""First years of the seasons fitted on; ratings run since 1993."""


def matches() -> tuple[Floats, Ints]:
    """Log means, shape (M, 2, V), and outcomes, shape (M,), of the five highest divisions in the fitted seasons."""
    log_means, outcome = [], []
    for country in countries(("England", "Spain", "Italy", "Germany", "France")):
        season = country.results.season
        stored = (country.league == 0) & (season >= FITTED.start) & (season < FITTED.stop)
        log_means.append(ratings.rate(country.results).expected[stored])
        outcome.append(country.results.outcome()[stored])
    return np.concatenate(log_means), np.concatenate(outcome)


def links(log_means: Floats, outcome: Ints) -> dict[str, Logit]:
    """The link on all speeds, and the one on goals alone."""
    return {
        "_STATISTICS": multinomial.fit(link.features(log_means), outcome),
        "_GOALS": multinomial.fit(link.features(log_means[:, :, : ratings.N_GOALS]), outcome),
    }


def printed(name: str, fitted: Logit) -> str:
    """The constant as the module has it: a row of home's log odds against a draw and one of away's."""
    rows = np.column_stack([fitted.constant, fitted.slope])
    lines = [f"        [{', '.join(f'{number:.4f}' for number in row)}]," for row in rows]
    return "\n".join([f"{name} = np.array(", "    [", *lines, "    ]", ")"])


if __name__ == "__main__":
    keep_to_one("tests.bench.fit_link")
    for name, fitted in links(*matches()).items():
        print(printed(name, fitted))
