"""What a later edition of an archive's season changes: matches that are new, other, the same, and gone.

An edition speaks for its season from its first day on: a match of these days that it does not have is withdrawn. What
was stored of earlier days stays, as some files hold one part of a season. So does what was stored of later days where
that is more than half as much as the edition holds: then the edition is the earlier part. And so do matches to come,
where the edition holds none at all: a file of results says nothing about fixtures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import Season
from shared.domain.catalogue import ids
from shared.domain.football.match_status import WITHDRAWN
from shared.domain.football.records import Match, Record

_PART_OF_A_SEASON = 0.5
_COMING = "notstarted"
_Kind = TypeVar("_Kind", bound=Record)


@dataclass(frozen=True, slots=True)
class Changes:
    """How many matches of a season are ``new``, ``changed``, ``same`` and ``gone``."""

    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return ", ".join(f"{self.counts[name]} {name}" for name in ("new", "changed", "same", "gone"))


def reconcile(season: Season, stored: Sequence[Match], *, document: str, report: Report) -> Changes | None:
    """Make a season say what becomes of the matches that are stored of it; None when what is stored is newer.

    Parameters
    ----------
    season : changed in place: ids that stored matches have already are replaced, withdrawn matches are added.
    stored : the current matches of the same source and season, withdrawn ones included.
    """
    newest = max((match.version for match in stored), default=0)
    if newest > season.key.version:
        report.note(document, Reason.OLDER_EDITION, season.seasons[0].name)
        return None
    listed = [match for match in stored if match.status_code != WITHDRAWN]
    unaffected, superseded = _divide(season.matches, listed)
    _renumber(season, {match.match_id for match in unaffected})
    changes = _compare(season.matches, superseded)
    new_ids = {match.match_id for match in season.matches}
    gone = [match for match in superseded if match.match_id not in new_ids]
    for match in gone:
        what = f"{match.home_name} - {match.away_name} of {match.starts_at:%Y-%m-%d}"
        report.note(document, Reason.GONE, what)
    changes.counts["gone"] += len(gone)
    season.matches += [withdrawn(match, season.key.version) for match in gone]
    return changes


def withdrawn(match: Match, version: int) -> Match:
    """A stored match as one that its source does not have any more."""
    return replace(match, version=version, status_code=WITHDRAWN, status_type="canceled", winner=None)


def _divide(matches: Sequence[Match], stored: Sequence[Match]) -> tuple[list[Match], list[Match]]:
    """What is stored and stays, whatever the edition says, and what the edition speaks for."""
    first = min(match.starts_at for match in matches).date()
    last = max(match.starts_at for match in matches).date()
    ids_of_edition = {match.match_id for match in matches}
    later = [match for match in stored if match.starts_at.date() > last and match.match_id not in ids_of_edition]
    is_earlier_part = len(later) > _PART_OF_A_SEASON * len(matches)
    has_fixtures = any(match.status_type == _COMING for match in matches)
    later_ids = {
        match.match_id for match in later if is_earlier_part or (match.status_type == _COMING and not has_fixtures)
    }
    unaffected = [match for match in stored if match.starts_at.date() < first or match.match_id in later_ids]
    unaffected_ids = {match.match_id for match in unaffected}
    return unaffected, [match for match in stored if match.match_id not in unaffected_ids]


def _renumber(season: Season, taken_ids: set[int]) -> None:
    """Give matches whose id belongs to a stored one that stays an id of their own, in all records of the season."""
    used = taken_ids | {match.match_id for match in season.matches}
    others: dict[int, int] = {}
    for match in season.matches:
        if match.match_id in taken_ids:
            n = 2
            while (new_id := ids.later_meeting_id(match.match_id, n)) in used:
                n += 1
            others[match.match_id] = new_id
            used.add(new_id)
    if not others:
        return
    season.matches = _with_ids(season.matches, others)
    season.more = {kind: _with_ids(records, others) for kind, records in season.more.items()}
    season.match_ids = {row: others.get(match_id, match_id) for row, match_id in season.match_ids.items()}
    season.price_matches = [others.get(match_id, match_id) for match_id in season.price_matches]


def _with_ids(records: Iterable[_Kind], others: Mapping[int, int]) -> list[_Kind]:
    return [_with_id(record, others) for record in records]


def _with_id(record: _Kind, others: Mapping[int, int]) -> _Kind:
    match_id: int = getattr(record, "match_id", 0)
    # Not every kind of record is of a match.
    return replace(record, match_id=others[match_id]) if match_id in others else record  # type: ignore[call-arg]


def _compare(matches: Iterable[Match], stored: Iterable[Match]) -> Changes:
    before = {match.match_id: match for match in stored}
    counts: Counter[str] = Counter()
    for match in matches:
        known = before.get(match.match_id)
        counts["new" if known is None else "same" if replace(known, version=match.version) == match else "changed"] += 1
    return Changes(counts)
