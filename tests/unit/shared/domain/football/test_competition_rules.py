"""Rules by season are whole and readable, and a table keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from shared.domain.catalogue import competition_rules, competitions, leagues
from shared.domain.catalogue.competition_rules import Ruling, SeasonRules, Split
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.table import TableRow, league_table
from tests.support.football.match_rows import AUGUST, Row, played

RULES = SeasonRules(
    tie_break=("gd", "gf"), reviewed=True, note="", split=None, per_match_from=None, rulings=()
)  # fmt: skip
LATER = AUGUST + timedelta(days=400)


def ruling(team: str, points: int = 0, *, day: int = 0, placed_last: bool = False) -> Ruling:
    return Ruling(
        club=team,
        team_id=ord(team),
        points=points,
        placed_last=placed_last,
        applies_from=AUGUST + timedelta(days=day),
        reason="because",
        reviewed=True,
    )


def order(matches: list[Row], rules: SeasonRules, as_of: datetime = LATER, venue: str = "") -> str:
    return " ".join(f"{row.rank}{row.team_name}{row.points}" for row in table(matches, rules, as_of, venue))


def table(matches: list[Row], rules: SeasonRules, as_of: datetime = LATER, venue: str = "") -> list[TableRow]:
    return ruled_table(matches, rules=rules, as_of=as_of, venue=venue)


def round_robin(teams: str, *, first: int = 1, day: int = 0) -> list[Row]:
    """Everybody at everybody's; who comes earlier in the alphabet wins by one."""
    return [
        played(first + number, home + away, "1-0" if home < away else "0-1", day=day + number, round=None)
        for number, (home, away) in enumerate(permutations(teams, 2))
    ]


def test_without_rules_of_its_own_a_season_has_the_plain_table() -> None:
    matches = round_robin("ABCD")
    assert table(matches, RULES) == league_table(matches, as_of=LATER, tie_break=RULES.tie_break)


def test_a_ruling_counts_from_its_day_and_at_no_venue() -> None:
    rules = replace(RULES, rulings=(ruling("A", -7, day=50), ruling("A", 3, day=60)))
    matches = round_robin("ABC")
    moments = [AUGUST + timedelta(days=day) for day in (49, 51, 61)]
    assert [order(matches, rules, moment)[:8] for moment in moments] == ["1A12 2B6", "1B6 2A5 ", "1A8 2B6 "]
    assert order(matches, rules, venue="home") == "1A6 2B3 3C0"


def test_who_is_placed_last_is_last_with_all_points() -> None:
    rules = replace(RULES, rulings=(ruling("A", placed_last=True, day=50),))
    assert order(round_robin("ABC"), rules) == "1B6 2C0 3A12"
    assert order(round_robin("ABC"), rules, AUGUST + timedelta(days=49)) == "1A12 2B6 3C0"


def test_groups_go_on_among_themselves_with_half_of_their_points() -> None:
    """18, 12, 6 and 0 points before; then D beats C, and A and B meet once more."""
    split = Split(after=6, sizes=(2, 2), halved=(True, False))
    first = round_robin("ABCD")
    second = [played(20, "BA", "3-0", day=100, round=None), played(21, "DC", "9-0", day=101, round=None)]
    rules = replace(RULES, split=split)
    assert order(first, rules) == "1A18 2B12 3C6 4D0"
    assert order(first + second, rules) == "1B9 2A9 3C6 4D3"
    across = played(22, "DA", "9-0", day=102, round=None)
    assert order([*first, *second, across], rules) == "1B9 2A9 3C6 4D3", "a match between groups is no league match"


def test_halves_are_rounded_up() -> None:
    matches = [
        *round_robin("AB"),
        played(9, "AB", "0-0", day=50, round=None),
        played(10, "BA", "0-0", day=51, round=None),
    ]
    rules = replace(RULES, split=Split(after=4, sizes=(2,), halved=(True,)))
    later = [played(11, "AB", "0-0", day=60, round=None)]
    assert order(matches, rules) == "1A8 2B2"
    odd = [*matches, *later]
    assert order(odd, replace(rules, rulings=(ruling("A", -1),))) == "1A5 2B2"


