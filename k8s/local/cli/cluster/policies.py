"""list who may call whom on a cluster, and check or write the NetworkPolicies derived from the manifests

Prints every call; ``--write`` writes the files of policies. Without it, exit code 1 means that a file is outdated.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whether to write."""
    parser.add_argument("--write", action="store_true", help="write the files of policies")


def run(args: argparse.Namespace) -> int:
    """Print the calls, or write the files."""
    from k8s.network import files

    expected = files.render_files()
    outdated = [path for path, text in expected.items() if not _is_current(files.ROOT / path, text)]
    if args.write:
        for path in outdated:
            (files.ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (files.ROOT / path).write_text(expected[path], "utf-8")
            print(f"{path} written")
        return OK
    for call in files.find_base_calls():
        ports = ", ".join(f"{port.protocol} {port.number}" for port in call.ports)
        print(f"{call.start.name} → {call.end.name}  {ports}  {call.why}")
    for path in outdated:
        print(f"{path} does not match the manifests; run ./scripts/touchline policies --write")
    return TROUBLE if outdated else OK


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text
