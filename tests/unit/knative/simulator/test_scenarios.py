"""Whatever goes wrong, the real data plane keeps its promises; `test_mutants` shows that each promise can be broken.

A seed that fails is replayed by ``python -m knative.simulator``.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knative.manifests.model import BrokerClass, Delivery, Order
from knative.simulator.log import NO_FAULTS
from knative.simulator.properties import find_breaches
from knative.simulator.runner import play
from knative.simulator.scenarios import (
    FAILING,
    MANY_FAULTS,
    NAMED,
    REPLYING,
    SLOW,
    Scenario,
    draw_scenario,
    scenario_named,
)
from knative.simulator.sinks import FunctionBehaviour


@pytest.mark.parametrize("name", NAMED)
def test_every_property_holds_in(name: str) -> None:
    for seed in range(2):
        assert find_breaches(play(scenario_named(name, seed=seed, n_events=20))) == []


_DELIVERIES = st.builds(
    Delivery,
    retry=st.integers(0, 4),
    backoff_policy=st.sampled_from(["exponential", "linear"]),
    backoff_delay_s=st.sampled_from([0.0, 0.05, 1.0]),
    timeout_s=st.sampled_from([5.0, 0.5]),
)
_SCENARIOS = st.builds(
    Scenario,
    seed=st.integers(0, 1_000_000),
    n_events=st.integers(1, 25),
    n_keys=st.integers(1, 8),
    input_path=st.sampled_from(["broker", "source"]),
    broker_class=st.sampled_from(BrokerClass),
    order=st.sampled_from(Order),
    consumers=st.integers(1, 2),
    delivery=_DELIVERIES,
    letters=st.sampled_from(["topic", "function", "none"]),
    behaviour=st.sampled_from([FunctionBehaviour(), FAILING, SLOW, REPLYING]),
    letters_behaviour=st.sampled_from([FunctionBehaviour(), FAILING]),
    log_faults=st.sampled_from([NO_FAULTS, MANY_FAULTS]),
    incidents=st.lists(st.sampled_from(["kill", "crash", "stop", "evict", "outage"]), max_size=4).map(tuple),
    planes=st.integers(1, 2),
    is_partitioned=st.booleans(),
)


@settings(max_examples=40, derandomize=True, database=None)
@given(scenario=_SCENARIOS)
def test_every_property_holds_in_any_scenario(scenario: Scenario) -> None:
    assert find_breaches(play(scenario)) == []


def test_every_property_holds_for_the_first_seeds() -> None:
    assert {seed: breaches for seed in range(30) if (breaches := find_breaches(play(draw_scenario(seed, 15))))} == {}


def test_a_seed_tells_the_same_story_each_time() -> None:
    first, again = (play(scenario_named("crashes", seed=5, n_events=20)).simulation.trace for _ in range(2))
    assert len(first) > 100
    assert first == again


def test_another_seed_tells_another_story() -> None:
    one, other = (play(scenario_named("calm", seed=seed, n_events=10)).simulation.trace for seed in (1, 2))
    assert one != other
