"""Reads files, runs webhooks and rules, and sorts the findings in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from knative.lint import delivery, immutable, loops, objects, serving, sources, triggers, webhook, yaml_objects
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
    against : those of the release before; what cannot be changed from there is findings as well.

    Raises
    ------
    NotFound : a path is not there.
    """
    objects, faults = yaml_objects.read(paths)
    findings = [_finding(fault.rule, fault.message, fault.file, fault.line) for fault in faults]
    for each in objects:
        if each.has_webhook:
            findings += [_finding_at(each, rule, path, words) for rule, path, words in webhook.review(each)]
    findings += _run_checks(objects, CHECKS)
    if against:
        before, _ = yaml_objects.read(against)
        changes = immutable.find_changes(objects, before)
        findings += [_finding_at(each, immutable.IMMUTABLE_FIELD, path, words) for each, path, words in changes]
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.rule, finding.message))


def find_loops(folder: Path) -> list[Finding]:
    """Find loops of events only: what the platform logs when it starts."""
    objects, _ = yaml_objects.read([folder])
    return _run_checks(objects, LOOPS)


def _run_checks(objects: list[Object], rules: Iterable[str]) -> list[Finding]:
    index = ObjectIndex(tuple(objects))
    return [_finding_at(each, rule, path, words) for rule in rules for each, path, words in CHECKS[rule](index)]


def _finding_at(each: Object, rule: str, path: str, words: str) -> Finding:
    return _finding(rule, words, each.file, each.line(path), str(each))


def _finding(rule: str, message: str, file: str, line: int, object_: str = "") -> Finding:
    known = RULES[rule]
    return Finding(
        file=file, line=line, object=object_, severity=known.severity, rule=rule, message=message, hint=known.hint
    )
