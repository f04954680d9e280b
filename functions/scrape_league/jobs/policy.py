"""Decisions of the collector that need no source and no database: what to read, how much at once, when to ask again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.scrape_league.jobs.model import KnownMatch, Sizes, SliceState
from functions.scrape_league.source.endpoints import Slice
from shared.domain.football.match_status import Phase, phase

if TYPE_CHECKING:
    from shared.domain.football.records import Match, SeasonRecord


KINDS = ("plan", "round", "match", "player", "release")
"""Kinds of units, in the order they are worked on."""

LONGEST_CHUNK_S = 30.0
"""How long one chunk may keep the source busy at the permitted rate; a lost worker loses at most that much."""

MAX_ATTEMPTS = 8
"""Tries of a unit whose own answers fail; with the waits below they span about five minutes."""

_LARGEST_CHUNK = 24
"""Matches: some 120 requests, a third of a second of a local source; larger gains nothing and takes memory."""

_SMALLEST_CHUNK = 4
_CHUNKS_AHEAD = 6

CORRECTIONS = timedelta(hours=72)
"""How long after kick-off results are still corrected (football.md: 6 of 240 lower-level matches within 6 h; 72 h is
the window its sources re-read)."""

RECHECK = timedelta(hours=6)
"""Within that window a match's own page is read again so often, and only what is new of it."""

CONFIRM_AFTER = timedelta(hours=1)
"""Between two sayings of "there is none": the source's own caches repeat the first one for an hour."""

PROFILE_REST = timedelta(days=180)
"""How old a player's profile may grow."""

PLAY = timedelta(hours=2)
"""Kick-off to whistle, generously: before that a match cannot have ended."""

_CLOSED = (Phase.VOID, Phase.FINAL_WITHOUT_PLAY)
"""Nothing more will be played under this id."""

_SUSPENDED = (Phase.POSTPONED, Phase.INTERRUPTED)
"""Something will follow, but no whistle is due."""

_SELECTOR = re.compile(r"current|previous|\d{4}(/\d{2})?", re.ASCII)


def result_of(match: Match) -> str:
    """Status, score and winner in one text, to be compared."""
    return f"{match.status_code} {match.home_goals_display}-{match.away_goals_display} winner {match.winner}"


def is_selector(text: str) -> bool:
    """Whether this names a season: ``current``, ``previous`` or a label such as ``2024/25`` or ``2025``."""
    return bool(_SELECTOR.fullmatch(text))


def choose_seasons(seasons: Iterable[SeasonRecord], selectors: Sequence[str]) -> tuple[list[SeasonRecord], list[str]]:
    """The seasons meant by the selectors, without repetition, and the selectors that mean none.

    Seasons are ordered by the year they start in: ids are opaque and the source's order is its own affair.
    """
    newest_first = sorted(seasons, key=lambda season: (season.starts_in, season.year, season.season_id), reverse=True)
    places = {"current": 0, "previous": 1}
    chosen: dict[int, SeasonRecord] = {}
    unknown = []
    for selector in selectors:
        if selector in places:
            found = newest_first[places[selector] : places[selector] + 1]
        else:
            found = [season for season in newest_first if season.year == selector][:1]
        chosen |= {season.season_id: season for season in found}
        if not found:
            unknown.append(selector)
    return list(chosen.values()), unknown


def is_due(matches: Sequence[KnownMatch], read_at: datetime | None, now: datetime, *, asked: bool) -> bool:
    """Whether a round's list is to be read (again).

    Parameters
    ----------
    matches : what the list told when it was read last.
    read_at : when that was; None if never.
    asked : a person wants it now; otherwise a list read a moment ago may rest a while.

    Notes
    -----
    A round rests for ever once all its matches are final and older than the window of corrections. A fixture counts as
    final through its successor too: a postponed match usually comes back under another id in the same round.
    """
    if read_at is None:
        return True
    played = {(match.home_id, match.away_id) for match in matches if match.finished}
    open_matches = [
        match
        for match in matches
        if (match.home_id, match.away_id) not in played and phase(match.status_code) not in _CLOSED
    ]
    correctable = [match for match in matches if match.finished and now < match.starts_at + CORRECTIONS]
    if not open_matches and not correctable:
        return False
    if asked:
        return True
    overdue = any(
        phase(match.status_code) not in _SUSPENDED and match.starts_at + PLAY <= now for match in open_matches
    )
    rest = timedelta(minutes=1) if overdue else timedelta(hours=6) if correctable else timedelta(hours=24)
    return now >= read_at + rest


