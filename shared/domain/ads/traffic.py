"""Hourly traffic of a week: shares by region, read from rows, or a generated week where there is no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import numpy as np

from shared.domain.ads.pacing import Floats

HOURS_A_WEEK = 168
GENERATED_REGIONS = 12
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


def read_weeks(rows: Iterable[Mapping[str, str]]) -> dict[str, Floats]:
    """Read ``region_id, dow, hour, traffic_share`` (day 1 to 7, hour 0 to 23) into weeks that sum to 1.

    Returns
    -------
    dict of region id to ndarray of shape (168,); Monday's midnight comes first.
    """
    weeks: dict[str, Floats] = {}
    for row in rows:
        week = weeks.setdefault(row["region_id"], np.zeros(HOURS_A_WEEK))
        week[(int(row["dow"]) - 1) * 24 + int(row["hour"])] += float(row["traffic_share"])
    return {region: week / week.sum() for region, week in weeks.items()}


def generate_weeks(seed: int, n_regions: int = GENERATED_REGIONS) -> dict[str, Floats]:
    """Invent weeks with a quiet night, a midday and a higher evening, where no measured traffic is at hand."""
    rng = np.random.default_rng(seed)
    hour = np.arange(HOURS_A_WEEK) % 24
    weeks = {}
    for region in range(n_regions):
        evening, midday = rng.uniform(19, 21.5), rng.uniform(12, 14)
        day = (
            0.12
            + np.exp(-(((hour - midday) / 4.0) ** 2))
            + rng.uniform(1, 1.4) * np.exp(-(((hour - evening) / 2.5) ** 2))
        )
        week = day * np.repeat(rng.uniform(0.9, 1.1, 7), 24)
        weeks[f"generated-{region}"] = week / week.sum()
    return weeks


def week_hours(moment: datetime) -> float:
    """Hours from a Monday's midnight in UTC long ago: what `passed` counts traffic from."""
    return (moment - _FIRST_MONDAY).total_seconds() / 3600


def passed(week: Floats, hours: Floats) -> Floats:
    """Traffic until each of some `week_hours`, in average days; differences are the traffic between moments.

    Parameters
    ----------
    week : shape (168,), shares of a week of UTC hours that sum to 1.
    hours : any shape.
    """
    so_far = np.concatenate([[0.0], np.cumsum(week)])
    weeks, hour = np.divmod(hours, HOURS_A_WEEK)
    return np.asarray(7 * (weeks + np.interp(hour, np.arange(HOURS_A_WEEK + 1), so_far)))
