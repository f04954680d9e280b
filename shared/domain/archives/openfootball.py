"""openfootball's JSON files, such as ``2024-25/en.1.json``: today's flat form, and the older one by rounds."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.domain.archives import checks, seasons, sheet, wall_time
from shared.domain.archives.competition_lookup import find_competition
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import ArchivedMatch, Goals, Season, SeasonKey
from shared.domain.catalogue.competitions import Competition
from shared.errors import InvalidInput

NAME = "openfootball"

_PLACE = re.compile(r"(\d{4})(?:-\d{2,4})?/([a-z0-9.]+?)\.json(?:\.gz)?")
_FATES = {
    "": "played",
    "played": "played",
    "finished": "played",
    "ft": "played",
    "aet": "played",
    "awarded": "awarded",
    "walkover": "awarded",
    "cancelled": "canceled",
    "canceled": "canceled",
    "annulled": "canceled",
    "void": "canceled",
    "voided": "canceled",
    "postponed": "postponed",
    "suspended": "abandoned",
    "interrupted": "abandoned",
    "abandoned": "abandoned",
    "scheduled": "coming",
}
"""By status. One that is none of these counts as abandoned: nobody knows whether its score stands."""
_UNEXPLAINED = frozenset({"annulled", "void", "voided", "suspended", "interrupted"})
"""Statuses that take a score away, so they are reported."""
_KNOCK_OUT = re.compile(r"play-?\s?offs?|finals?|knock|semi|quarter|barrage|relegation match", re.IGNORECASE)
_LEGS_AT_MOST = 2
"""A phase called play-offs with more rounds than this is played as a league."""
_PLACEHOLDER = re.compile(r"[WL]\d{1,3}|[123][A-L](?:/[A-L])*|(?:Winner|Loser|Runner-up) .+|TBD|\?+")
"""Of a bracket: ``W74`` is who wins match 74, ``1A`` who wins group A."""
_ROUND = re.compile(r"(?:(.+), )?Matchday (\d+)|(Group .+)|(?:(.+), )?(\d+)\. Round")
_REGULAR = ("", "Regular", "League", "Regular Season")


def read(content: bytes, *, document: str, version: int, report: Report) -> Iterator[Season]:
    """The season of a file; league and year stand in the end of its name.

    Raises
    ------
    InvalidInput : the name says no league and season, or the content is no such document.
    """
    place = _PLACE.search(document)
    if place is None:
        raise InvalidInput(f"{document}: the name does not end like 2024-25/en.1.json")
    try:
        document_json = json.loads(sheet.unpacked(content))
        matches = list(listed(document_json))
    except (ValueError, TypeError, AttributeError, RecursionError) as exc:
        raise InvalidInput(f"{document}: no openfootball document: {exc}") from exc
    calendar_year = "-" not in place[0].partition("/")[0]
    yield from season(
        matches,
        code=place[2],
        starts_in=int(place[1]),
        calendar_year=calendar_year,
        document=document,
        version=version,
        report=report,
    )


def season(
    matches: Iterable[Mapping[str, Any]],
    *,
    code: str,
    starts_in: int,
    calendar_year: bool,
    document: str,
    version: int,
    report: Report,
) -> Iterator[Season]:
    """The season of matches in the form of the JSON files; none when not one can be read."""
    competition = find_competition(NAME, code, document=document, report=report)
    read_at = datetime.fromtimestamp(version / 1000, UTC)
    listed_matches = list(matches)
    knock_out = _knock_out_phases(listed_matches)
    archived: list[ArchivedMatch] = []
    seen: set[tuple[object, ...]] = set()
    for row, entry in enumerate(listed_matches, start=1):
        try:
            match = _match(entry, row, competition, read_at, knock_out, document, report)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            report.note(document, Reason.UNREADABLE, f"the match ({type(exc).__name__} {exc})", row=row)
            continue
        if why := _fault(match, starts_in, calendar_year, seen):
            report.note(document, *why, row=row)
        else:
            archived.append(match)
    if archived:
        key = SeasonKey(
            source=NAME,
            competition=competition,
            starts_in=starts_in,
            label=seasons.label(starts_in, calendar_year=calendar_year),
            version=version,
        )
        yield seasons.season(key, archived, document=document, report=report)


def _fault(
    match: ArchivedMatch, starts_in: int, calendar_year: bool, seen: set[tuple[object, ...]]
) -> tuple[Reason, str] | None:
    """Why a match cannot be used."""
    day = match.starts_at.date()
    meeting = (day, match.home, match.away)
    what = f"{match.home} - {match.away} of {day}"
    if not checks.is_within(day, starts_in):
        return Reason.OTHER_SEASON, what
    if match.home == match.away:
        return Reason.UNREADABLE, f"{match.home} against itself"
    if meeting in seen:
        return Reason.REPEATED, what
    seen.add(meeting)
    return None


def _knock_out_phases(matches: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Names of phases that are no league, whatever their rounds are called: play-offs of one leg or two.

    Such a phase is called one, or has a named round besides (``Europa League, Final``).
    """
    rounds: dict[str, set[int | None]] = defaultdict(set)
    with_final: set[str] = set()
    for entry in matches:
        if isinstance(entry, Mapping):
            number, phase, name = _round(str(entry.get("round") or ""), str(entry.get("stage") or ""))
            rounds[phase].add(None if name else number)
            if name and ", " in name:
                with_final.add(name.partition(", ")[0])
    return frozenset(
        phase
        for phase, numbers in rounds.items()
        if (_KNOCK_OUT.search(phase) or phase in with_final) and len(numbers) <= _LEGS_AT_MOST
    )


