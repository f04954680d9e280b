"""render an overlay, and tell what a cluster would refuse of it or break on; offline

Renders with the pinned kubectl, then holds every object to its schema, Knative's to the words of its webhooks, and all
of them together to the rules of k8s/rules. Exit code 1 when something is found.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE
from shared.errors import Unavailable


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to render."""
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="an overlay's (k8s/overlays/production)")
    parser.add_argument("--rules", action="store_true", help="list every rule instead")


def run(asked: argparse.Namespace) -> int:
    """Print what was found."""
    if find_spec("kubernetes_validate") is None:
        raise Unavailable("schemas come with the packages of development: ./scripts/setup --dev")
    from k8s.rendering import kustomize
    from k8s.rules import RULES
    from k8s.rules.review import review

    if asked.rules:
        print("\n".join(f"{rule.id:24}{rule.about}" for rule in RULES.values()))
        return OK
    texts = kustomize.load_kubectl().render(asked.folder or kustomize.ROOT / "k8s/overlays/production")
    found = review(texts)
    print("\n".join([*map(str, found), f"{len(texts)} objects, {len(found)} findings"]))
    return TROUBLE if found else OK
