"""Football's public API as make-lines reads it: pages, sides, silence, and which closing odds are taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from functions.make_lines.core import AwaitedEvent, ClosingOdds, Verdict, judge
from functions.make_lines.football import HttpFootball
from shared.errors import NotFound, Unavailable
from shared.testing.valkey_process import free_port

KICK_OFF = datetime(2026, 3, 7, 15, tzinfo=UTC)


class Answers:
    """Other functions behind one door: JSON by path and query; everything else is 404."""

    def __init__(self) -> None:
        self.by_path: dict[str, Any] = {}
        self.asked: list[str] = []
        answers = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answers.asked.append(self.path)
                status, content = answers.by_path.get(self.path, (404, {}))
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/touchline/{{function}}"
        self.football = HttpFootball(self.url)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def answers() -> Iterator[Answers]:
    serving = Answers()
    yield serving
    serving.football.close()
    serving.close()


def matrix(match_id: int, starts_at: str) -> dict[str, Any]:
    return {
        "match_id": match_id, "season_id": 1, "round": 3, "starts_at": starts_at, "made_at": "2026-03-01T00:00:00Z",
        "home": {"id": 1, "name": "A"}, "away": {"id": 2, "name": "B"}, "scores": [[0.5, 0.0], [0.25, 0.25]],
    }  # fmt: skip


def match(**fields: Any) -> dict[str, Any]:
    return {
        "match_id": 7, "status": {"code": 100, "type": "finished"}, "starts_at": "2026-03-07T15:00:00Z",
        "home": {"id": 70, "name": "A"}, "away": {"id": 71, "name": "B"}, "score": {"home": 2, "away": 1},
        "version": 5, **fields,
    }  # fmt: skip


def test_leagues_and_when_they_were_fitted(answers: Answers) -> None:
    league = {"league_id": 17, "league": "england", "fitted_at": "2026-03-01T00:00:00Z", "newest_match_at": None}
    answers.by_path["/touchline/analyze/analyze/leagues"] = (200, {"items": [league]})
    (fit,) = answers.football.leagues()
    assert (fit.league, fit.fitted_at, fit.newest_match_at) == ("england", datetime(2026, 3, 1, tzinfo=UTC), None)


def test_forecasts_are_read_page_by_page_until_the_horizon(answers: Answers) -> None:
    path = "/touchline/analyze/analyze/leagues/england/score-matrices?limit=50"
    first, second = matrix(1, "2026-03-07T15:00:00Z"), matrix(2, "2026-03-08T15:00:00Z")
    answers.by_path[path] = (200, {"items": [first], "next": "later"})
    answers.by_path[f"{path}&cursor=later"] = (200, {"items": [second], "next": "much-later"})
    (forecast,) = answers.football.forecasts("england", until=KICK_OFF)
    assert (forecast.match_id, forecast.home, forecast.away_id) == (1, "A", 2)
    assert forecast.scores.tolist() == [[0.5, 0.0], [0.25, 0.25]]
    assert len(answers.asked) == 2, "a page beyond the horizon is not asked for"


def test_b2_9_sides_are_read_by_name_and_never_by_order(answers: Answers) -> None:
    """A feed that writes the away side first settles as any other; sides that have changed grounds are void."""
    known, swapped = match(), {"away": match()["away"], "score": {"away": 1, "home": 2}, **match()}
    event = AwaitedEvent(
        event_id=1, match_id=7, starts_at=KICK_OFF, first_starts_at=KICK_OFF, home_id=70, away_id=71, status=""
    )
    verdicts = []
    for content in (known, dict(reversed(known.items())), swapped):
        answers.by_path["/touchline/query-stats/stats/matches/7"] = (200, content)
        verdicts.append(judge(event, answers.football.match(7), KICK_OFF))
    assert verdicts == [Verdict(status="final", home_goals=2, away_goals=1)] * 3


def test_the_matches_of_a_day_by_id(answers: Answers) -> None:
    path = "/touchline/query-stats/stats/matches?date=2026-03-07&limit=500"
    answers.by_path[path] = (200, {"items": [match()], "next": None})
    assert answers.football.matches_of_day(date(2026, 3, 7))[7].version == 5


def test_an_unknown_match_and_an_unknown_league(answers: Answers) -> None:
    assert answers.football.match(8) is None
    assert answers.football.closing_odds(8) is None
    with pytest.raises(NotFound):
        answers.football.forecasts("nowhere", until=KICK_OFF)


def test_a_function_that_fails_or_is_silent_is_unavailable(answers: Answers) -> None:
    answers.by_path["/touchline/analyze/analyze/leagues"] = (503, {})
    with pytest.raises(Unavailable):
        answers.football.leagues()
    with pytest.raises(Unavailable):
        HttpFootball(f"http://127.0.0.1:{free_port()}/{{function}}").leagues()


def price(bookmaker: str, outcome: str, decimal: float, *, is_closing: bool = True, market: str = "result") -> Any:
    return {
        "bookmaker": bookmaker, "market": market, "line": "", "outcome": outcome, "is_closing": is_closing,
        "decimal": decimal,
    }  # fmt: skip


def prices(bookmaker: str, home: float, **fields: Any) -> list[Any]:
    odds = {"home": home, "draw": 3.5, "away": 4.0}
    return [price(bookmaker, outcome, decimal, **fields) for outcome, decimal in odds.items()]


@pytest.mark.parametrize(
    ("items", "bookmaker", "home"),
    [
        ([*prices("bet365", 2.0), *prices("market_average", 2.1), *prices("pinnacle", 2.2)], "pinnacle", 220),
        ([*prices("bet365", 2.0), *prices("market_average", 2.1)], "market_average", 210),
        ([*prices("bwin", 1.9), *prices("bet365", 2.0)], "bet365", 200),
        ([*prices("bet365", 2.0), *prices("pinnacle", 2.2)[:2]], "bet365", 200),
    ],
)
def test_the_sharpest_whole_closing_odds_are_taken(
    answers: Answers, items: list[Any], bookmaker: str, home: int
) -> None:
    answers.by_path["/touchline/query-stats/stats/matches/7/odds"] = (200, {"match_id": 7, "items": items})
    assert answers.football.closing_odds(7) == ClosingOdds(
        bookmaker=bookmaker, home_hundredths=home, draw_hundredths=350, away_hundredths=400
    )


def test_opening_odds_and_other_markets_are_no_closing_odds(answers: Answers) -> None:
    items = [*prices("pinnacle", 2.0, is_closing=False), *prices("pinnacle", 2.0, market="total")]
    answers.by_path["/touchline/query-stats/stats/matches/7/odds"] = (200, {"match_id": 7, "items": items})
    assert answers.football.closing_odds(7) is None
