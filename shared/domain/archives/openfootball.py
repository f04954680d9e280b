"""openfootball's JSON files, such as ``2024-25/en.1.json``: today's flat form, and the older one by rounds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.domain.archives import seasons, sheet, wall_time
from shared.domain.archives.competition_lookup import find_competition
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import ArchivedMatch, Goals, Season, SeasonKey
from shared.domain.catalogue.competitions import Competition
from shared.errors import InvalidInput

NAME = "openfootball"

_PLACE = re.compile(r"(\d{4})(?:-\d{2,4})?/([a-z0-9.]+?)\.json(?:\.gz)?")
_FATES = {
    "awarded": "awarded",
    "cancelled": "canceled",
    "canceled": "canceled",
    "postponed": "postponed",
    "abandoned": "abandoned",
}
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
        told = json.loads(sheet.unpacked(content))
        matches = list(listed(told))
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
    found: list[ArchivedMatch] = []
    for row, told in enumerate(matches, start=1):
        try:
            found.append(_match(told, row, competition, read_at, document, report))
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            report.note(document, Reason.UNREADABLE, f"the match ({type(exc).__name__} {exc})", row=row)
    if found:
        key = SeasonKey(
            source=NAME,
            competition=competition,
            starts_in=starts_in,
            label=seasons.label(starts_in, calendar_year=calendar_year),
            version=version,
        )
        yield seasons.season(key, found, document=document, report=report)


def listed(told: Any) -> Iterator[dict[str, Any]]:
    """The matches of a document in the flat form; `ValueError` when it is none."""
    if not isinstance(told, dict) or not ("matches" in told or "rounds" in told):
        raise ValueError("neither matches nor rounds in it")
    yield from told.get("matches", ())
    for part in told.get("rounds", ()):
        for match in part.get("matches", ()):
            yield {**match, "round": part.get("name", "")}


def _match(
    told: Mapping[str, Any], row: int, competition: Competition, read_at: datetime, document: str, report: Report
) -> ArchivedMatch:
    starts_at = wall_time.kick_off(date.fromisoformat(told["date"]), told.get("time") or "", competition.zone)
    score, half_time, extra, shoot_out = _scores(told, row, document, report)
    fate = _FATES.get(str(told.get("status") or "").lower(), "played")
    if fate == "played" and score is None:
        fate = "coming" if starts_at > read_at - timedelta(hours=3) else "postponed"
        report.note(document, Reason.NO_RESULT, "the match", row=row)
    if fate not in ("played", "awarded"):
        score = half_time = extra = shoot_out = None
    number, phase, name = _round(str(told.get("round") or ""))
    return ArchivedMatch(
        row=row,
        starts_at=starts_at,
        home=team_name(told["team1"]),
        away=team_name(told["team2"]),
        fate=fate,
        score=score,
        half_time=half_time,
        after_extra_time=extra,
        shoot_out=shoot_out,
        round=number,
        round_name=name,
        phase=phase,
    )


def team_name(team: str | Mapping[str, str]) -> str:
    """What a team is called, which older files wrap."""
    name = team if isinstance(team, str) else team["name"]
    if not name.strip():
        raise ValueError("a team without a name")
    return name.strip()


def _round(told: str) -> tuple[int | None, str, str]:
    """Number, phase, and the name if it is a knock-out round."""
    found = _ROUND.fullmatch(told)
    if found is None:
        return None, "", told
    if found[3]:
        return None, found[3], ""
    phase, number = (found[1], found[2]) if found[2] else (found[4], found[5])
    return int(number), "" if (phase or "") in _REGULAR else phase, ""


def _scores(
    told: Mapping[str, Any], row: int, document: str, report: Report
) -> tuple[Goals | None, Goals | None, Goals | None, Goals | None]:
    """After 90 minutes, at half-time, after extra time, and of the shoot-out."""
    score = told.get("score") or {}
    if "score1" in told:
        score = {"ft": [told["score1"], told["score2"]]}
    elif isinstance(score, list):
        score = {"ft": score}
    full, half, extra, shoot_out = (pair(score.get(name)) for name in ("ft", "ht", "et", "p"))
    if half and full and (half[0] > full[0] or half[1] > full[1]):
        report.note(document, Reason.CONTRADICTION, f"half-time {half[0]}:{half[1]} above the final score", row=row)
        half = None
    return full, half if full else None, extra, shoot_out


def pair(goals: Any) -> Goals | None:
    """Goals of home and away; None where they are not told, `ValueError` where they are no goals."""
    if not goals or None in goals:
        return None
    home, away = goals
    if not (isinstance(home, int) and isinstance(away, int) and home >= 0 and away >= 0):
        raise ValueError(f"goals {goals!r}")
    return home, away
