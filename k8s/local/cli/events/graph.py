"""who emits and who listens, read from the manifests

``--svg FILE`` draws it: one file that needs nothing else, light and dark, readable for those who do not see it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from k8s.local.cli.exit_codes import OK
from knative.manifests import loader
from shared.errors import InvalidInput


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which manifests, and where to draw."""
    parser.add_argument("--manifests", type=Path, help="folder of YAML files (those of this checkout)")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it instead")


def run(asked: argparse.Namespace) -> int:
    """Print or draw."""
    from k8s.local.platform import ROOT
    from knative.graph import builder, svg, text

    graph = builder.build_graph(loader.load(asked.manifests or ROOT / "knative"))
    if not asked.svg:
        print("\n".join(text.lines(graph)).rstrip())
        return OK
    try:
        asked.svg.write_text(svg.draw(graph), "utf-8")
    except OSError as exc:
        raise InvalidInput(f"{asked.svg} cannot be written: {exc.strerror}") from exc
    return OK
