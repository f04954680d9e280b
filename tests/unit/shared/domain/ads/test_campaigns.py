"""What an owner may set: contradictions are refused on create and on update, and nothing lifts a cap by its absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.ads.campaigns import CampaignState, Target, Terms, change, check, check_state, effective_by
from shared.errors import Conflict, InvalidInput

BEGINS = datetime(2026, 11, 30, tzinfo=UTC)
TERMS = Terms(
    name="Boots (simulated)", region="generated-0", zone="Europe/London", daily_budget=5_000, total_budget=None,
    begins_at=BEGINS, ends_at=None, target=Target.CLICKS, position=None, cost_per_click=None, least_bid=10,
    largest_bid=900,
)  # fmt: skip

CONTRADICTIONS = [
    ({"daily_budget": None}, "daily_budget"),
    ({"daily_budget": None, "total_budget": 9_000}, "ends_at"),
    ({"daily_budget": 9_001, "total_budget": 9_000}, "daily_budget"),
    ({"daily_budget": 99}, "daily_budget"),
    ({"daily_budget": 0}, "daily_budget"),
    ({"least_bid": 5_001, "largest_bid": 6_000}, "least_bid"),
    ({"least_bid": 0}, "least_bid"),
    ({"largest_bid": 9}, "largest_bid"),
    ({"ends_at": BEGINS}, "ends_at"),
    ({"ends_at": BEGINS + timedelta(days=400)}, "ends_at"),
    ({"position": 2}, "position"),
    ({"cost_per_click": 50}, "cost_per_click"),
    ({"target": Target.POSITION}, "position"),
    ({"target": Target.POSITION, "position": 11}, "position"),
    ({"target": Target.COST_PER_CLICK}, "cost_per_click"),
    ({"target": Target.COST_PER_CLICK, "cost_per_click": 9}, "cost_per_click"),
    ({"target": Target.POSITION, "position": 1, "cost_per_click": 40}, "cost_per_click"),
    ({"zone": "Mars/Olympus"}, "zone"),
]


@pytest.mark.parametrize(("changes", "field"), CONTRADICTIONS)
def test_a_contradiction_is_refused_naming_its_field_on_create_and_on_update(
    changes: dict[str, Any], field: str
) -> None:
    """D3 row 18: a minimum above the budget, a rule forgotten on update, fields that would be ignored."""
    with pytest.raises(InvalidInput) as on_create:
        check(replace(TERMS, **changes))
    with pytest.raises(InvalidInput) as on_update:
        change(TERMS, changes, spent=0)
    assert field in on_create.value.errors
    assert on_create.value.errors == on_update.value.errors


def test_a_partial_update_never_lifts_a_cap() -> None:
    """D3 row 18: a PUT without its companion field lifted the daily budget."""
    capped = check(replace(TERMS, total_budget=50_000))
    changed = change(capped, {"largest_bid": 800}, spent=0)
    assert (changed.daily_budget, changed.total_budget, changed.largest_bid) == (5_000, 50_000, 800)


def test_an_empty_update_is_refused() -> None:
    with pytest.raises(InvalidInput):
        change(TERMS, {}, spent=0)


def test_a_total_below_what_is_spent_is_refused() -> None:
    with pytest.raises(Conflict):
        change(replace(TERMS, total_budget=50_000), {"total_budget": 6_000}, spent=6_001)


def test_a_deleted_campaign_stays_deleted() -> None:
    check_state(CampaignState.PAUSED, CampaignState.ACTIVE)
    with pytest.raises(Conflict):
        check_state(CampaignState.DELETED, CampaignState.ACTIVE)


def test_a_change_is_in_effect_within_a_sweep_and_the_markets_minute() -> None:
    assert effective_by(BEGINS) == BEGINS + timedelta(seconds=90)
