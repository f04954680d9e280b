"""find what a cluster would refuse, or accept and do differently than intended; offline

Reads files and folders of YAML; objects that are not Knative's are skipped. Exit code 1 when there are errors.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the files to read and the form of the output."""
    parser.add_argument(
        "paths", type=Path, nargs="*", metavar="PATH", help="files and folders (knative/ of this checkout)"
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="OLD",
        help="the release before, a file or folder: finds changes that are refused",
    )
    parser.add_argument("--strict", action="store_true", help="exit code 1 for warnings too")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="(%(default)s)")
    parser.add_argument("--rules", action="store_true", help="only list the rules")


def run(args: argparse.Namespace) -> int:
    """Print the findings."""
    from k8s.local.platform import ROOT
    from knative.lint import lint, output

    if args.rules:
        print("\n".join(output.rules()))
        return OK
    findings = lint(args.paths or [ROOT / "knative"], [args.against] if args.against else None)
    print(output.as_json(findings) if args.format == "json" else "\n".join(output.text(findings)))
    failing = {"error", "warning"} if args.strict else {"error"}
    return TROUBLE if any(finding.severity in failing for finding in findings) else OK
