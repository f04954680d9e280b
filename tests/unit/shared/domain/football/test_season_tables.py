"""A season of several tournaments has several tables."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.catalogue.competition_rules import SeasonRules, Split
from shared.domain.football.season_tables import group_matches
from tests.support.football.match_rows import Row, played

RULES = SeasonRules(tie_break=("gd", "gf"), reviewed=True, note="", split=None, per_match_from=None, rulings=())
APERTURA = [played(1, "AB", "1-0", tournament_id=5, tournament_name="Apertura")]
CLAUSURA = [played(2, "AB", "0-1", day=99, tournament_id=6, tournament_name="Clausura")]
FINAL = [played(3, "AB", "0-1", day=120, round=None, round_name="Final", tournament_id=6, tournament_name="Clausura")]


def names(matches: list[Row], rules: SeasonRules = RULES) -> list[tuple[str, list[int]]]:
    return [(group.name, [match.match_id for match in group.matches]) for group in group_matches(matches, rules)]


def test_two_tournaments_are_two_tables_in_their_order() -> None:
    assert names([*CLAUSURA, *APERTURA, *FINAL]) == [("Apertura", [1]), ("Clausura", [2])]


def test_one_tournament_is_one_table_with_its_knock_outs() -> None:
    assert names([*CLAUSURA, *FINAL]) == [("", [2, 3])]


def test_phases_that_a_rule_adds_up_are_one_table() -> None:
    rules = replace(RULES, split=Split(after=1, sizes=(1, 1), halved=(False, False)))
    assert names([*APERTURA, *CLAUSURA], rules) == [("", [1, 2])]


def test_a_phase_without_a_name_is_numbered() -> None:
    first = [played(1, "AB", "1-0", tournament_id=5)]
    assert names([*first, *CLAUSURA]) == [("Phase 1", [1]), ("Clausura", [2])]


def test_no_matches_are_one_empty_table() -> None:
    assert names([]) == [("", [])]
