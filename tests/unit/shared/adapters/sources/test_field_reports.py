"""Inputs that people reported, each with what is right (`field/football` of the reference material)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters import sources
from shared.adapters.sources import documents
from shared.domain.archives import editions
from shared.domain.archives.report import Finding, Reason, Report
from shared.domain.archives.seasons import Season
from shared.domain.catalogue import clubs, competition_rules, leagues
from shared.domain.football.match_status import WITHDRAWN
from shared.domain.football.records import Match, SeasonRecord, Shot
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.season_tables import group_matches
from shared.domain.football.table import TableRow, league_table
from shared.testing.memory_matches import MemoryMatches
from tests.support.reference import reference

FIELD = "field/football"
EDITION_S = 1_796_000_000
"""When the first file was made: the end of November 2026."""
EVER = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Archive:
    """Files of a source, loaded one after the other."""

    source: str
    stored: MemoryMatches = field(default_factory=MemoryMatches)
    report: Report = field(default_factory=Report)
    seasons: dict[int, Season] = field(default_factory=dict)
    _loads: int = 0

    def load(self, place: Path, folder: Path) -> Archive:
        """Load a copy of a file or folder as an edition that is a day newer than the one before."""
        copy = folder / str(self._loads) / place.name if place.is_file() else folder / str(self._loads)
        for path in [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]:
            target = copy if place.is_file() else copy / path.relative_to(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            made_s = EDITION_S + self._loads * 86_400
            os.utime(target, (made_s, made_s))
        self._loads += 1
        for document in documents.local(copy):
            for season in sources.source(self.source).read(document, self.report):
                known = self.stored.matches(season.key.source, season.key.season_id)
                if editions.reconcile(season, known, document=document.name, report=self.report):
                    records = [record for record in season.seasons if isinstance(record, SeasonRecord)]
                    self.stored.store(records, season.matches)
                    self.seasons[season.key.season_id] = season
        return self

    def matches(self, year: str = "") -> list[Match]:
        """Of the only season, or that of a label; withdrawn ones are listed nowhere."""
        result = [
            match
            for (_, season_id), matches in self.stored.by_season.items()
            if not year or self.stored.labels[season_id] == year
            for match in matches.values()
            if match.status_code != WITHDRAWN
        ]
        return sorted(result, key=lambda match: (match.starts_at, match.home_name))

    def table(self, year: str = "") -> dict[str, TableRow]:
        """By team."""
        return {row.team_name: row for row in league_table(self.matches(year), as_of=EVER, tie_break=("gd", "gf"))}

    def years(self) -> list[str]:
        """Of the seasons that have matches."""
        return sorted(self.stored.labels[season_id] for (_, season_id), each in self.stored.by_season.items() if each)

    def reasons(self) -> set[Reason]:
        """What was told."""
        return {finding.reason for finding in self.report.findings()}

    def findings(self, reason: Reason) -> list[Finding]:
        """Of one reason."""
        return [finding for finding in self.report.findings() if finding.reason is reason]


@pytest.fixture
def load(tmp_path: Path) -> object:
    def load(source: str, *names: str) -> Archive:
        archive = Archive(source)
        for name in names:
            archive.load(reference(f"{FIELD}/{name}"), tmp_path)
        return archive

    return load


def of(rows: dict[str, TableRow], club: str) -> tuple[int, int]:
    """Matches and points of a club by a part of its name."""
    (row,) = [row for name, row in rows.items() if club in name]
    return row.matches, row.points


def points(rows: dict[str, TableRow]) -> dict[str, tuple[int, int]]:
    """Matches and points by team."""
    return {name: (row.matches, row.points) for name, row in rows.items()}


def codes(matches: Iterable[Match]) -> dict[str, int]:
    return {match.home_name: match.status_code for match in matches}


def test_one_date_typed_too_early_decides_no_season(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-year-typo-early")
    assert archive.years() == ["2002/03"]
    assert len(archive.matches()) == 4
    (finding,) = archive.findings(Reason.OTHER_SEASON)
    assert finding.rows == (3,)


def test_a_date_typed_too_early_overwrites_no_other_season(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "ed-typo-overwrites/1", "ed-typo-overwrites/2")
    (lens, lyon) = archive.matches("2001/02")
    assert (lens.home_goals, lens.away_goals, lyon.home_goals) == (1, 1, 4)
    assert len(archive.matches("2002/03")) == 3


def test_a_file_of_two_seasons_is_two_seasons(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-two-seasons-one-file.csv")
    assert archive.years() == ["2021/22", "2022/23"]
    assert Reason.OTHER_SEASON not in archive.reasons()
    assert Reason.SEVERAL_SEASONS in archive.reasons()


def test_a_season_within_a_year_and_one_that_begins_in_it_are_two(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-two-seasons-one-year")
    assert archive.years() == ["2016", "2016/17"]
    assert [len(archive.matches(year)) for year in archive.years()] == [2, 2]


def test_a_row_that_a_later_edition_does_not_have_is_gone(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "ed-removed-later-row/1", "ed-removed-later-row/2")
    assert of(archive.table(), "Mainz") == (1, 3)
    archive = load("footballdata", "ed-removed-plain-row/1", "ed-removed-plain-row/2")
    assert [of(archive.table(), name) for name in ("Nice", "Lyon")] == [(1, 0), (1, 3)]
    assert len(archive.findings(Reason.GONE)) == 1


def test_a_team_that_is_called_otherwise_in_a_later_edition_is_one_team(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "ed-renamed-team/1", "ed-renamed-team/2")
    assert len(archive.table()) == 4
    assert of(archive.table(), "Lazio") == (1, 3)


def test_the_second_half_of_a_season_leaves_the_first_as_it_is(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "ed-increment-scotland/1", "ed-increment-scotland/2")
    rows = archive.table()
    assert {
        name: (row.matches, row.wins, row.goals_for, row.goals_against) for name, row in rows.items() if row.wins
    } == {
        "Celtic FC": (2, 2, 8, 1),
        "Rangers FC": (2, 2, 8, 2),
    }


def test_an_older_edition_changes_nothing_and_is_told(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "ed-removed-plain-row/1")
    season = next(iter(archive.seasons.values()))
    newer = [editions.withdrawn(match, match.version + 1) for match in archive.matches()]
    assert editions.reconcile(season, newer, document="F1.csv", report=archive.report) is None
    assert Reason.OLDER_EDITION in archive.reasons()


def test_a_fixture_that_is_listed_under_both_of_its_days_counts_once(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-listed-twice")
    assert of(archive.table(), "Manchester City") == (1, 3)
    assert Reason.LISTED_TWICE in archive.reasons()


def test_a_repeated_row_is_one_match(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-es-exact-twice")
    assert of(archive.table(), "Real Madrid") == (1, 3)
    assert Reason.REPEATED in archive.reasons()


def test_a_stage_is_read(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-stage-ignored")
    assert of(archive.table(), "Fulham") == (1, 1)


def test_real_play_offs_are_in_no_league_table(tmp_path: Path) -> None:
    folder = reference(f"{FIELD}/real")
    rows = points(Archive("openfootball").load(folder, tmp_path).table("2021/22"))
    assert {rows[name] for name in rows if name.startswith(("Huddersfield", "Nottingham", "Luton", "Sheffield U"))} == {
        (46, 82),
        (46, 80),
        (46, 75),
    }


def test_play_offs_with_numbered_rounds_are_no_league(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-playoffs-matchday")
    assert (of(archive.table(), "Real Madrid"), of(archive.table(), "Manchester City")) == ((1, 3), (1, 1))


def test_two_tournaments_of_a_season_are_told_apart(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-two-tournaments")
    groups = group_matches(archive.matches(), competition_rules.of_season("mexico/1", 2023))
    tables = {
        group.name: points({row.team_name: row for row in league_table(group.matches, as_of=EVER, tie_break=("gd",))})
        for group in groups
    }
    assert tables == {
        "Apertura": {"Cruz Azul": (2, 6), "CF América": (2, 0)},
        "Clausura": {"Cruz Azul": (2, 0), "CF América": (2, 6)},
    }


def test_a_day_without_a_time_says_so(load) -> None:  # type: ignore[no-untyped-def]
    by_clock = {match.day_only for match in load("footballdata", "fd-time-ampm").matches()}
    assert by_clock == {False}
    assert {match.day_only for match in load("footballdata", "fd-listed-twice").matches()} == {True}


def test_an_offset_beside_a_time_is_kept(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-utc-offset")
    assert [f"{match.starts_at:%Y-%m-%dT%H:%M}" for match in archive.matches()] == [
        "2026-06-11T19:00",
        "2026-06-14T04:00",
        "2026-06-27T03:00",
    ]


def test_older_keys_of_scores_are_read(load) -> None:  # type: ignore[no-untyped-def]
    denmark, england = load("openfootball", "of-old-extra-time").matches()
    scores = [
        (each.home_goals, each.home_goals_period1, each.home_goals_display, each.home_penalties, each.status_code)
        for each in (denmark, england)
    ]
    assert scores == [(1, 1, 1, 3, 120), (1, 0, 2, None, 110)]
    assert (denmark.winner, england.winner) == (1, 1)


def test_a_status_that_takes_a_score_away_counts_nowhere(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-status")
    result = codes(match for match in archive.matches() if match.starts_at.year == 2023)
    assert {name: code for name, code in result.items() if "Tottenham" in name or "Fulham" in name} == dict.fromkeys(
        [name for name in result if "Tottenham" in name or "Fulham" in name], 91
    )
    others = {code for name, code in result.items() if "Tottenham" not in name and "Fulham" not in name}
    assert not others & {100, 91}
    assert len(archive.findings(Reason.UNKNOWN_STATUS)) == 3


@pytest.mark.parametrize(
    ("source", "name"),
    [("understat", "pq/us-no-coordinates"), ("wyscout", "pq/wy-no-place/shots.parquet"), ("understat", "pq/us-nan")],
)
def test_a_shot_without_a_place_is_told_and_the_others_are_read(load, source: str, name: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    if source == "wyscout":
        archive = Archive(source).load(reference(f"{FIELD}/pq/wy-no-place"), tmp_path)
    else:
        archive = load(source, name)
    shots = [shot for season in archive.seasons.values() for shot in season.more.get("shots", ())]
    assert all(isinstance(shot, Shot) and shot.x == shot.x for shot in shots)
    assert Reason.NO_PLACE in archive.reasons()


def test_a_match_without_a_score_is_not_a_draw(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("results", "pq/res-nulls")
    assert 100 not in {match.status_code for match in archive.matches() if match.home_goals is None}
    assert Reason.NO_RESULT in archive.reasons()


def test_a_match_after_the_file_was_made_is_still_to_come(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-coming")
    assert [match.status_code for match in archive.matches()] == [100, 0]


def test_times_of_day_are_read_in_every_form(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-time-ampm")
    times = {match.home_name: f"{match.starts_at:%H:%M}" for match in archive.matches()}
    assert sorted(times.values()) == ["11:30", "15:30", "19:00", "19:00", "19:00"]


def test_names_that_differ_only_in_their_encoding_are_one_club(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-nfd")
    assert sum("Bayern" in name for name in archive.table()) == 1


def test_one_stray_byte_changes_no_other_line(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-mixed-encoding")
    season = next(iter(archive.seasons.values()))
    referees = [record.referee for record in season.more["match_details"]]
    assert {"José Pérez", "Álex Muñoz"} <= set(referees)
    (finding,) = archive.findings(Reason.ENCODING)
    assert finding.rows == (4,)


def test_years_that_cannot_be_are_told(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("openfootball", "of-year-typo")
    assert len(archive.matches()) == 1
    assert sorted(finding.rows for finding in archive.findings(Reason.OTHER_SEASON)) == [(2,), (3,)]


def test_rows_wider_than_an_old_heading_give_no_prices(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-old-header-new-rows-E0.csv")
    assert archive.matches()
    assert [prices for season in archive.seasons.values() for prices in season.prices] == []
    assert Reason.HEADING_OUTGROWN in archive.reasons()


def test_an_awarded_match_is_not_postponed(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("footballdata", "fd-F2-awarded-row.csv")
    awarded = [match for match in archive.matches() if match.status_code == 91]
    assert [(match.home_name, match.home_goals, match.away_goals) for match in awarded] == [("SC Bastia", 0, 3)]


def ruled(archive: Archive, year: str) -> list[TableRow]:
    """The table under the rules of its season."""
    (season,) = (each for each in archive.seasons.values() if each.key.label == year)
    rules = competition_rules.of_season(leagues.slug_of(season.key.league_id), season.key.starts_in)
    return ruled_table(archive.matches(year), rules=rules, as_of=EVER)


def test_points_are_halved_and_rounded_down_after_22_rounds(tmp_path: Path) -> None:
    archive = Archive("openfootball").load(reference(f"{FIELD}/real"), tmp_path)
    rows = ruled(archive, "2023/24")
    assert [row.points for row in rows[:2]] == [44, 42]
    assert ["Sturm" in rows[0].team_name, "Salzburg" in rows[1].team_name] == [True, True]


def test_a_season_that_was_cut_short_goes_by_points_per_match(tmp_path: Path) -> None:
    archive = Archive("openfootball").load(reference(f"{FIELD}/real"), tmp_path)
    rows = ruled(archive, "2019/20")
    assert "Wycombe" in rows[2].team_name
    assert ("Bolton" in rows[-1].team_name, rows[-1].points) == (True, 14)


def test_two_spellings_of_a_club_are_one(load) -> None:  # type: ignore[no-untyped-def]
    assert len(load("footballdata", "fd-two-spellings").table()) == 3
    (match,) = load("footballdata", "fd-cultural-leonesa.csv").matches()
    assert match.away_id == clubs.by_key("spain/cultural-leonesa").team_id


def test_deductions_of_a_second_division_are_known() -> None:
    rules = competition_rules.of_season(leagues.slug_of(18), 2025)
    taken: dict[int, int] = {}
    for ruling in rules.rulings:
        taken[ruling.team_id] = taken.get(ruling.team_id, 0) + ruling.points
    keys = ("england/sheffield-wednesday", "england/leicester-city", "england/west-bromwich-albion")
    assert [taken[clubs.by_key(key).team_id] for key in keys] == [-18, -6, -2]


def test_old_seasons_have_two_points_a_win(load) -> None:  # type: ignore[no-untyped-def]
    archive = load("engsoccerdata", "pq/eng-two-points-order")
    (year,) = archive.years()
    assert [(row.team_name.split()[0], row.points) for row in ruled(archive, year)[:2]] == [
        ("Derby", 11),
        ("Liverpool", 10),
    ]
