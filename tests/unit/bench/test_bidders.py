"""The arena: its optimum, its loader, and that the default stands where the bench says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shared.domain.ads.traffic import generate_weeks
from tests.bench import bidders
from tests.bench.support.ads import arena, bat
from tests.bench.support.ads.campaigns import FIRST_PRICE, VCG, Campaigns, generate
from tests.bench.support.ads.optimum import optimal_clicks
from tests.bench.support.ads.rivals import ConstantBidder

TINY = Campaigns(
    auction=VCG,
    budget=np.array([10.0]),
    n_hours=np.array([2.0]),
    share=np.array([[0.5, 0.5]]),
    clicks=np.array([[[1.0, 3.0], [2.0, 3.0]]]),
    spend=np.array([[[2.0, 9.0], [8.0, 9.0]]]),
    price=np.array([1.0, 1.2]),
    first_bid=np.array([1.0]),
)


def test_the_optimum_mixes_bins_until_the_budget_is_spent() -> None:
    """By hand: the first hour's first click for 2; the 8 that are left buy clicks of 3, of the second hour."""
    clicks, spend = optimal_clicks(TINY)
    assert clicks[0] == pytest.approx(1 + 8 / 3)
    assert spend[0] == pytest.approx(10.0)


def test_an_hour_that_costs_more_than_is_left_is_scaled_to_it() -> None:
    ran = arena.run(ConstantBidder(), TINY)
    assert ran.spend.tolist() == [[2.0, 8.0]]
    assert ran.clicks.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("auction", [FIRST_PRICE, VCG])
def test_the_default_is_within_10_percent_of_the_optimum_and_beats_every_rival(auction: str) -> None:
    campaigns = generate(auction, generate_weeks(1), 40, 11)
    optimum = optimal_clicks(campaigns)
    results = bidders._compare(campaigns, optimum)
    default = results["default"]
    assert default["share_of_optimum"] > 0.9
    assert default["overspent"] == 0
    assert max(default["small_deviation"], default["large_deviation"]) < 0.06
    assert all(each["default_better_by"][2] >= 0 for each in results.values())


def test_no_bidder_has_more_clicks_than_the_optimum() -> None:
    campaigns = generate(FIRST_PRICE, generate_weeks(2), 10, 12)
    best, _ = optimal_clicks(campaigns)
    for bidder in bidders.BIDDERS.values():
        assert (arena.run(bidder, campaigns).clicks.sum(axis=1) <= best * (1 + 1e-9)).all()


def test_bats_own_files_are_read(tmp_path: Path) -> None:
    """Two hours of one campaign by hand: bins are surplus over the bin below."""
    (tmp_path / "campaigns.csv").write_text(
        "item_id,campaign_id,loc_id,region_id,logical_category,microcat_ext,campaign_start,campaign_end,auction_budget\n"
        "1,7,2,5,cars,3,2024-04-01 00:00:00,2024-04-01 02:00:00,100\n"
    )
    (tmp_path / "stats.csv").write_text(
        "campaign_id,period,contact_price_bin,AuctionWinBidSurplus,AuctionVisibilitySurplus,AuctionClicksSurplus,"
        "AuctionContactsSurplus,CTRPredicts,CRPredicts,AuctionCount\n"
        "7,2024-04-01 00:00:00,3,4.0,9,2,1,0.1,0.1,20\n"
        "7,2024-04-01 00:00:00,5,6.0,9,3,2,0.1,0.1,20\n"
        "7,2024-04-01 01:00:00,4,1.0,9,1,1,0.1,0.1,20\n"
    )
    files = (tmp_path / "campaigns.csv", tmp_path / "stats.csv")
    vcg = bat.read(VCG, *files, {})
    assert vcg.clicks[0, 0, 2:6].tolist() == [0, 2, 2, 5]
    assert vcg.spend[0, 0, 2:6].tolist() == [0, 4, 4, 10]
    assert vcg.share[0].tolist() == [0.5, 0.5]
    first_price = bat.read(FIRST_PRICE, *files, {})
    assert first_price.spend[0, 0, 5] == pytest.approx(3 * 1.2**5)