def test_a_season_cut_short_goes_by_points_per_match() -> None:
    matches = [
        played(1, "AC", "1-0", round=None), played(2, "BC", "1-0", day=1, round=None),
        played(3, "BD", "0-0", day=2, round=None), played(4, "DC", "0-0", day=3, round=None),
    ]  # fmt: skip
    rules = replace(RULES, per_match_from=AUGUST + timedelta(days=50))
    assert order(matches, rules) == "1A3 2B4 3D2 4C1"
    assert order(matches, rules, AUGUST + timedelta(days=49)) == "1B4 2A3 3D2 4C1"


@pytest.mark.parametrize("league", leagues.CATALOGUE, ids=lambda league: league.slug)
def test_every_league_of_the_catalogue_has_rules_in_every_year(league: leagues.League) -> None:
    for year in range(1888, 2030):
        rules = competition_rules.of_season(league.slug, year)
        assert league_table([], as_of=LATER, tie_break=rules.tie_break) == []
        if rules.split:
            assert len(rules.split.sizes) == len(rules.split.halved)
    assert league.tie_break == competition_rules.of_season(league.slug, 2030).tie_break


def test_every_league_of_openfootball_has_a_tie_break() -> None:
    keys = [row["key"] for row in competitions._rows() if row["openfootball"] and not row["key"].endswith("/cup")]
    slugs = [leagues.slug_of(competitions.by_key(key).league_id) for key in keys]
    assert len(slugs) > 35
    assert [slug for slug in slugs if not competition_rules.of_season(slug, 2024).source] == []


@pytest.mark.parametrize("name", ["tie_breaks", "splits", "win_points", "cut_short", "rulings"])
def test_every_rule_has_a_source(name: str) -> None:
    rows = competition_rules._rows(name)
    assert rows
    assert [row for row in rows if not row["source"] or row["reviewed"] not in ("yes", "no")] == []


def test_greek_points_are_carried_into_the_groups() -> None:
    """26 matches of fourteen, then groups of six and eight; in the older seasons one table."""
    split = competition_rules.of_season("185", 2020).split
    assert split == Split(after=26, sizes=(6, 8), halved=(False, False), rounds_down=(False, False))
    assert competition_rules.of_season("185", 2018).split is None


def test_no_ruling_is_of_an_unknown_league_or_without_effect() -> None:
    slugs = {league.slug for league in leagues.CATALOGUE}
    for row in competition_rules._rows("rulings"):
        (rule, *_) = (
            one
            for one in competition_rules.of_season(row["league"], int(row["season"])).rulings
            if one.club == row["club"]
        )
        country, _, tier = row["league"].partition("/")
        assert row["league"] in slugs or competitions.by_key(row["league"]).country, (
            "of the catalogue, or a competition"
        )
        assert tier != "1", "a first division of the catalogue stands under its slug"
        assert row["club"].startswith(f"{country}/")
        assert rule.points or rule.placed_last
        assert row["reason"]
        assert row["reviewed"] in ("yes", "no")


def test_england_before_and_after_2019() -> None:
    assert competition_rules.of_season("england", 2018).tie_break == ("gd", "gf")
    assert competition_rules.of_season("england", 2019).tie_break == ("gd", "gf", "h2h_points", "h2h_away_goals")
    assert competition_rules.of_season("england", 2019).reviewed
    assert competition_rules.of_season("nowhere", 2019).tie_break == leagues.OTHERS


def test_rulings_are_dated() -> None:
    (first, *_) = competition_rules.of_season("england", 2023).rulings
    assert (first.points, first.applies_from, first.team_id) == (-10, datetime(2023, 11, 17, tzinfo=UTC), 48)