def slices_to_fetch(
    match: KnownMatch, known: Mapping[str, SliceState], now: datetime, *, refresh: bool = False
) -> list[Slice]:
    """The slices of a finished match to ask for: missing, failed, unconfirmed, or read for an older version."""
    wanted = [part for part in Slice if refresh or not _rests(match, known.get(part), now)]
    wanted = [part for part in wanted if not (part is Slice.SHOTMAP and not match.has_xg)]
    # Its version labels whatever else is read.
    return [Slice.DETAIL, *(part for part in wanted if part is not Slice.DETAIL)] if wanted else []


def is_correctable(match: KnownMatch, known: Mapping[str, SliceState], now: datetime) -> bool:
    """Whether a match that is settled may have been corrected since its page was read last."""
    detail = known.get(Slice.DETAIL)
    asked_at = detail.asked_at if detail else None
    return now < match.starts_at + CORRECTIONS and (asked_at is None or now >= asked_at + RECHECK)


def confirmations(match: KnownMatch, known: SliceState | None, now: datetime) -> tuple[int, datetime]:
    """How often "there is none" has been said, now included, and when first; said soon again it is the same saying."""
    if not _is_absent(match, known) or known is None or known.read_at is None:
        return 1, now
    return confirm_absence(known.confirmations, known.read_at, now)


def confirm_absence(n_said: int, first_at: datetime, now: datetime) -> tuple[int, datetime]:
    """How often "there is none" has been said after it is said once more, and when first."""
    return (n_said + (now >= first_at + CONFIRM_AFTER), first_at) if n_said else (1, now)


def is_stored(match: KnownMatch, known: SliceState | None) -> bool:
    """Whether a slice was read for the version the lists name now."""
    return known is not None and known.version >= match.version and known.outcome == "present"


def _is_absent(match: KnownMatch, known: SliceState | None) -> bool:
    return known is not None and known.version >= match.version and known.outcome == "absent"


def _rests(match: KnownMatch, known: SliceState | None, now: datetime) -> bool:
    """Whether a slice need not be asked for: it is there, it is not there for good, or it is too soon to ask again."""
    if not _is_absent(match, known):
        return is_stored(match, known)
    return known is None or known.confirmations >= 2 or confirmations(match, known, now)[0] == known.confirmations


def sizes(rate_per_s: float, n_pending: int = 1_000_000) -> Sizes:
    """Chunk sizes for a politeness rate in requests per second (0 = no limit) and what is left of the job.

    Chunks shrink towards the end, so that all workers finish together.
    """
    share = max(_SMALLEST_CHUNK, -(-n_pending // _CHUNKS_AHEAD))
    if not rate_per_s:
        return Sizes(rounds_per_chunk=40, matches_per_chunk=min(_LARGEST_CHUNK, share), burst=240)
    requests = max(1, int(LONGEST_CHUNK_S * rate_per_s * 0.8))
    return Sizes(
        rounds_per_chunk=min(40, requests),
        matches_per_chunk=max(1, min(_LARGEST_CHUNK, share, requests // len(Slice))),
        # Never more than a second's worth at once.
        burst=max(1, min(240, int(rate_per_s))),
    )


def parallelism(n_pending: int, rate_per_s: float, *, at_most: int = 8) -> int:
    """How many chunks to work on at once: by the size of the job, one when politeness is the limit."""
    if n_pending <= 0:
        return 0
    if 0 < rate_per_s <= 5:
        return 1
    chunk = sizes(rate_per_s).matches_per_chunk
    return max(1, min(at_most, -(-n_pending // chunk)))
