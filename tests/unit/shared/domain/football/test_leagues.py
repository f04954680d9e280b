"""Leagues by slug and by id, and the two spaces of ids that must not meet."""

from __future__ import annotations

import pytest

from shared.domain.catalogue.leagues import CATALOGUE, NINE, TournamentId, UniqueTournamentId, by_id, by_slug, slug_of
from shared.errors import NotFound


def test_ids_that_collide_name_other_leagues() -> None:
    """52 is Turkey for ever and a stage of Portugal's league, 36 Scotland for ever and a stage of Spain's."""
    assert (by_id(52).slug, by_id(36).slug) == ("turkey", "scotland")
    assert (by_slug("portugal").id, by_slug("spain").id) == (238, 8)


def test_a_stage_is_no_league_to_the_type_checker() -> None:
    stage_of_portugals = TournamentId(52)
    # Were both one type, the comment would be unused, which is an error to the type checker.
    league: UniqueTournamentId = stage_of_portugals  # type: ignore[assignment]
    assert by_id(league).slug != "portugal"


def test_the_nine_are_known_by_slug_and_id() -> None:
    assert len({league.id for league in CATALOGUE}) == len({league.slug for league in CATALOGUE}) == len(CATALOGUE)
    assert [by_slug(league.slug) for league in NINE] == [by_id(league.id) for league in NINE] == list(NINE)


def test_an_unknown_league_is_told_by_its_number() -> None:
    with pytest.raises(NotFound):
        by_id(999)
    assert (slug_of(17), slug_of(999)) == ("england", "999")
