"""A player: per 90 minutes beside others of his position, shots, similar players, matches and career."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.site.page import Page, PageRequest, View, require
from functions.site.pages.match import league_slug
from functions.site.parts import Part, Results, part
from functions.site.presentation import pitch, words_about

N_MATCHES = 12
N_SHOTS = 120
MOST_LEAGUES = 5
_MIN_MINUTES = 450


def _player(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    player = f"/stats/players/{request['player_id']}"
    return {
        "player": part("query-stats", player, fresh_s=20),
        "teams": part("query-stats", f"{player}/teams", fresh_s=60),
        "stats": part("query-stats", f"{player}/stats", fresh_s=20),
    }


def _season(results: Results) -> Mapping[str, Any] | None:
    """Return the newest season."""
    rows = results["stats"].value["items"] if results["stats"].ok else []
    return rows[0] if rows else None


def _parts(request: PageRequest, results: Results) -> Mapping[str, Part]:
    season = _season(results)
    if season is None:
        return {}
    player, season_id = f"/stats/players/{request['player_id']}", season["season"]
    leagues = {each["league"] for each in results["stats"].value["items"]}
    wanted = {
        **{
            f"seasons_{league}": part("query-stats", f"/stats/leagues/{league}/seasons", fresh_s=60)
            for league in sorted(leagues)[:MOST_LEAGUES]
        },
        "matches": part("query-stats", f"{player}/matches", season=season_id, limit=100, fresh_s=20),
        "shots": part("query-stats", f"{player}/shots", fresh_s=20),
    }
    if slug := league_slug(results, season["league"]):
        wanted["players"] = part("analyze", f"/analyze/leagues/{slug}/players", fresh_s=20)
        wanted["similar"] = part(
            "analyze", f"/analyze/leagues/{slug}/similar-players", player=request["player_id"], k=6, fresh_s=20
        )
    return wanted


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    player = require(results, "player")
    season = _season(results)
    shots = results["shots"].value["items"] if "shots" in results and results["shots"].ok else []
    newest = [shot for shot in shots if season and shot["season_id"] == season["season"]][-N_SHOTS:]
    matches = results["matches"].value["items"] if "matches" in results and results["matches"].ok else []
    teams = results["teams"].value["items"] if results["teams"].ok else []
    return View(
        title=player["name"],
        description=_("Statistics per 90 minutes with percentiles, shots, similar players and career."),
        picture=f"/plots/players/{player['player_id']}/radar?format=png",
        values={
            "player": player,
            "season": season,
            "seasons": results["stats"].value["items"] if results["stats"].ok else [],
            "teams": teams,
            "league": league_slug(results, season["league"]) if season else "",
            "league_names": {
                each["league_id"]: each["name"]
                for each in (results["leagues"].value["items"] if results["leagues"].ok else [])
            },
            "season_years": season_years(results),
            "percentiles": _percentiles(results, player),
            "similar": _similar(results),
            "shots": pitch.place_shots([{**shot, "is_home": True} for shot in newest]),
            "n_goals": sum(shot["outcome"] == "goal" for shot in newest),
            "matches": matches[::-1][:N_MATCHES],
            "position_words": words_about.POSITIONS,
            "metric_words": words_about.METRICS,
        },
    )


def season_years(results: Results) -> Mapping[int, str]:
    """Return the years of seasons by their ids, from every part that lists a league's seasons."""
    lists = [each.value["items"] for name, each in results.items() if name.startswith("seasons_") and each.ok]
    return {season["season_id"]: season["year"] for seasons in lists for season in seasons}


def _percentiles(results: Results, player: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return a player's values per 90 minutes with the share of those in his position who have less."""
    if "players" not in results or not results["players"].ok:
        return None
    view = results["players"].value
    own = next((each for each in view.get("players", ()) if each["player_id"] == player["player_id"]), None)
    if own is None:
        return None
    peers = [
        each
        for each in view["players"]
        if each["position"] == own["position"] and (each["minutes"] >= _MIN_MINUTES or each is own)
    ]
    rows = [
        {"metric": metric, "value": value, "percentile": _share_below(value, [peer["values"][n] for peer in peers])}
        for n, (metric, value) in enumerate(zip(view["metrics"], own["values"], strict=True))
        if value is not None
    ]
    return {"rows": rows, "n": len(peers), "position": own["position"], "min_minutes": _MIN_MINUTES}


def _share_below(value: float, values: Sequence[float | None]) -> int:
    known = [each for each in values if each is not None]
    below = sum(each < value for each in known) + sum(each == value for each in known) / 2
    return round(100 * below / len(known)) if known else 0


def _similar(results: Results) -> list[dict[str, Any]]:
    """Return the most similar players, each with the two statistics in which both stand out alike."""
    if "similar" not in results or not results["similar"].ok:
        return []
    view = results["similar"].value
    own = view["player"]["z"]
    rows = []
    for each in view["items"]:
        products = sorted(((a * b, n) for n, (a, b) in enumerate(zip(own, each["z"], strict=True))), reverse=True)
        rows.append({**each, "reasons": [(view["metrics"][n], own[n] > 0) for _product, n in products[:2]]})
    return rows


PAGES = (
    Page(
        name="player",
        path="/player/<int:player_id>",
        template="player.html",
        waves=(_player, _parts),
        view=_view,
        example="/player/{player}",
    ),
)
