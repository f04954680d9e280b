"""Which issue an error belongs to.

In the order of Sentry's documentation ("Event Grouping"): the client's fingerprint, the stack traces of the exception
chain, the exception's type and value, the message. Two events with one key are one issue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.error_reports.parameterization import parameterize
from shared.domain.error_reports.report import ErrorReport, ReportedException

GROUPING_VERSION = 1
"""Raised with every change of these rules: issues that exist keep their events, and are never grouped anew."""
_DEFAULT = ("{{ default }}", "{{default}}")


@dataclass(frozen=True, slots=True)
class Grouping:
    """What an event was grouped by."""

    key: str
    """SHA-256 in hex."""
    by: str
    """``fingerprint``, ``stack``, ``exception`` or ``message``."""


def group(report: ErrorReport) -> Grouping:
    """Return the group of an event."""
    by, parts = _default_parts(report)
    if report.fingerprint and report.fingerprint != ("{{ default }}",):
        by = "fingerprint"
        parts = [part for each in report.fingerprint for part in (parts if each in _DEFAULT else [each])]
    digest = hashlib.sha256(f"{GROUPING_VERSION}\x00{by}".encode())
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return Grouping(digest.hexdigest(), by)


def title_of(report: ErrorReport) -> str:
    """Return the line that names an issue."""
    if report.exceptions:
        last = report.exceptions[-1]
        return f"{last.type}: {last.value}" if last.value else last.type
    return report.message or "an event without a message"


def culprit_of(report: ErrorReport) -> str:
    """Return the innermost call of ours, as ``module in function``; else the transaction."""
    frames = [frame for each in report.exceptions for frame in each.frames if frame.in_app]
    return f"{frames[-1].module or frames[-1].file} in {frames[-1].function}" if frames else report.transaction


def _default_parts(report: ErrorReport) -> tuple[str, list[str]]:
    if any(frame.in_app for each in report.exceptions for frame in each.frames):
        return "stack", [part for each in report.exceptions for part in _stack_parts(each)]
    if report.exceptions:
        return "exception", [part for each in report.exceptions for part in (each.type, parameterize(each.value))]
    return "message", [parameterize(report.message), "" if report.message else report.transaction]


def _stack_parts(exception: ReportedException) -> Iterator[str]:
    """Type, and the calls of ours without line numbers, which move with every release.

    An exception of the chain without a call of ours counts by its type; repeated calls (a recursion) count once.
    """
    yield exception.type
    before = ""
    for frame in exception.frames:
        call = f"{frame.module or frame.file}:{frame.function}"
        if frame.in_app and call != before:
            yield call
        before = call
