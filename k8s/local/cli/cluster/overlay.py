"""render an overlay and find what a cluster would refuse of it or break on; offline

Renders with the pinned kubectl, then checks every object against its schema, Knative's objects against the checks of
its webhooks, and all of them together against the rules of k8s/rules. Exit code 1 when something is found.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE
from shared.errors import Unavailable


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the overlay."""
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="an overlay (k8s/overlays/production)")
    parser.add_argument("--rules", action="store_true", help="only list the rules")


def run(args: argparse.Namespace) -> int:
    """Print the findings."""
    if find_spec("kubernetes_validate") is None:
        raise Unavailable("the schemas are in the development packages; run ./scripts/setup --dev")
    from k8s.rendering import kustomize
    from k8s.rules import RULES
    from k8s.rules.review import review

    if args.rules:
        print("\n".join(f"{rule.id:24}{rule.about}" for rule in RULES.values()))
        return OK
    texts = kustomize.load_kubectl().render(args.folder or kustomize.ROOT / "k8s/overlays/production")
    findings = review(texts)
    print("\n".join([*map(str, findings), f"{len(texts)} objects, {len(findings)} findings"]))
    return TROUBLE if findings else OK
