"""When a file of an archive is read again."""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.collect_archives.ports import ClaimedFile
from shared.domain.archives.open_data import COUNTRY, FIXTURES, newest_season

_OFTEN, _SELDOM, _MISSING = timedelta(hours=6), timedelta(days=30), timedelta(days=1)
_FIRST_RETRY, _LAST_RETRY = timedelta(minutes=15), timedelta(days=1)


def next_reading(file: ClaimedFile, now: datetime) -> datetime:
    """Return when a file is due again: several times a day while its season is played, else once a month."""
    is_played = file.kind in (FIXTURES, COUNTRY) or file.starts_in >= newest_season(now)
    return now + (_OFTEN if is_played else _SELDOM)


def next_try(n_failures: int, now: datetime) -> datetime:
    """Return when a file is tried again after the n-th failure in a row: in 15, 30, 60 … minutes, a day at most."""
    return now + min(_FIRST_RETRY * (1 << min(n_failures - 1, 10)), _LAST_RETRY)


def next_look(now: datetime) -> datetime:
    """Return when a file that is not there is looked for again."""
    return now + _MISSING
