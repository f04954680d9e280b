"""Tells at start what becomes of the manifests' fields: never silent about one that has no effect here."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict

from knative.local.manifests import Manifests

_log = logging.getLogger(__name__)


def lines(manifests: Manifests, *, verbose: bool = False) -> list[str]:
    """The report: a summary and every ignored field with its reason, alike ones together; verbose names each field."""
    counts = Counter(finding.verdict for finding in manifests.findings)
    told = [
        f"manifests: {counts['honoured']} fields honoured, {counts['ignored']} ignored, {counts['refused']} refused"
    ]
    if verbose:
        return told + [str(finding) for finding in manifests.findings]
    alike: dict[tuple[str, str], int] = defaultdict(int)
    for finding in manifests.findings:
        if finding.verdict == "ignored":
            kind = finding.document.split()[1].split("/")[0]
            alike[f"{kind} {finding.field.split('].')[-1].split('.')[-1].split('[')[0]}", finding.reason] += 1
    told += [f"ignored: {what} ({number} x): {reason}" for (what, reason), number in sorted(alike.items())]
    return told


def tell(manifests: Manifests, *, verbose: bool = False) -> None:
    """Log the report."""
    for line in lines(manifests, verbose=verbose):
        _log.info("%s", line, extra={"action": "manifests"})
