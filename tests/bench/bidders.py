"""Let the autobidder and its rivals spend the same budgets, beside the offline optimum: regret, cost, pacing.

The arena has the step model, the bins of 1.2^n and the four metrics of the BAT benchmark (arXiv 2505.08485), on
campaigns generated from a seed with the measured weeks of ``../shared/ads`` (generated weeks where it is absent), in
first price and VCG auctions. BAT's published figures are NOT comparable with these until somebody supplies its data,
which are not with us: ``--bat-campaigns FILE --bat-statistics FILE --auction vcg`` reads them and gives the published
table. Money is simulated.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from shared.domain.ads.dual import DualBidder
from shared.domain.ads.pacing import Bidder, Floats
from shared.domain.ads.traffic import generate_weeks, read_weeks
from tests.bench.support.ads import arena, bat
from tests.bench.support.ads.campaigns import FIRST_PRICE, VCG, Campaigns, generate
from tests.bench.support.ads.optimum import optimal_clicks
from tests.bench.support.ads.rivals import ConstantBidder, LinearMultiplierBidder, PidBidder, ThrottleBidder
from tests.support.reference import REFERENCE

BIDDERS: dict[str, Bidder] = {
    "default": DualBidder(),
    "ta-pid": PidBidder(),
    "m-pid": PidBidder(traffic_aware=False, proportional=0.25, integral=0.005, derivative=0.01),
    "throttle": ThrottleBidder(),
    "alm": LinearMultiplierBidder(),
    "constant": ConstantBidder(),
}
SEED, FIT_SEED = 1, 7
_FIT_TRIES = 60


def main(arguments: list[str]) -> int:
    """Run, print a table and one JSON object."""
    options = _options(arguments)
    weeks, measured = load_weeks()
    if options.fit:
        return _fit(generate(FIRST_PRICE, weeks, 200, FIT_SEED), generate(VCG, weeks, 200, FIT_SEED))
    begun = time.perf_counter()
    report: dict[str, Any] = {"measured_traffic": measured, "simulated_money": True, "auctions": {}}
    arenas = list(_arenas(options, weeks))
    with ProcessPoolExecutor(2) as pool:
        optima = list(pool.map(optimal_clicks, arenas))
    for campaigns, optimum in zip(arenas, optima, strict=True):
        report["auctions"][campaigns.auction] = _compare(campaigns, optimum)
    report["targets"] = _targets(report["auctions"])
    report["seconds"] = round(time.perf_counter() - begun, 1)
    print(json.dumps(report))
    return 0


def load_weeks() -> tuple[dict[str, Floats], bool]:
    """The measured weeks, or generated ones; and which."""
    path = REFERENCE / "ads" / "traffic_share.csv.gz"
    if not path.exists():
        return generate_weeks(SEED), False
    with bat.open_rows(path) as rows:
        return read_weeks(rows), True


def _arenas(options: argparse.Namespace, weeks: dict[str, Floats]) -> Iterator[Campaigns]:
    if options.bat_campaigns:
        yield bat.read(options.auction, options.bat_campaigns, options.bat_statistics, weeks)
        return
    for auction in (FIRST_PRICE, VCG):
        yield generate(auction, weeks, options.campaigns, options.seed)


def _compare(campaigns: Campaigns, optimum: tuple[Floats, Floats]) -> dict[str, Any]:
    runs = {name: arena.run(bidder, campaigns) for name, bidder in BIDDERS.items()}
    scores = {name: arena.score(run, campaigns, optimum) for name, run in runs.items()}
    print(f"\n{campaigns.auction}, {len(campaigns.budget)} campaigns; the optimum has {optimum[0].sum():,.0f} clicks")
    print(_HEADER)
    results = {}
    for name, each in scores.items():
        better = _advantage(runs["default"], runs[name], optimum[0])
        print(_line(name, each, better))
        results[name] = {**_rounded(asdict(each)), "default_better_by": _rounded(better)}
    return results


_HEADER = (
    f"{'':9} {'clicks':>9} {'of opt.':>7} {'regret, 95 %':>20} {'CPC':>6} {'RMSE':>5} {'early':>6} {'spent':>6} "
    f"{'small':>6} {'large':>6} {'default is better by':>24}"
)


def _line(name: str, each: arena.Scores, better: tuple[float, float, float]) -> str:
    low, high = each.regret_interval
    return (
        f"{name:9} {each.clicks:9,.0f} {each.share_of_optimum:7.3f} {each.regret:6.3f} [{low:.3f}, {high:.3f}] "
        f"{each.relative_cost_per_click:6.3f} {each.traffic_rmse:5.2f} {each.quick_spend:6.3f} {each.spent:6.3f} "
        f"{each.small_deviation:6.3f} {each.large_deviation:6.3f} "
        f"{better[0]:7.4f} [{better[1]:.4f}, {better[2]:.4f}]"
    )


def _advantage(default: arena.Run, other: arena.Run, best: Floats) -> tuple[float, float, float]:
    """Mean difference of regret, campaign by campaign, with its 95 % interval."""
    gaps = (default.clicks.sum(axis=1) - other.clicks.sum(axis=1)) / np.maximum(best, 1e-12)
    half = 1.96 * gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    return float(gaps.mean()), float(gaps.mean() - half), float(gaps.mean() + half)


def _targets(auctions: dict[str, dict[str, Any]]) -> dict[str, bool]:
    defaults = [results["default"] for results in auctions.values()]
    rivals = [each for results in auctions.values() for name, each in results.items() if name != "default"]
    return {
        "within_10_percent_of_optimum": all(each["regret_interval"][1] <= 0.10 for each in defaults),
        "better_or_level": all(each["default_better_by"][2] >= 0 for each in rivals),
        "never_overspends": all(each["overspent"] == 0 for each in defaults),
        "small_and_large_within_5_percent": all(
            max(each["small_deviation"], each["large_deviation"]) <= 0.05 for each in defaults
        ),
    }


def _fit(*arenas: Campaigns) -> int:
    """Draw gains at random and print the best of each bidder, by mean regret over the auctions of another seed."""
    with ProcessPoolExecutor(2) as pool:
        best = list(pool.map(optimal_clicks, arenas))
    rng = np.random.default_rng(0)

    def draw(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    def regret(bidder: Bidder) -> float:
        runs = zip(arenas, best, strict=True)
        return float(np.mean([arena.score(arena.run(bidder, each), each, optimum).regret for each, optimum in runs]))

    draws: dict[str, Callable[[], Bidder]] = {
        "default": lambda: DualBidder(
            elasticity=draw(1, 4),
            memory=draw(0.03, 0.8),
            prior=draw(5e-4, 0.05),
            fastest=draw(0.2, 1.5),
            band=draw(1e-3, 0.1),
        ),
        "ta-pid": lambda: PidBidder(proportional=draw(0.1, 3), integral=draw(1e-3, 0.3), derivative=draw(1e-3, 1)),
        "m-pid": lambda: PidBidder(
            traffic_aware=False, proportional=draw(0.03, 3), integral=draw(1e-3, 0.3), derivative=draw(1e-3, 1)
        ),
        "throttle": lambda: ThrottleBidder(gain=draw(0.05, 1.5), bid_gain=draw(0.02, 1), least=draw(0.01, 0.3)),
        "alm": lambda: LinearMultiplierBidder(factor=1 + draw(0.005, 0.25)),
    }
    results = {}
    for name, make in draws.items():
        tried = sorted(((regret(bidder), bidder) for bidder in (make() for _ in range(_FIT_TRIES))), key=lambda t: t[0])
        results[name] = {"regret": round(tried[0][0], 4), "bidder": str(tried[0][1])}
        print(name, results[name], flush=True)
    print(json.dumps(results))
    return 0


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--campaigns", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--fit", action="store_true", help="search the gains of every bidder on campaigns of another seed"
    )
    parser.add_argument("--bat-campaigns", type=Path, help="BAT's CSV of campaigns")
    parser.add_argument("--bat-statistics", type=Path, help="BAT's CSV of hourly statistics")
    parser.add_argument("--auction", choices=(FIRST_PRICE, VCG), default=VCG, help="of BAT's files")
    options = parser.parse_args(arguments)
    if bool(options.bat_campaigns) != bool(options.bat_statistics):
        parser.error("give both files of BAT")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
