"""Decisions of the collector as pure functions: what to read, how much at once, when to read it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.scrape_league.jobs.model import KnownMatch, Sizes, SliceState
from functions.scrape_league.source.endpoints import XG_SLICES, Slice
from shared.domain.football.match_status import Phase, phase_of

if TYPE_CHECKING:
    from shared.domain.football.records import Match, SeasonRecord

MAX_CHUNK_S = 30.0
"""Time that one chunk may take at the permitted rate; a dead worker loses at most that much work."""

MAX_ATTEMPTS = 8
"""Attempts of a unit whose own responses fail; with the waits between them they span about five minutes."""

_MAX_MATCHES_PER_CHUNK = 24
"""Some 120 requests, a third of a second of a local source; larger chunks gain nothing and take memory."""

_MIN_MATCHES_PER_CHUNK = 4
_CHUNKS_AHEAD = 6

CORRECTION_WINDOW = timedelta(hours=72)
"""How long after kick-off results are still corrected (football.md: 6 of 240 lower-level matches within 6 h; 72 h is
the window in which its sources read again)."""

RECHECK_EVERY = timedelta(hours=6)
"""Within the correction window, the page of a match is requested again so often, conditionally."""

CONFIRM_AFTER = timedelta(hours=1)
"""Minimum time between two 404s before an absence counts: caches of the source repeat a 404 for an hour."""

PROFILE_MAX_AGE = timedelta(days=180)
"""A player's profile is read again after this time."""

MATCH_DURATION = timedelta(hours=2)
"""Upper estimate of the time from kick-off to the final whistle."""

_CLOSED_PHASES = (Phase.VOID, Phase.FINAL_WITHOUT_PLAY)
"""Nothing more will be played under this id."""

_SUSPENDED_PHASES = (Phase.POSTPONED, Phase.INTERRUPTED)
"""The match will be continued, but it is not known when."""

_SEASON_SELECTOR = re.compile(r"current|previous|\d{4}(/\d{2})?", re.ASCII)


def result_of(match: Match) -> str:
    """Return status, score and winner as one text, for comparison."""
    return f"{match.status_code} {match.home_goals_display}-{match.away_goals_display} winner {match.winner}"


def is_season_selector(text: str) -> bool:
    """Tell whether a text selects a season: ``current``, ``previous`` or a label such as ``2024/25`` or ``2025``."""
    return bool(_SEASON_SELECTOR.fullmatch(text))


def choose_seasons(seasons: Iterable[SeasonRecord], selectors: Sequence[str]) -> tuple[list[SeasonRecord], list[str]]:
    """Return the selected seasons, each once, and the selectors that select none.

    Seasons are ordered by the year in which they start: their ids and the source's order have no meaning.
    """
    newest_first = sorted(seasons, key=lambda season: (season.starts_in, season.year, season.season_id), reverse=True)
    positions = {"current": 0, "previous": 1}
    chosen: dict[int, SeasonRecord] = {}
    unknown = []
    for selector in selectors:
        if selector in positions:
            selected = newest_first[positions[selector] : positions[selector] + 1]
        else:
            selected = [season for season in newest_first if season.year == selector][:1]
        chosen |= {season.season_id: season for season in selected}
        if not selected:
            unknown.append(selector)
    return list(chosen.values()), unknown


def is_round_due(matches: Sequence[KnownMatch], read_at: datetime | None, now: datetime, *, is_manual: bool) -> bool:
    """Tell whether the list of a round is to be read, for the first time or again.

    Parameters
    ----------
    matches : as the list named them when it was read last.
    read_at : time of that read; None if never.
    is_manual : requested by a person; a scheduled job does not read a list again that was read a moment ago.

    Notes
    -----
    A round is never due again once all its matches are final and older than the correction window. A fixture counts as
    final through its successor too: a postponed match usually returns under another id in the same round.
    """
    if read_at is None:
        return True
    played = {(match.home_id, match.away_id) for match in matches if match.finished}
    open_matches = [
        match
        for match in matches
        if (match.home_id, match.away_id) not in played and phase_of(match.status_code) not in _CLOSED_PHASES
    ]
    correctable = [match for match in matches if match.finished and now < match.starts_at + CORRECTION_WINDOW]
    if not open_matches and not correctable:
        return False
    if is_manual:
        return True
    is_overdue = any(
        phase_of(match.status_code) not in _SUSPENDED_PHASES and match.starts_at + MATCH_DURATION <= now
        for match in open_matches
    )
    interval = timedelta(minutes=1) if is_overdue else timedelta(hours=6) if correctable else timedelta(hours=24)
    return now >= read_at + interval


