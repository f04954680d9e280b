"""Routes match at once; their URL builders are compiled only when somebody builds a URL."""

from __future__ import annotations

import pytest
from werkzeug.routing import Map, Rule

from shared.web.routing import RoutedRule


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The builders that werkzeug compiled so far."""
    calls: list[bool] = []
    compile_builder = Rule._compile_builder

    def record(self: Rule, append_unknown: bool = True) -> object:
        calls.append(append_unknown)
        return compile_builder(self, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", record)
    return calls


def test_a_match_compiles_no_builder(compiled: list[bool]) -> None:
    routes = Map([RoutedRule("/teams/<int:team_id>", endpoint="team")]).bind("localhost")
    assert routes.match("/teams/42") == ("team", {"team_id": 42})
    assert compiled == []


def test_a_url_is_built_as_werkzeug_builds_it(compiled: list[bool]) -> None:
    ours, theirs = (
        Map([kind("/teams/<int:team_id>", endpoint="team")]).bind("localhost") for kind in (RoutedRule, Rule)
    )
    values = {"team_id": 42, "season": "2024/25"}
    compiled.clear()
    assert ours.build("team", values) == theirs.build("team", values) == "/teams/42?season=2024/25"
    assert len(compiled) == 1
    ours.build("team", values)
    assert len(compiled) == 1
