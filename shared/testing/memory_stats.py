"""The statistics port of query-stats over a warehouse in memory; one contract suite holds it to ClickHouse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from inspect import signature
from typing import Any, NamedTuple, TypeVar

from shared.testing.memory_warehouse import MemoryWarehouse

Rows = list[dict[str, Any]]
Tuple = TypeVar("Tuple", bound=NamedTuple)
_PLACE = ("league_id", "season_id", "match_id")
FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""Time at which everything was fetched."""
_LINES = "GDMF"


class MemoryStats:
    """Answers some queries from a warehouse in memory and counts the reads in `n_reads`.

    All other queries exist in SQL alone: a second engine for them would need tests of its own.
    """

    def __init__(self, warehouse: MemoryWarehouse) -> None:
        self._warehouse = warehouse
        self.n_reads = 0
        self._answers: dict[str, Callable[..., Rows]] = {
            "leagues": self._leagues,
            "seasons": self._seasons,
            "season": self._season,
            "season_matches": self._season_matches,
            "match": self._match,
            "match_detail": self._match_detail,
            "teams": self._teams,
            "team": self._team,
            "team_seasons": self._team_seasons,
            "player": self._player,
            "player_seasons": self._player_seasons,
            "leaders": self._leaders,
            **{table: partial(self._part, table) for table in ("team_statistics", "appearances", "incidents", "shots")},
        }

    def parameters_of(self, query: str) -> frozenset[str]:
        """Return the parameters of a query: those of the method that answers it."""
        answer = self._answers[query]
        bound = answer.keywords if isinstance(answer, partial) else {}
        return frozenset(signature(answer).parameters) - set(bound)

    def rows(self, query: str, parameters: Mapping[str, Any]) -> Rows:
        """Return the rows of a query."""
        return self._answers[query](**parameters)

    def named_tuples(self, query: str, parameters: Mapping[str, Any], kind: type[Tuple]) -> list[Tuple]:
        """Return the rows as named tuples; columns without a field are left out."""
        return [kind._make(row[name] for name in kind._fields) for row in self.rows(query, parameters)]

    def _leagues(self) -> Rows:
        rows = self._rows("leagues")
        return sorted(rows, key=lambda row: str(row["name"]))

    def _seasons(self, league_id: int) -> Rows:
        n_matches = Counter(row["season_id"] for row in self._rows("matches", league_id=league_id))
        rows = self._rows("seasons", league_id=league_id)
        rows.sort(key=lambda row: (row["starts_in"], row["season_id"]), reverse=True)
        return [_without(row, "league_id") | {"matches": n_matches[row["season_id"]]} for row in rows]

    def _season(self, league_id: int, season: str) -> Rows:
        """The season meant, if any."""
        fitting = [row for row in self._seasons(league_id) if season in ("", row["year"], str(row["season_id"]))]
        if not season:
            fitting.sort(key=lambda row: not row["matches"])
        names = {row["league_id"]: row["name"] for row in self._rows("leagues")}
        return [
            {name: row[name] for name in ("season_id", "year", "starts_in")} | {"league_name": names.get(league_id, "")}
            for row in fitting[:1]
        ]

    def _season_matches(self, league_id: int, season_id: int) -> Rows:
        """Every event of a season by kick-off."""
        matches = self._rows("matches", league_id=league_id, season_id=season_id)
        return sorted(matches, key=lambda match: (match["starts_at"], match["match_id"]))

    def _match(self, match_id: int) -> Rows:
        return self._rows("matches", match_id=match_id)

    def _match_detail(self, match_id: int) -> Rows:
        return self._rows("match_details", match_id=match_id)

    def _part(self, table: str, /, match_id: int) -> Rows:
        """Kinds of which a match has many records, in reading order."""
        rows = self._rows(table, match_id=match_id)
        if table == "team_statistics":
            rows = [{**row, "groups": list(row["groups"])} for row in rows]
        if table == "appearances":
            rows.sort(key=_squad_order)
        return [_without(row, *_PLACE) for row in rows]

    def _teams(self, league_id: int, season_id: int) -> Rows:
        """Teams that have a match in the season, by name."""
        matches = self._season_matches(league_id, season_id)
        playing = {match[side] for match in matches for side in ("home_id", "away_id")}
        rows = [row for row in self._rows("teams") if row["team_id"] in playing]
        return sorted(rows, key=lambda row: (str(row["name"]), row["team_id"]))

    def _team(self, team_id: int) -> Rows:
        return self._rows("teams", team_id=team_id)

    def _team_seasons(self, team_id: int) -> Rows:
        played = [match for match in self._rows("matches") if team_id in (match["home_id"], match["away_id"])]
        played.sort(key=lambda match: match["starts_at"], reverse=True)
        return [
            {
                "league_id": place[0],
                "season_id": place[1],
                "matches": len(matches),
                "finished": sum(match["status_type"] == "finished" for match in matches),
                **_provenance(matches),
            }
            for place, matches in _grouped(played, lambda match: (match["league_id"], match["season_id"])).items()
        ]

    def _player(self, player_id: int) -> Rows:
        return self._rows("players", player_id=player_id)

    def _player_seasons(self, player_id: int) -> Rows:
        rows = sorted(
            self._rows("appearances", player_id=player_id), key=lambda row: (-row["season_id"], row["team_id"])
        )
        by_club = _grouped(rows, lambda row: (row["league_id"], row["season_id"], row["team_id"]))
        return [
            {
                "league_id": place[0],
                "season_id": place[1],
                "team_id": place[2],
                **_season_of_player(played),
                **_provenance(played),
            }
            for place, played in by_club.items()
        ]

    def _leaders(
        self,
        league_id: int,
        season_id: int,
        min_minutes: int,
        limit: int,
        metric: str,
        uncounted: Sequence[int],
        per_90: bool = False,
    ) -> Rows:
        """Players by one statistic, best first."""
        by_rating = metric == "rating"
        rows = [
            row
            for row in self._rows("appearances", league_id=league_id, season_id=season_id)
            if row["minutes"] and (row["rating"] is not None or not by_rating) and row["match_id"] not in uncounted
        ]
        board = []
        for player_id, played in _grouped(rows, lambda row: row["player_id"]).items():
            minutes = sum(row["minutes"] for row in played)
            total = _mean_rating(played) if by_rating else sum(row["statistics"].get(metric, 0.0) for row in played)
            newest = max(played, key=lambda row: int(row["version"]))
            if total is not None and minutes >= min_minutes:
                line = {"player_id": player_id, "player": newest["player_name"], "team_id": newest["team_id"]}
                line["position"] = max(played, key=lambda row: (row["minutes"], row["match_id"]))["position"]
                value = 90 * total / minutes if per_90 and not by_rating else total
                counts = {"appearances": len(played), "total_minutes": minutes}
                board.append({**line, **counts, "total": total, "value": value, **_provenance(played)})
        fewer_first = -1 if by_rating else 1
        ordered = sorted(board, key=lambda row: (-row["value"], fewer_first * row["total_minutes"], row["player_id"]))
        return [{**row, "percentile": _percentile(row, board)} for row in ordered if row["total"] > 0][:limit]

    def _rows(self, table: str, **values: int) -> Rows:
        self.n_reads += 1
        rows = ({**asdict(row), "fetched_at": FETCHED_AT} for row in self._warehouse.current(table))
        return [row for row in rows if all(row[name] == value for name, value in values.items())]


