"""The life of an issue: unresolved, resolved, muted; and what an event changes about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_REVISION = re.compile(r"(?P<service>.+)-(?P<number>\d{5,})")


class IssueState(StrEnum):
    """What people decided about an issue."""

    UNRESOLVED = "unresolved"
    RESOLVED = "resolved"
    MUTED = "muted"


class Change(StrEnum):
    """What an event did to its issue; each but NONE is worth an alert."""

    OPENED = "opened"
    REGRESSED = "regressed"
    UNMUTED = "unmuted"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStatus:
    """The state of an issue and the condition of its end."""

    state: IssueState = IssueState.UNRESOLVED
    resolved_in: str = ""
    """The revision that has the mend; empty: every later event is a regression."""
    muted_until: datetime | None = None


def judge_event(status: IssueStatus | None, *, revision: str, now: datetime) -> tuple[IssueStatus, Change]:
    """Return the status after an event, and what changed.

    Parameters
    ----------
    status : before the event; None for the first event of an issue.
    revision : in which the event happened.
    """
    if status is None:
        return IssueStatus(), Change.OPENED
    if status.state is IssueState.RESOLVED and not _is_older(revision, status.resolved_in):
        return IssueStatus(), Change.REGRESSED
    if status.state is IssueState.MUTED and status.muted_until is not None and now >= status.muted_until:
        return IssueStatus(), Change.UNMUTED
    return status, Change.NONE


def _is_older(revision: str, resolved_in: str) -> bool:
    """Whether a revision came before the one with the mend: Knative numbers those of a Service (``merch-00007``)."""
    old, new = _REVISION.fullmatch(revision), _REVISION.fullmatch(resolved_in)
    return bool(old and new and old["service"] == new["service"] and int(old["number"]) < int(new["number"]))
