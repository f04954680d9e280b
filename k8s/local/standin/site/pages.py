"""The site's pages: small, and each says that it is simulated or a replay."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from k8s.local.standin.site.challenge import Challenge
from k8s.local.standin.site.clock import SiteClock, format_instant
from k8s.local.standin.world.leagues import League
from k8s.local.standin.world.matches import Match, MatchState, state_at
from k8s.local.standin.world.season import Season, results, table
from k8s.local.standin.world.world import World, match_by_id

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
.notice{background:#fff4d6;border:1px solid #d9b44a;padding:.5rem .75rem}
table{border-collapse:collapse;width:100%}td,th{padding:.2rem .5rem;text-align:right;border-bottom:1px solid #ddd}
td:nth-child(2),th:nth-child(2){text-align:left}a{color:#0b4f8a}"""


class Pages:
    """Renders pages of one world at the time of one clock."""

    def __init__(self, world: World, clock: SiteClock, challenge: Challenge) -> None:
        self._world = world
        self._clock = clock
        self._challenge = challenge

    def get(self, path: str) -> bytes | None:
        """Render a page; None if there is none at this path."""
        match path.strip("/").split("/"):
            case [""]:
                return self._home()
            case ["tournament", _, ut]:
                league = next((league for league in self._world.leagues if str(league.ut) == ut), None)
                return None if league is None else self._tournament(league)
            case ["event", id] if id.isascii() and id.isdigit() and len(id) < 12:
                return self._event(int(id))
        return None

    def _home(self) -> bytes:
        links = "".join(f"<li>{self._link(league)}</li>" for league in self._world.leagues)
        return self._page("Football results", f"<ul>{links}</ul>")

    def _tournament(self, league: League) -> bytes:
        now = self._clock.now
        season = self._world.season(league, self._world.years(league, now)[0])
        pairs = season.states_at(now)
        rows = "".join(
            f"<tr><td>{k}</td><td>{escape(row.team.name)}</td><td>{row.matches}</td><td>{row.wins}</td><td>{row.draws}</td>"
            f"<td>{row.losses}</td><td>{row.scored}:{row.conceded}</td><td>{row.points}</td></tr>"
            for k, row in enumerate(table(season.teams, results(pairs), league.tie_break), start=1)
        )
        heading = "".join(f"<th>{name}</th>" for name in ("", "Team", "P", "W", "D", "L", "Goals", "Points"))
        latest = [pair for pair in pairs if pair[1].start <= now][-10:]
        body = f"<h2>Season {season.label}</h2><table><tr>{heading}</tr>{rows}</table><h2>Latest matches</h2>"
        return self._page(self._world.title(league), body + self._list(latest))

    def _list(self, pairs: list[tuple[Match, MatchState]]) -> str:
        items = "".join(f'<li><a href="/event/{game.id}">{_line(game, state)}</a></li>' for game, state in pairs)
        return f"<ul>{items}</ul>"

    def _event(self, id: int) -> bytes | None:
        pair = match_by_id(self._world, id, self._clock.now)
        if pair is None:
            return None
        season, game = pair
        state = state_at(game, self._clock.now)
        if state is None:
            return None
        return self._page(_line(game, state), self._description(season, game, state))

    def _description(self, season: Season, game: Match, state: MatchState) -> str:
        start = datetime.fromtimestamp(state.start, UTC).strftime("%d %B %Y, %H:%M UTC")
        league = self._link(season.league)
        return f"<p>{league}, season {season.label}, round {game.round}, {start}</p><p>{escape(state.description)}</p>"

    def _link(self, league: League) -> str:
        return f'<a href="/tournament/{league.slug}/{league.ut}">{escape(self._world.title(league))}</a>'

    def _page(self, title: str, body: str) -> bytes:
        word = "simulated" if self._world.mode == "simulated" else "replay of real results"
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} ({word})</title>'
            f'<meta name="nonce" content="{self._challenge.nonce()}">'
            f'<meta name="pass-lifetime" content="{self._challenge.lifetime_s}">'
            f'<link rel="icon" href="data:,"><style>{_STYLE}</style><script src="/site.js" defer></script></head><body>'
            f'<p class="notice">{escape(self._world.notice)} Site time: {format_instant(self._clock.now)}.</p>'
            f'<p><a href="/">All leagues</a></p><h1>{escape(title)}</h1>{body}</body></html>'
        ).encode()


def _line(game: Match, state: MatchState) -> str:
    score = f"{state.score[0]}:{state.score[1]}" if state.home else "-:-"
    return f"{escape(game.home.name)} - {escape(game.away.name)} {score}"
