"""``python -m tests.conformance [PAGE]``: run the tests that prove the contract, write the page, print the figures."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conformance import page

ROOT = Path(__file__).resolve().parents[2]
MARKED = ("-m", "conforms or suite or agreement")
AT_ONCE = ("-n", "2", "--dist", "worksteal")
"""As ./scripts/test: many tests wait for engines more than they work."""


def main(target: Path) -> int:
    """0 when every assertion is proven or says why it is not claimed, and nothing failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "conformance.json"
        command = [sys.executable, "-m", "pytest", "-q", *MARKED, *AT_ONCE]
        subprocess.run([*command, "--conformance", str(report)], cwd=ROOT, check=False)
        if not report.exists():
            print("the tests did not run", file=sys.stderr)
            return 1
        results = json.loads(report.read_text())
    target.write_text(page.html(results))
    print("\n".join([*page.figures(results), f"page: {target}"]))
    return 0 if page.is_clean(results) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".cache" / "conformance.html")))
