"""Match statistics and referees of football-data.co.uk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.domain.archives import sheet
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import Season, SeasonKey
from shared.domain.archives.sheet import Sheet
from shared.domain.football.records import MatchDetail, Record, TeamStatistic

STATISTICS = {
    "S": ("totalShotsOnGoal", "Total shots"),
    "ST": ("shotsOnGoal", "Shots on target"),
    "HW": ("hitWoodwork", "Hit woodwork"),
    "C": ("cornerKicks", "Corner kicks"),
    "F": ("fouls", "Fouls"),
    "FKC": ("freeKicksConceded", "Free kicks conceded"),
    "O": ("offsides", "Offsides"),
    "Y": ("yellowCards", "Yellow cards"),
    "R": ("redCards", "Red cards"),
    "BP": ("bookingPoints", "Booking points"),
}
"""The site's key and name by the columns' letters after H for home and A for away."""


def read(season: Season, match_rows: Sheet, report: Report) -> dict[str, Sequence[Record]]:
    """Statistics and details of a season's matches, by table; `match_rows` are the rows that became matches."""
    letters = [
        letters for letters in STATISTICS if "H" + letters in match_rows.heading and "A" + letters in match_rows.heading
    ]
    statistics: list[Record] = []
    details: list[Record] = []
    for index, line in enumerate(match_rows.lines):
        cells, match_id = match_rows.cells(index), season.match_ids[line]
        statistics += _statistics(season.key, match_id, cells, letters, line, match_rows.document, report)
        if detail := _detail(season.key, match_id, cells, line, match_rows.document, report):
            details.append(detail)
    return {TeamStatistic.TABLE: statistics, MatchDetail.TABLE: details}


def _statistics(
    key: SeasonKey,
    match_id: int,
    cells: Mapping[str, object],
    letters: list[str],
    line: int,
    document: str,
    report: Report,
) -> Iterator[TeamStatistic]:
    league_id, season_id = key.league_id, key.season_id
    counts = {
        each: [sheet.whole(cells, side + each, line, document, report) for side in "HA"]
        for each in letters
    }  # fmt: skip
    for each in _overshot(counts):
        report.note(document, Reason.CONTRADICTION, "shots on target above all shots", row=line)
        counts.pop(each)
    for each, (home, away) in counts.items():
        if home is None and away is None:
            continue
        name, title = STATISTICS[each]
        yield TeamStatistic(
            source=key.source,
            version=key.version,
            league_id=league_id,
            season_id=season_id,
            match_id=match_id,
            period="ALL",
            key=name,
            name=title,
            groups=(),
            home_value=home,
            away_value=away,
            home_total=None,
            away_total=None,
            home_text="" if home is None else str(home),
            away_text="" if away is None else str(away),
        )


def _overshot(counts: Mapping[str, list[int | None]]) -> list[str]:
    """Shots on target, where a side has more of them than shots."""
    pairs = zip(counts.get("ST", ()), counts.get("S", ()), strict=False)
    wrong = any(target is not None and shots is not None and target > shots for target, shots in pairs)
    return ["ST"] if wrong else []


def _detail(
    key: SeasonKey, match_id: int, cells: Mapping[str, object], line: int, document: str, report: Report
) -> MatchDetail | None:
    referee, attendance = sheet.word(cells, "Referee"), sheet.whole(cells, "Attendance", line, document, report)
    if not referee and attendance is None:
        return None
    return MatchDetail(
        source=key.source,
        version=key.version,
        league_id=key.league_id,
        season_id=key.season_id,
        match_id=match_id,
        venue="",
        city="",
        attendance=attendance,
        referee_id=None,
        referee=referee,
        home_manager_id=None,
        home_manager="",
        away_manager_id=None,
        away_manager="",
        home_formation="",
        away_formation="",
    )
