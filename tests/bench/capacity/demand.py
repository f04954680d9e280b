"""How much is asked for by so many times nine leagues and their followers: assumptions, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What is assumed of leagues and of people. Nobody has measured it: change it here, and the page is another."""

    leagues: int = 9
    matches_of_a_round: int = 10  # twenty clubs
    matches_of_a_season: int = 380
    played_together: float = 0.5  # of a round: Saturday afternoon
    results_every_s: float = HOUR_S  # knative/scrape-league.yaml
    details_every_s: float = 2 * HOUR_S  # the same
    requests_of_a_match: int = 5  # the match, statistics, line-ups, incidents, shots
    users: int = 10_000  # of nine leagues
    there_at_once: float = 0.05  # of all users, in the busiest hour of a match day
    asks_per_minute: float = 6.0  # of each who is there
    remembered: float = 0.9  # of answers that are in the cache; the others are asked of ClickHouse


MIX = {
    "query-stats": 0.70,
    "analyze": 0.15,
    "plot": 0.05,
    "account": 0.05,
    "session": 0.035,
    "login": 0.013,
    "register": 0.002,
}
"""Which function is asked, of a hundred parts; who is there logs in once in twelve minutes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Of the busiest hour, per second."""

    leagues: float
    live_matches: float
    users: float
    asks_per_s: dict[str, float]
    """By function."""
    source_requests_per_s: float
    batches_per_s: float
    """Events on the log; each makes an event to the Broker."""


def of(times: float, batches_of_a_match: float, said: Habits) -> Demand:
    """What so many times nine leagues ask for."""
    leagues, users = said.leagues * times, said.users * times
    live = leagues * said.matches_of_a_round * said.played_together
    ended_per_s, results_per_s = live / said.details_every_s, leagues / said.results_every_s
    asks_per_s = users * said.there_at_once * said.asks_per_minute / 60
    return Demand(
        leagues=leagues,
        live_matches=live,
        users=users,
        asks_per_s={name: asks_per_s * part for name, part in MIX.items()},
        source_requests_per_s=ended_per_s * said.requests_of_a_match + results_per_s,
        batches_per_s=ended_per_s * batches_of_a_match + results_per_s,
    )
