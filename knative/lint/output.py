"""Formats findings for people, grouped by file and object, and for programs; logs loops when the platform starts."""

from __future__ import annotations

import itertools
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from knative.lint.findings import RULES, SEVERITIES, Finding
from knative.lint.linter import find_loops

_log = logging.getLogger(__name__)


def text(findings: Sequence[Finding]) -> Iterator[str]:
    """Format a paragraph for each object with findings, then the counts."""
    for (file, _), group in itertools.groupby(findings, key=lambda finding: (finding.file, finding.object)):
        alike = list(group)
        yield f"{file}  {alike[0].object}".rstrip()
        for finding in alike:
            yield f"  {finding.file}:{finding.line}: {finding.severity} {finding.rule}: {finding.message}"
        for rule in dict.fromkeys(finding.rule for finding in alike):
            yield f"    {rule}: {RULES[rule].hint}"
        yield ""
    yield summary(findings)


def summary(findings: Sequence[Finding]) -> str:
    """Count the findings of each severity."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[severity]} {severity}{'s' * (counts[severity] != 1)}" for severity in SEVERITIES)


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects, one for each finding."""
    return json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False)


def rules() -> Iterator[str]:
    """One line for each rule."""
    width = max(map(len, RULES))
    for rule in sorted(RULES.values(), key=lambda each: (SEVERITIES.index(each.severity), each.id)):
        yield f"{rule.severity:<7}  {rule.id:<{width}}  {rule.about}"


def log_loops(folder: Path) -> None:
    """Log where events of a folder's manifests loop: on a Kafka-class Broker they do so without end."""
    for loop in find_loops(folder):
        _log.warning("%s: %s; %s", loop.object, loop.message, loop.hint, extra={"action": "manifests"})
