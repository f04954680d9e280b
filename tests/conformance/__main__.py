"""``python -m tests.conformance [PAGE]``: run the tests that prove the contract, write the page, print the figures."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conformance import page

ROOT = Path(__file__).resolve().parents[2]


def main(target: Path) -> int:
    """0 when every assertion is proven or outside, and every suite and recorded decision agrees."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "conformance.json"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-m",
            "conforms or suite or agreement",
            "-n",
            "2",
            "--dist",
            "worksteal",
        ]
        subprocess.run([*command, "--conformance", str(told)], cwd=ROOT, check=False)
        if not told.exists():
            print("the tests did not run", file=sys.stderr)
            return 1
        found = json.loads(told.read_text())
    target.write_text(page.html(found))
    print("\n".join([*page.figures(found), f"page: {target}"]))
    return 0 if page.is_clean(found) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".cache" / "conformance.html")))
