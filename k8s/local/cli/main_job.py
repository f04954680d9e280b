"""Main job of ./scripts/run: collects the leagues through the HTTP API, waits until all is stored, prints tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from k8s.local.cli.api_client import POLL_S, ApiClient, Operator, read_json, request_with_retry
from k8s.local.cli.progress_bars import JobProgress
from shared.errors import Unavailable

if TYPE_CHECKING:
    from k8s.local.cli.options import Options
    from k8s.local.platform import Platform

Seen = TypeVar("Seen")
OK, FAILED, BLOCKED = 0, 1, 4
_MAX_WAIT_S = 3600


def run(platform: Platform, options: Options) -> int:
    """Run the main job on a platform that is ready; return 0 for done, 1 for failed, 4 for blocked by the source."""
    console = Console(quiet=options.quiet, highlight=False)
    username, password = platform.operator
    with httpx.Client(base_url=platform.urls["public"], timeout=30) as client:
        api = ApiClient(client, Operator(username=username, password=password))
        job = api.start_job(
            leagues=options.leagues or platform.offered_leagues(),
            seasons=["current"] if options.replay else ["previous", "current"],
        )
        state = _watch(api, job, platform.urls["eventing"], console)
        if state["state"] != "done":
            console.print(
                f"[bold red]The job ended {state['state']}[/]: {state.get('fault') or 'see ./scripts/touchline jobs'}"
            )
            return BLOCKED if state["state"] == "blocked" else FAILED
        show(api, [row["league"] for row in state["leagues"]], platform.urls["public"], console)
    return OK


def _watch(api: ApiClient, job: dict[str, Any], eventing_url: str, console: Console) -> dict[str, Any]:
    """Show progress until the job has ended and every event it caused is delivered."""
    with JobProgress(console) as progress:

        def look() -> tuple[dict[str, Any], int]:
            state = api.job(job["id"])
            progress.update_job(state)
            return state, _show_pipeline(eventing_url, progress)

        state, _ = _until(
            look, lambda seen: seen[0]["state"] != "running" and (seen[1] == 0 or seen[0]["state"] != "done")
        )
    return state


def _until(look: Callable[[], Seen], done: Callable[[Seen], bool]) -> Seen:
    deadline_s = time.monotonic() + _MAX_WAIT_S
    while not done(seen := look()):
        if time.monotonic() > deadline_s:
            raise Unavailable(f"the job did not end within {_MAX_WAIT_S} s")
        time.sleep(POLL_S)
    return seen


def _show_pipeline(eventing_url: str, progress: JobProgress) -> int:
    """Show delivered events; return how many are not delivered yet, from the status of the eventing process."""
    status = read_json(request_with_retry(lambda: httpx.get(f"{eventing_url}/status", timeout=10)))
    consumers: list[dict[str, int]] = [*status["kafkasources"].values(), *status["triggers"].values()]
    waiting = sum(consumer["lag"] for consumer in consumers)  # includes deliveries in flight
    delivered = sum(consumer["delivered"] for consumer in consumers)
    progress.update("events", completed=delivered, total=delivered + waiting, note="delivered")
    return waiting


def show(api: ApiClient, slugs: Iterable[str], public_url: str, console: Console) -> None:
    """Print every league's table, the next round's forecasts, and addresses to try."""
    slugs = list(slugs)
    tables = [table for slug in slugs if (table := league_table(api, slug))]
    forecasts = [table for slug in slugs if (table := next_round(api, slug))]
    console.print()
    console.print(Columns(tables, padding=(1, 3)))
    if forecasts:
        console.print(Columns(forecasts, padding=(1, 3)))
    else:
        console.print("There are no coming matches: the seasons are complete.", style="dim")
    example = slugs[0] if slugs else "england"
    for path, what in (
        ("/", "the site: matches, tables, forecasts"),
        ("/functions", "every function and its addresses"),
        (f"/stats/leagues/{example}/table", "a table; add ?as_of=2026-01-31 for any day"),
        (f"/stats/leagues/{example}/leaders?metric=goals", "a leaderboard"),
        (f"/analyze/leagues/{example}/forecasts?round=next", "forecasts of the next round"),
    ):
        console.print(f"{public_url}{path}", Text(what, style="dim"), soft_wrap=True)


def league_table(api: ApiClient, slug: str) -> Table | None:
    """Return the table of the newest season; None if nothing is stored."""
    answer = api.get(f"/stats/leagues/{slug}/table")
    if answer is None:
        return None
    table = Table(title=f"{answer['name']} {answer['season']}", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for name in ("", "team", "P", "W", "D", "L", "GF", "GA", "GD", "Pts"):
        table.add_column(name, justify="left" if name == "team" else "right", no_wrap=True)
    for row in answer["rows"]:
        numbers = ("matches", "wins", "draws", "losses", "goals_for", "goals_against", "goal_difference", "points")
        table.add_row(str(row["rank"]), row["team_name"], *(str(row[name]) for name in numbers))
    return table


def next_round(api: ApiClient, slug: str) -> Table | None:
    """Return the forecasts of the next round; None if there is no coming match."""
    answer = api.get(f"/analyze/leagues/{slug}/forecasts", round="next")
    if answer is None or not answer["items"]:
        return None
    title = f"{answer['name']} {answer['season']}, round {answer['round']}: forecast in %"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for name in ("home", "away", "1", "X", "2", "goals"):
        table.add_column(name, justify="left" if len(name) == 4 else "right", no_wrap=True)
    for item in answer["items"]:
        chances = (f"{100 * item['probabilities'][side]:.0f}" for side in ("home", "draw", "away"))
        goals = f"{item['expected_goals']['home']:.1f}-{item['expected_goals']['away']:.1f}"
        table.add_row(item["home"]["name"], item["away"]["name"], *chances, goals)
    return table
