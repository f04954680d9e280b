"""Tells what becomes of the manifests' fields: never silent about one that has no effect here.

As lines for the log at start, and as a table of every field.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from knative.manifests.fields import FieldVerdict, Verdict
from knative.manifests.model import Manifests

_log = logging.getLogger(__name__)

VERDICTS: tuple[Verdict, ...] = ("honoured", "ignored", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNote:
    """Fields of one kind that get the same verdict for the same reason."""

    verdict: Verdict
    kind: str
    fields: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"{self.verdict}: {self.kind} {', '.join(self.fields)}: {self.reason}"


def count_verdicts(manifests: Manifests) -> dict[Verdict, int]:
    """Count the fields that got each verdict."""
    n_by_verdict = Counter(finding.verdict for finding in manifests.findings)
    return {verdict: n_by_verdict[verdict] for verdict in VERDICTS}


def field_notes(manifests: Manifests) -> list[FieldNote]:
    """Every field that has a reason to be told of, those alike together."""
    alike: dict[tuple[Verdict, str, str], list[FieldVerdict]] = defaultdict(list)
    for finding in manifests.findings:
        if finding.reason:
            alike[finding.verdict, _kind(finding), finding.reason].append(finding)
    return [
        FieldNote(
            verdict=verdict,
            kind=kind,
            fields=_once(_leaf(finding.field) for finding in findings),
            reason=reason,
        )
        for (verdict, kind, reason), findings in sorted(alike.items())
    ]


def format_report(manifests: Manifests, *, verbose: bool = False) -> list[str]:
    """The report: a summary, then the remarks; verbose: a table of every field."""
    summary = ", ".join(f"{number} {verdict}" for verdict, number in count_verdicts(manifests).items())
    details = _table(manifests.findings) if verbose else [str(note) for note in field_notes(manifests)]
    return [f"manifests: fields {summary}", *details]


def log_report(manifests: Manifests, *, verbose: bool = False) -> None:
    """Log the report."""
    for line in format_report(manifests, verbose=verbose):
        _log.info("%s", line, extra={"action": "manifests"})


def _table(findings: tuple[FieldVerdict, ...]) -> list[str]:
    """A line for each field: its document, itself, its verdict, and why."""
    widths = [
        max((len(text) for text in column), default=0)
        for column in ([finding.document for finding in findings], [finding.field for finding in findings])
    ]
    form = f"{{0.document:<{widths[0]}}}  {{0.field:<{widths[1]}}}  {{0.verdict:<8}}  {{0.reason}}"
    return [form.format(finding).rstrip() for finding in findings]


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _kind(finding: FieldVerdict) -> str:
    return finding.document.split()[1].split("/")[0]


def _leaf(field: str) -> str:
    """The field's own name, told with its probe's; labels have dots and are one thing, annotations are told whole."""
    if ".labels." in field:
        return "labels"
    if ".annotations." in field:
        return field.partition(".annotations.")[2]
    owner, _, name = field.rpartition(".")
    return f"{owner.rpartition('.')[2]}.{name}" if owner.endswith("Probe") else name
