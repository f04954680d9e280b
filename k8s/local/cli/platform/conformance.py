"""run the tests that prove Knative's contract and write a page of what holds"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from shared.errors import NotFound

ROOT = Path(__file__).resolve().parents[4]


def arguments(parser: argparse.ArgumentParser) -> None:
    """The page's file."""
    parser.add_argument(
        "--page", type=Path, default=ROOT / ".cache" / "conformance.html", help="where to write it (%(default)s)"
    )


def run(asked: argparse.Namespace) -> int:
    """0 when everything is proven."""
    if find_spec("pytest") is None:
        raise NotFound("the tests need the development packages: ./scripts/setup --dev")
    return subprocess.run([sys.executable, "-m", "tests.conformance", asked.page.absolute()], cwd=ROOT).returncode
