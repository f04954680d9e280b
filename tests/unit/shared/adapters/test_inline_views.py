"""Views written out: which text stands in a view's place."""

from __future__ import annotations

import pytest

from shared.adapters.clickhouse.inline_views import inline_views, read_views


def test_a_table_read_through_a_view_is_read_itself() -> None:
    assert inline_views("SELECT name FROM current_teams WHERE team_id = 1") == (
        "SELECT name FROM teams AS current_teams FINAL WHERE team_id = 1"
    )


def test_an_alias_stays() -> None:
    assert inline_views("SELECT each.name FROM current_teams AS each") == "SELECT each.name FROM teams AS each FINAL"


def test_what_a_view_selects_stands_in_parentheses_and_is_written_out_too() -> None:
    text = inline_views("SELECT 1 FROM listed_matches WHERE match_id = 1")
    assert text.startswith("SELECT 1 FROM (SELECT match_id, ")
    assert text.endswith(") AS listed_matches WHERE match_id = 1")
    assert "FROM matches AS current_matches FINAL" in text


def test_every_statement_is_left_without_a_view() -> None:
    for name, selected in read_views().items():
        text = inline_views(selected)
        assert not [other for other in read_views() if f"FROM {other} " in text or f"JOIN {other} " in text], name


def test_parameters_of_a_view_are_the_statements() -> None:
    text = inline_views("SELECT 1 WHERE 1 IN (SELECT match_id FROM matches_of_team(team_id = {team_id:Int64}))")
    assert "home_id = {team_id:Int64}" in text
    assert "matches_of_team(" not in text


def test_a_parameter_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="other_id"):
        inline_views("SELECT 1 FROM matches_of_team(team_id = {other_id:Int64})")


def test_comments_and_line_ends_are_left_out_but_not_of_texts() -> None:
    sql = "-- why;\nSELECT '--  kept\\' it' AS a, -- and why\n    1\nFROM matches\n"
    assert inline_views(sql) == "SELECT '--  kept\\' it' AS a, 1 FROM matches"


def test_tables_and_words_like_a_view_are_left() -> None:
    sql = "SELECT results FROM matches WHERE note = 'FROM results_of' AND cards IN (SELECT 1 FROM cards_shown)"
    assert inline_views(sql) == sql