def _percentile(row: dict[str, Any], board: Rows) -> float:
    """The share of the others in the same position who have less; of those who have as much half."""
    others: list[float] = [each["value"] for each in board if each["position"] == row["position"] and each is not row]
    less = sum((value < row["value"]) + (value == row["value"]) / 2 for value in others)
    return float(round(100 * less / max(len(others), 1), 1))


def _provenance(rows: Rows) -> dict[str, Any]:
    newest = max(rows, key=lambda row: int(row["version"]))
    return {"source": newest["source"], "version": newest["version"], "fetched_at": FETCHED_AT}


def _season_of_player(played: Rows) -> dict[str, Any]:
    minutes = [row["minutes"] for row in played if row["minutes"] is not None]
    totals: Counter[str] = Counter()
    for row in played:
        totals.update(row["statistics"])
    mean = _mean_rating([row for row in played if row["rating"] is not None])
    return {
        "appearances": sum(bool(row["minutes"]) for row in played),
        "starts": sum(row["starter"] for row in played),
        "total_minutes": sum(minutes) if minutes else None,
        "mean_rating": None if mean is None else round(mean, 2),
        "totals": dict(totals),
    }


def _mean_rating(played: Rows) -> float | None:
    minutes = sum(row["minutes"] or 0 for row in played)
    return sum(row["rating"] * (row["minutes"] or 0) for row in played) / minutes if minutes else None


def _squad_order(row: dict[str, Any]) -> tuple[Any, ...]:
    """Home first, starters first, from the goal forward; who has no line stands before, who has no number last."""
    number = row["shirt_number"]
    line = _LINES.find(row["position"]) if row["position"] else -1
    return (not row["is_home"], not row["starter"], line, number is None, number, row["player_id"])


def _grouped(rows: Sequence[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
