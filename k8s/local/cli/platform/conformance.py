"""run the tests of Knative's contract and write a page with the results"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from shared.errors import NotFound

ROOT = Path(__file__).resolve().parents[4]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file of the page."""
    parser.add_argument(
        "--page", type=Path, default=ROOT / ".cache" / "conformance.html", help="where to write it (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the tests; 0 if all pass."""
    if find_spec("pytest") is None:
        raise NotFound("the tests need the development packages; run ./scripts/setup --dev")
    return subprocess.run([sys.executable, "-m", "tests.conformance", args.page.absolute()], cwd=ROOT).returncode