def listed(document_json: Any) -> Iterator[dict[str, Any]]:
    """The matches of a document in the flat form; `ValueError` when it is none."""
    if not isinstance(document_json, dict) or not ("matches" in document_json or "rounds" in document_json):
        raise ValueError("neither matches nor rounds in it")
    yield from document_json.get("matches", ())
    for part in document_json.get("rounds", ()):
        for match in part.get("matches", ()):
            yield {**match, "round": part.get("name", "")}


def _match(
    entry: Mapping[str, Any],
    row: int,
    competition: Competition,
    read_at: datetime,
    knock_out: frozenset[str],
    document: str,
    report: Report,
) -> ArchivedMatch:
    starts_at, day_only = _kick_off(entry, competition, row, document, report)
    score, half_time, extra, shoot_out = _scores(entry, row, document, report)
    fate = _fate(entry, row, document, report)
    if fate == "played" and score is None:
        fate = "coming" if starts_at > read_at - timedelta(hours=3) else "postponed"
        report.note(document, Reason.NO_RESULT, "the match", row=row)
    if fate not in ("played", "awarded"):
        score = half_time = extra = shoot_out = None
    number, phase, name = _round(str(entry.get("round") or ""), str(entry.get("stage") or ""))
    if phase in knock_out:
        number, name = None, name or (f"{phase}, Matchday {number}" if number else phase)
    return ArchivedMatch(
        row=row,
        starts_at=starts_at,
        day_only=day_only,
        home=team_name(entry["team1"]),
        away=team_name(entry["team2"]),
        fate=fate,
        score=score,
        half_time=half_time,
        after_extra_time=extra,
        shoot_out=shoot_out,
        round=number,
        round_name=name,
        phase=phase,
    )


def _fate(entry: Mapping[str, Any], row: int, document: str, report: Report) -> str:
    status = str(entry.get("status") or "").strip().lower()
    if status not in _FATES or status in _UNEXPLAINED:
        report.note(document, Reason.UNKNOWN_STATUS, f"status {entry['status']!r}", row=row)
    return _FATES.get(status, "abandoned")


def _kick_off(
    entry: Mapping[str, Any], competition: Competition, row: int, document: str, report: Report
) -> tuple[datetime, bool]:
    """By the offset that stands with the time, or in a field of its own, or else by the competition's zone.

    Also whether only the day is known.
    """
    day, clock = date.fromisoformat(entry["date"]), str(entry.get("time") or "").strip()
    offset = str(entry.get("timezone") or "").strip()
    if clock and offset and "UTC" not in clock.upper():
        clock = f"{clock} {offset}" if offset[3:] else clock
    day_only = wall_time.parse_clock(clock) is None
    if clock and day_only:
        report.note(document, Reason.STRAY_CLOCK, f"time {clock!r}", row=row)
    return wall_time.kick_off(day, clock, competition.zone), day_only


def team_name(team: str | Mapping[str, str]) -> str:
    """What a team is called, which older files wrap."""
    name = " ".join(unicodedata.normalize("NFC", team if isinstance(team, str) else team["name"]).split())
    if not name:
        raise ValueError("a team without a name")
    if _PLACEHOLDER.fullmatch(name):
        raise ValueError(f"{name!r} stands for a team that is not known yet")
    return name


def _round(text: str, stage: str = "") -> tuple[int | None, str, str]:
    """Number, phase, and the name if it is a knock-out round. A stage names the phase where the round does not."""
    match = _ROUND.fullmatch(text)
    own_stage = "" if stage in _REGULAR else stage
    if match is None:
        return None, own_stage, text or own_stage
    if match[3]:
        return None, match[3], ""
    phase, number = (match[1], match[2]) if match[2] else (match[4], match[5])
    return int(number), own_stage if (phase or "") in _REGULAR else phase, ""


def _scores(
    entry: Mapping[str, Any], row: int, document: str, report: Report
) -> tuple[Goals | None, Goals | None, Goals | None, Goals | None]:
    """After 90 minutes, at half-time, after extra time, and of the shoot-out."""
    score = entry.get("score") or {}
    if "score1" in entry:
        score = {name: [entry.get(f"score1{suffix}"), entry.get(f"score2{suffix}")] for name, suffix in _OLD_KEYS}
    elif isinstance(score, list):
        score = {"ft": score}
    full, half, extra, shoot_out = (pair(score.get(name)) for name in ("ft", "ht", "et", "p"))
    full = checks.possible(full, row, document, report)
    if half and full and (half[0] > full[0] or half[1] > full[1]):
        report.note(document, Reason.CONTRADICTION, f"half-time {half[0]}:{half[1]} above the final score", row=row)
        half = None
    return full, half if full else None, extra, shoot_out


_OLD_KEYS = (("ft", ""), ("ht", "i"), ("et", "et"), ("p", "p"))
"""Of the older files: ``score1i`` is the home side's half-time goals."""


def pair(goals: Any) -> Goals | None:
    """Goals of home and away; None where they are not told, `ValueError` where they are no goals."""
    if not goals or None in goals:
        return None
    home, away = goals
    if not (isinstance(home, int) and isinstance(away, int) and home >= 0 and away >= 0):
        raise ValueError(f"goals {goals!r}")
    return home, away
