"""Simulate 1, 100 and 10,000 times nine leagues: what is full first, what it costs; --write: k8s/CAPACITY.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.capacity import figures, page, supply
from tests.bench.capacity.demand import Habits
from tests.support.reference import ROOT

PAGE = ROOT / "k8s" / "CAPACITY.md"
TAKEN = {
    "dispatch": ("dispatched_per_s", ("figures", "unordered_per_s")),
    "ingest": ("ingested_rows_per_s", ("path_rows_per_s",)),
}
"""What other benches tell in their last line, and where in it."""


def main(arguments: list[str] | None = None) -> int:
    """Measure if asked to, and say what follows; 0 when the page says the same."""
    parser = argparse.ArgumentParser(prog="capacity", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="processor time per request, into figures.json")
    parser.add_argument("--seconds", type=float, default=8.0, help="about so long for each function")
    parser.add_argument("--take", type=Path, nargs="*", default=[], metavar="FILE", help="output of other benches")
    parser.add_argument("--write", action="store_true", help="make the page anew")
    asked = parser.parse_args(arguments)
    _remember(asked)
    text = page.written(figures.read(), supply.read(), Habits())
    if asked.write:
        PAGE.write_text(text, "utf-8")
    print(text)
    same = PAGE.exists() and PAGE.read_text("utf-8") == text
    once = page.scale(1, figures.read(), supply.read(), Habits())
    full = {each.name: round(1 / each.busy, 1) for each in once.stations.values()}
    print(json.dumps({"bench": "capacity", "full_at_times": full, "page_says_so": same}))
    return 0 if same else 1


def _remember(asked: argparse.Namespace) -> None:
    output: dict[str, Any] = json.loads(figures.FILE.read_text("utf-8"))
    if asked.measure:
        from tests.bench.capacity import measure

        output |= measure.measure(asked.seconds)
        output["measured_on"] = datetime.now(UTC).date().isoformat()
        output["machine"] = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    for path in asked.take:
        last = json.loads(path.read_text("utf-8").splitlines()[-1])
        name, keys = TAKEN[last["bench"]]
        for key in keys:
            last = last[key]
        output[name] = last
    figures.FILE.write_text(json.dumps(output, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
