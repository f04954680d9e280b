"""who may reach whom on a cluster: the NetworkPolicies that follow from the manifests

Prints every call; ``--write`` writes the files of policies anew, and without it exit code 1 says that one is outdated.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to write."""
    parser.add_argument("--write", action="store_true", help="write the files of policies anew")


def run(asked: argparse.Namespace) -> int:
    """Print the calls, or write the files."""
    from k8s.network import files

    wanted = files.render_files()
    outdated = [path for path, text in wanted.items() if not _holds(files.ROOT / path, text)]
    if asked.write:
        for path in outdated:
            (files.ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (files.ROOT / path).write_text(wanted[path], "utf-8")
            print(f"{path} written")
        return OK
    for call in files.find_base_calls():
        ports = ", ".join(f"{port.protocol} {port.number}" for port in call.ports)
        print(f"{call.start.name} → {call.end.name}  {ports}  {call.why}")
    for path in outdated:
        print(f"{path} does not follow from the manifests: ./scripts/touchline policies --write")
    return TROUBLE if outdated else OK


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text
