"""print who emits and who receives which events, from the manifests

``--svg FILE`` draws it: one file for light and dark themes, with a text description for screen readers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from k8s.local.cli.exit_codes import OK
from knative.manifests.kinds import loader
from shared.errors import InvalidInput


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the manifests and the drawing."""
    parser.add_argument("--manifests", type=Path, help="folder of YAML files (those of this checkout)")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it to this file instead")


def run(args: argparse.Namespace) -> int:
    """Print or draw."""
    from k8s.local.platform import ROOT
    from knative.graph import builder, svg, text

    graph = builder.build_graph(loader.load(args.manifests or ROOT / "knative"))
    if not args.svg:
        print("\n".join(text.lines(graph)).rstrip())
        return OK
    try:
        args.svg.write_text(svg.draw(graph), "utf-8")
    except OSError as exc:
        raise InvalidInput(f"{args.svg} cannot be written: {exc.strerror}") from exc
    return OK
