"""Reads, reviews, checks, and puts what was found in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from knative.lint import delivery, immutable, loops, objects, serving, sources, triggers, webhook
from knative.lint import yaml_objects as reading
from knative.lint.findings import CHECKS, RULES, Finding
from knative.lint.object_index import ObjectIndex
from knative.lint.yaml_objects import Object

RULE_MODULES = (delivery, loops, objects, serving, sources, triggers)
"""Importing them makes their rules known."""
LOOPS = (
    "reply-loop", "hop-limit", "subscriber-is-broker", "channel-loop", "event-loop", "dead-letter-loop",
    "dead-letter-to-itself",
)  # fmt: skip
"""Rules about events that run in circles."""


def lint(paths: list[Path], against: list[Path] | None = None) -> list[Finding]:
    """Find everything that is wrong with the YAML files of these paths.

    Parameters
    ----------
    paths : files and folders.
    against : those of the release before; what cannot be changed from there is found as well.

    Raises
    ------
    NotFound : a path is not there.
    """
    read, faults = reading.read(paths)
    found = [_finding(fault.rule, fault.message, fault.file, fault.line) for fault in faults]
    for each in read:
        if each.has_webhook:
            found += [_finding_at(each, rule, path, words) for rule, path, words in webhook.review(each)]
    found += _run_checks(read, CHECKS)
    if against:
        before, _ = reading.read(against)
        changes = immutable.find_changes(read, before)
        found += [_finding_at(each, immutable.IMMUTABLE_FIELD, path, words) for each, path, words in changes]
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.rule, finding.message))


def find_loops(folder: Path) -> list[Finding]:
    """Where events of these manifests run in circles: worth telling whoever starts them, without a linter's run."""
    read, _ = reading.read([folder])
    return _run_checks(read, LOOPS)


def _run_checks(read: list[Object], rules: Iterable[str]) -> list[Finding]:
    index = ObjectIndex(tuple(read))
    return [_finding_at(each, rule, path, words) for rule in rules for each, path, words in CHECKS[rule](index)]


def _finding_at(each: Object, rule: str, path: str, words: str) -> Finding:
    return _finding(rule, words, each.file, each.line(path), str(each))


def _finding(rule: str, message: str, file: str, line: int, object_: str = "") -> Finding:
    known = RULES[rule]
    return Finding(
        file=file, line=line, object=object_, severity=known.severity, rule=rule, message=message, hint=known.hint
    )
