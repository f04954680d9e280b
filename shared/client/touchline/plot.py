"""Pictures of the platform; each shows itself in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from . import names

__all__ = ["form", "positions", "radar", "ranks", "ratings", "score_matrix", "shots", "xg_race"]

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, as SVG."""

    svg: str
    _path: str
    _params: dict[str, Any]

    def _repr_svg_(self) -> str:
        """Return what a notebook shows."""
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file; ``.png`` draws it in pixels."""
        target = Path(path)
        if target.suffix == ".png":
            answer = names.session().get(self._path, **{**self._params, "format": "png"})
            target.write_bytes(answer.path.read_bytes())
        else:
            target.write_text(self.svg, "utf-8")
        return target


def shots(match: int, theme: Theme | None = None) -> Picture:
    """Return the shot map of a match."""
    return _picture(f"/plots/matches/{int(match)}/shots", theme=theme)


def xg_race(match: int, theme: Theme | None = None) -> Picture:
    """Return the expected goals of both sides over a match."""
    return _picture(f"/plots/matches/{int(match)}/xg-race", theme=theme)


def score_matrix(match: int, theme: Theme | None = None) -> Picture:
    """Return the forecast of a match by score."""
    return _picture(f"/plots/matches/{int(match)}/score-matrix", theme=theme)


def positions(league: str, season: str | None = None, theme: Theme | None = None) -> Picture:
    """Return the places of all teams by round."""
    return _picture(f"/plots/leagues/{names.league(league)}/positions", season=season, theme=theme)


def ranks(league: str, theme: Theme | None = None) -> Picture:
    """Return the probability of each final place."""
    return _picture(f"/plots/leagues/{names.league(league)}/ranks", theme=theme)


def ratings(league: str, season: str | None = None, kind: str | None = None, theme: Theme | None = None) -> Picture:
    """Return the ratings of all teams over a season."""
    return _picture(f"/plots/leagues/{names.league(league)}/ratings", season=season, kind=kind, theme=theme)


def form(league: str, season: str | None = None, n: int | None = None, theme: Theme | None = None) -> Picture:
    """Return the last results of all teams."""
    return _picture(f"/plots/leagues/{names.league(league)}/form", season=season, n=n, theme=theme)


def radar(player: int | str, season: str | None = None, theme: Theme | None = None) -> Picture:
    """Return a player's statistics beside those of his position."""
    return _picture(f"/plots/players/{names.find('player', player)}/radar", season=season, theme=theme)


def _picture(path: str, **params: Any) -> Picture:
    answer = names.session().get(path, **{**params, "format": "svg"})
    return Picture(answer.path.read_text("utf-8"), path, params)
