"""Reads openfootball's JSON files, such as `2024-25/en.1.json`, in today's flat form and the older one by rounds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from k8s.local.standin.replay.archive import ArchivedResult, InvalidArchive, ParsedFile
from k8s.local.standin.world.leagues import BY_DIVISION, League
from shared.domain.archives import openfootball

_DEFAULT_TIME = "15:00"
_FATES = {"cancelled": "canceled", "canceled": "canceled", "postponed": "postponed", "abandoned": "abandoned"}


@dataclass(frozen=True, slots=True)
class OpenFootballFile:
    """A file of this format; its name holds the league, its folder the season."""

    path: Path
    league: League
    year: int

    def read(self) -> ParsedFile:
        """Read all matches of the file."""
        parsed = ParsedFile(source=f"{self.path.parent.name}/{self.path.name}")
        for line, match in enumerate(openfootball.listed(_document(self.path)), start=1):
            try:
                parsed.results.append(_result(match, line, parsed))
            except (KeyError, TypeError, ValueError) as exc:
                parsed.skipped.append((line, f"match {line} cannot be read: {type(exc).__name__} {exc}"))
        return parsed


def recognise(path: Path) -> OpenFootballFile:
    """Look at the name of a file and its folder.

    Raises
    ------
    InvalidArchive : the name is of no league shown, or the folder of no season.
    """
    league = BY_DIVISION.get(path.name.removesuffix(".json"))
    if league is None:
        raise InvalidArchive(f"{path.name.removesuffix('.json')!r} is not one of the openfootball leagues shown")
    season = re.fullmatch(r"(\d{4})(-\d{2,4})?", path.parent.name)
    if season is None:
        raise InvalidArchive(f"folder {path.parent.name!r} is not named like a season, such as 2024-25")
    return OpenFootballFile(path, league, int(season[1]))


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise InvalidArchive(f"cannot be read: {exc}") from exc
    if not isinstance(document, dict) or not ("matches" in document or "rounds" in document):
        raise InvalidArchive("not an openfootball document: it has neither matches nor rounds")
    return document


def _result(match: dict[str, Any], line: int, parsed: ParsedFile) -> ArchivedResult:
    score, half_time = _scores(match)
    status = str(match.get("status", "")).lower()
    fate = _FATES.get(status, "awarded" if status == "awarded" else "played")
    if fate in _FATES.values():
        score = half_time = None
    elif score is None:
        parsed.notes["match without a result, shown as postponed"] += 1
    number = re.fullmatch(r"\D*(\d+)", str(match.get("round", "")))
    time = match.get("time") or _DEFAULT_TIME
    start = datetime.fromisoformat(f"{match['date']}T{time[:5]}").replace(tzinfo=UTC)
    return ArchivedResult(
        line=line,
        start=int(start.timestamp()),
        home=openfootball.team_name(match["team1"]),
        away=openfootball.team_name(match["team2"]),
        score=score,
        half_time=half_time,
        round=int(number[1]) if number else None,
        fate=fate,
    )


def _scores(match: dict[str, Any]) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    score = match.get("score") or {}
    if "score1" in match:
        score = {"ft": [match["score1"], match["score2"]]}
    full, half = openfootball.pair(score.get("ft")), openfootball.pair(score.get("ht"))
    if full is None or half is None or half[0] > full[0] or half[1] > full[1]:
        half = None
    return full, half
