"""Tells at start what becomes of the manifests' fields: never silent about one that has no effect here."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict

from knative.local.manifests import Manifests

_log = logging.getLogger(__name__)


def lines(manifests: Manifests, *, verbose: bool = False) -> list[str]:
    """The report: a summary and every field with a reason, those with the same together; verbose names each field."""
    counts = Counter(finding.verdict for finding in manifests.findings)
    told = [
        f"manifests: {counts['honoured']} fields honoured, {counts['ignored']} ignored, {counts['refused']} refused"
    ]
    if verbose:
        return told + [str(finding) for finding in manifests.findings]
    alike: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for finding in manifests.findings:
        if finding.reason and finding.verdict != "refused":
            kind = finding.document.split()[1].split("/")[0]
            alike[finding.verdict, kind, finding.reason][_leaf(finding.field)] = None
    return told + [
        f"{verdict}: {kind} {', '.join(names)}: {reason}" for (verdict, kind, reason), names in sorted(alike.items())
    ]


def _leaf(field: str) -> str:
    """The field's own name; labels have dots in theirs and are one thing, annotations are told whole."""
    if ".labels." in field:
        return "labels"
    return field.rpartition(".annotations." if ".annotations." in field else ".")[2]


def tell(manifests: Manifests, *, verbose: bool = False) -> None:
    """Log the report."""
    for line in lines(manifests, verbose=verbose):
        _log.info("%s", line, extra={"action": "manifests"})
