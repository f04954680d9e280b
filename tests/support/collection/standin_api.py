"""The JSON interface of the stand-in at an instant, without a server."""

from __future__ import annotations

import json
from typing import Any

from k8s.local.standin.site.clock import DEFAULT_NOW, SiteClock, parse_instant
from k8s.local.standin.site.json_interface import JsonInterface
from k8s.local.standin.world.simulated_world import SimulatedWorld
from k8s.local.standin.world.world import World


class SiteInterface:
    """The interface at an instant; `get` returns parsed JSON and fails without a response."""

    def __init__(self, now: str = DEFAULT_NOW, seed: int = 1, world: World | None = None) -> None:
        self.world = world or SimulatedWorld(seed)
        self.clock = SiteClock(parse_instant(now))
        self.responses = JsonInterface(self.world, self.clock, seed)

    def get(self, path: str) -> Any:
        response = self.responses.get(path)
        assert response.status == 200, f"{path}: {response.status}"
        return json.loads(response.body)

    def has(self, path: str) -> bool:
        return self.responses.get(path).status == 200

    def season(self, ut: int, year: str) -> int:
        """Return the id of a league's season such as `25/26`."""
        seasons = self.get(f"/unique-tournament/{ut}/seasons")["seasons"]
        return next(int(season["id"]) for season in seasons if season["year"] == year)

    def walk(self, ut: int, season: int, direction: str) -> list[dict[str, Any]]:
        """Read all pages of last or next events, page 0 first."""
        events: list[dict[str, Any]] = []
        page = 0
        while True:
            response = self.get(f"/unique-tournament/{ut}/season/{season}/events/{direction}/{page}")
            events += response["events"]
            if not response["hasNextPage"]:
                return events
            page += 1

    def all_events(self, ut: int, season: int) -> list[dict[str, Any]]:
        """Read every round of a season."""
        base = f"/unique-tournament/{ut}/season/{season}"
        rounds = self.get(f"{base}/rounds")["rounds"]
        return [event for entry in rounds for event in self.get(f"{base}/events/round/{entry['round']}")["events"]]
