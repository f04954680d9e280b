"""Build sales on Spark: ``python -m functions.daily_sales.spark_job [DAY …]``, without days those that are due.

``--when-due`` leaves to the function what the rule of sizes gives to the embedded engine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import date

from functions.daily_sales import core, service, wiring
from shared.settings.loading import load_settings

ENGINE = "spark"


def main(argv: Sequence[str] | None = None) -> int:
    """Run once; print the run as JSON last."""
    parser = argparse.ArgumentParser(prog="./scripts/spark", description=__doc__.splitlines()[0])
    parser.add_argument("days", nargs="*", type=date.fromisoformat, metavar="DAY", help="such as 2026-03-01")
    parser.add_argument("--when-due", action="store_true", help="only if the rule of sizes says so")
    options = parser.parse_args(argv)
    deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.JOB_NEED))
    days = options.days or service.due_days(deps)
    if options.when_due and core.choose_engine(deps.rule, deps.history_bytes()) != ENGINE:
        days = []
    run = service.build(days, deps, engine=ENGINE)
    print(json.dumps({"run": run.id, "days": len(run.days), "n_purchases": run.n_purchases} if run else {"run": None}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
