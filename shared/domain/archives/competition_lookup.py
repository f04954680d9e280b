"""Finds the competition that an archive means by its code, and reports a code that is not on the list."""

from __future__ import annotations

from shared.domain.archives.report import Reason, Report
from shared.domain.catalogue import competitions
from shared.domain.catalogue.competitions import Competition


def find_competition(source: str, code: str, *, document: str, report: Report) -> Competition:
    """Return the competition of a source's code; one that is not on the list is reported and stands by itself."""
    known = competitions.by_code(source, code)
    if known is None:
        report.note(document, Reason.UNKNOWN_COMPETITION, code or "no code")
    return known or competitions.by_key(f"{source}/{code}", name=code)
