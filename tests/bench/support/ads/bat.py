"""Reads BAT's own CSVs (campaigns and hourly statistics) into the arena, where somebody has them.

The data are on Zenodo (record 14795981) and not with us. Columns are as the benchmark's repository describes them
(avito-tech/bat-autobidding-benchmark at 4237bd5): statistics are *surplus* by bin, what a bid in it brings more than
one in the bin below. A campaign's hours count from its start; times are UTC, since the benchmark's own depend on the
machine.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from shared.domain.ads.pacing import Floats
from tests.bench.support.ads.campaigns import BASE, FIRST_PRICE, Campaigns

_MOST_BINS = 80


class Campaign(NamedTuple):
    """A row of the campaigns' file."""

    id: str
    region: str
    start: datetime
    n_hours: int
    budget: float


def read(auction: str, campaigns: Path, statistics: Path, weeks: Mapping[str, Floats]) -> Campaigns:
    """Read both files; a campaign of an unknown region has flat traffic.

    The first bid is the mean price of its statistics in the earliest tenth of campaigns, which are not scored: BAT's
    own split of training and test.
    """
    with open_rows(campaigns) as rows:
        every = sorted(map(_campaign, rows), key=lambda each: each.start)
    n_train = len(every) // 10
    scored = every[n_train:] or every
    index = {each.id: row for row, each in enumerate(scored)}
    train = {each.id for each in every[:n_train]}
    shape = (len(scored), max(each.n_hours for each in scored), _MOST_BINS)
    surplus = np.zeros((3, *shape))
    train_prices = []
    with open_rows(statistics) as rows:
        for stat in rows:
            bin_ = int(float(stat["contact_price_bin"]))
            if stat["campaign_id"] in train and float(stat["AuctionContactsSurplus"]) > 0:
                train_prices.append(bin_)
            if stat["campaign_id"] not in index or not 0 <= bin_ < _MOST_BINS:
                continue
            row = index[stat["campaign_id"]]
            hour = int((_moment(stat["period"]) - scored[row].start).total_seconds() // 3600)
            if 0 <= hour < scored[row].n_hours:
                surplus[:, row, hour, bin_] += _surplus(stat)
    return _campaigns(auction, scored, surplus, weeks, float(np.mean(train_prices or [20])))


def _campaigns(
    auction: str, scored: list[Campaign], surplus: Floats, weeks: Mapping[str, Floats], first_bin: float
) -> Campaigns:
    price = BASE ** np.arange(_MOST_BINS, dtype=float)
    clicks, contacts, paid = surplus.cumsum(axis=3)
    return Campaigns(
        auction=auction,
        budget=np.array([each.budget for each in scored]),
        n_hours=np.array([float(each.n_hours) for each in scored]),
        share=np.stack([_share(each, weeks, clicks.shape[1]) for each in scored]),
        clicks=clicks,
        spend=contacts * price if auction == FIRST_PRICE else paid,
        price=price,
        first_bid=np.full(len(scored), BASE**first_bin),
    )


def _surplus(stat: Mapping[str, str]) -> list[float]:
    names = ("AuctionClicksSurplus", "AuctionContactsSurplus", "AuctionWinBidSurplus")
    return [float(stat[name] or 0) for name in names]


def _campaign(row: Mapping[str, str]) -> Campaign:
    start, end = _moment(row["campaign_start"]), _moment(row["campaign_end"])
    hours = max(1, int((end - start).total_seconds() // 3600))
    return Campaign(row["campaign_id"], row["region_id"], start, hours, float(row["auction_budget"]))


def _share(campaign: Campaign, weeks: Mapping[str, Floats], n_hours: int) -> Floats:
    week = weeks.get(campaign.region, np.full(168, 1 / 168))
    hours = campaign.start.weekday() * 24 + campaign.start.hour + np.arange(n_hours)
    share = week[hours % 168] * (np.arange(n_hours) < campaign.n_hours)
    return np.asarray(share / share.sum())


def _moment(text: str) -> datetime:
    """A moment as ISO text or seconds of Unix time."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


@contextmanager
def open_rows(path: Path) -> Iterator[Iterable[Mapping[str, str]]]:
    """The rows of a CSV file, compressed or not."""
    with _open(path) as file:
        yield csv.DictReader(file)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
