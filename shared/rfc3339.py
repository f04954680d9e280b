"""RFC 3339: how moments are written wherever they leave a process, always in UTC with a ``Z``."""

from __future__ import annotations

from datetime import UTC, date, datetime


def format_moment(moment: datetime, *, timespec: str = "auto") -> str:
    """A moment such as ``2026-03-01T12:00:00Z``.

    Parameters
    ----------
    moment : aware.
    timespec : how far it is told, as `datetime.isoformat` has it; ``auto`` tells microseconds where there are any.

    Raises
    ------
    ValueError : the moment has no zone, so nobody can tell when it is.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def encode_json_default(value: object) -> str:
    """Dates and moments as the ``default`` of `json.dumps`; `TypeError` for all else that JSON does not have."""
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
