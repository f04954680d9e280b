"""what a cluster would refuse, or take and do otherwise than meant

Reads files and folders of YAML; objects that are not Knative's are passed over. Exit code 1 when there are errors.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to read, and how to tell."""
    parser.add_argument("paths", type=Path, nargs="*", metavar="PATH", help="files and folders (this checkout's)")
    parser.add_argument("--strict", action="store_true", help="exit code 1 for warnings too")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="(%(default)s)")
    parser.add_argument("--rules", action="store_true", help="list every rule instead")


def run(asked: argparse.Namespace) -> int:
    """Print what was found."""
    from k8s.local.platform import ROOT
    from knative.lint import lint, output

    if asked.rules:
        print("\n".join(output.rules()))
        return OK
    findings = lint(asked.paths or [ROOT / "knative"])
    print(output.as_json(findings) if asked.format == "json" else "\n".join(output.text(findings)))
    grave = {"error", "warning"} if asked.strict else {"error"}
    return TROUBLE if any(finding.severity in grave for finding in findings) else OK