def slices_to_fetch(
    match: KnownMatch, known: Mapping[str, SliceState], now: datetime, *, refresh: bool = False
) -> list[Slice]:
    """Return the slices of a finished match to request: missing, failed, unconfirmed, or of an older version."""
    missing = [part for part in Slice if refresh or not _is_settled(match, known.get(part), now)]
    missing = [part for part in missing if match.has_xg or part not in XG_SLICES]
    # The version of the page labels whatever else is read.
    return [Slice.DETAIL, *(part for part in missing if part is not Slice.DETAIL)] if missing else []


def is_correctable(match: KnownMatch, known: Mapping[str, SliceState], now: datetime) -> bool:
    """Tell whether a complete match may have been corrected since its page was requested last."""
    detail = known.get(Slice.DETAIL)
    asked_at = detail.asked_at if detail else None
    return now < match.starts_at + CORRECTION_WINDOW and (asked_at is None or now >= asked_at + RECHECK_EVERY)


def count_confirmations(match: KnownMatch, known: SliceState | None, now: datetime) -> tuple[int, datetime]:
    """Return the confirmations of a slice's absence after one more 404, and the time of the first 404."""
    if not _is_absent(match, known) or known is None or known.read_at is None:
        return 1, now
    return confirm_absence(known.confirmations, known.read_at, now)


def confirm_absence(n_confirmations: int, first_at: datetime, now: datetime) -> tuple[int, datetime]:
    """Return the confirmations of an absence after one more 404, and the time of the first 404.

    A 404 that comes within `CONFIRM_AFTER` confirms nothing.
    """
    return (n_confirmations + (now >= first_at + CONFIRM_AFTER), first_at) if n_confirmations else (1, now)


def is_stored(match: KnownMatch, known: SliceState | None) -> bool:
    """Tell whether a slice is stored for the version that the lists name now."""
    return known is not None and known.version >= match.version and known.outcome == "present"


def _is_absent(match: KnownMatch, known: SliceState | None) -> bool:
    return known is not None and known.version >= match.version and known.outcome == "absent"


def _is_settled(match: KnownMatch, known: SliceState | None, now: datetime) -> bool:
    """Tell whether a slice need not be requested: present, definitively absent, or too early for a second 404."""
    if not _is_absent(match, known):
        return is_stored(match, known)
    return known is None or known.confirmations >= 2 or count_confirmations(match, known, now)[0] == known.confirmations


def sizes(rate_per_s: float, n_pending: int = 1_000_000) -> Sizes:
    """Return sizes for a rate limit in requests per second (0: no limit) and the pending units of the job.

    Chunks shrink towards the end, so that all workers finish together.
    """
    share = max(_MIN_MATCHES_PER_CHUNK, -(-n_pending // _CHUNKS_AHEAD))
    if not rate_per_s:
        return Sizes(rounds_per_chunk=40, matches_per_chunk=min(_MAX_MATCHES_PER_CHUNK, share), burst=240)
    requests = max(1, int(MAX_CHUNK_S * rate_per_s * 0.8))
    return Sizes(
        rounds_per_chunk=min(40, requests),
        matches_per_chunk=max(1, min(_MAX_MATCHES_PER_CHUNK, share, requests // len(Slice))),
        # Never more than the requests of one second at once.
        burst=max(1, min(240, int(rate_per_s))),
    )


def parallelism(n_pending: int, rate_per_s: float, *, at_most: int = 8) -> int:
    """Return how many chunks to work on at once: by the size of the job, one if the rate limit is low."""
    if n_pending <= 0:
        return 0
    if 0 < rate_per_s <= 5:
        return 1
    chunk = sizes(rate_per_s).matches_per_chunk
    return max(1, min(at_most, -(-n_pending // chunk)))
