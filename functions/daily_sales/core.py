"""Decides which days a run builds, in which portions, and on which engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from shared.domain.lake.records import LakeFile
from shared.errors import InvalidInput

PORTION_ROWS = 2_000_000
"""Rows that the engine sorts at once; what bounds its memory, however many days a run builds."""
FIRST_DAY = date(2000, 1, 1)


def portions(days: Sequence[date], files: Sequence[LakeFile]) -> Iterator[tuple[list[date], list[LakeFile]]]:
    """Yield the days of a run in portions of about `PORTION_ROWS` rows; a day is never divided."""
    by_day: dict[date, list[LakeFile]] = {day: [] for day in sorted(days)}
    for file in files:
        by_day[file.day].append(file)
    portion: list[date] = []
    n_rows = 0
    for day, own in by_day.items():
        n_own = sum(file.n_staged for file in own)
        if portion and n_rows + n_own > PORTION_ROWS:
            yield portion, [file for each in portion for file in by_day[each]]
            portion, n_rows = [], 0
        portion.append(day)
        n_rows += n_own
    if portion:
        yield portion, [file for each in portion for file in by_day[each]]


def choose_engine(rule: Sequence[Mapping[str, str | int]], size_bytes: int) -> str:
    """Return the engine for a size, by a rule of ``{"engine": …, "up_to_bytes": …}``; the last has no bound.

    Parameters
    ----------
    size_bytes : size of the purchases' data files, as the table's snapshot has it, and of the staged files of the run.
    """
    for each in rule:
        if size_bytes <= int(each.get("up_to_bytes", size_bytes)):
            return str(each["engine"])
    raise InvalidInput("the rule of engines has a bound in its last entry")


def check_days(days: Sequence[date], *, today: date) -> list[date]:
    """Return the days in order, each once; `InvalidInput` for one that no purchase can have."""
    wrong = [day.isoformat() for day in days if not FIRST_DAY <= day <= today]
    if wrong:
        raise InvalidInput(
            "these days cannot be built", errors={"days": f"from 2000 until today: {', '.join(wrong[:5])}"}
        )
    return sorted(set(days))
