"""How fast analyze answers what it stored, in the server that a laptop runs: one caller, one kept connection."""

from __future__ import annotations

import http.client
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from functions.analyze.models.analysis import Analysis, analyse
from functions.analyze.models.history import History
from functions.analyze.ports import FitResult
from functions.analyze.storage.analyses import PostgresAnalyses
from shared.adapters.postgres.database import Postgres
from shared.migrate import runner
from tests.support.engines.postgres import new_server
from tests.support.functions.server import served

_WARM, _TIMED = 300, 2000
LEAGUE_ID, _SLUG = 17, "england"


def answered(known: History) -> dict[str, Any]:
    """Milliseconds to one stored forecast and to a page of fifty, of league `LEAGUE_ID`: median and 99th percentile."""
    analysis = analyse(known)
    server = new_server()
    server.start()
    try:
        _store(analysis, server.url())
        with (
            tempfile.TemporaryDirectory(prefix="touchline-answers-") as folder,
            served({"DATABASE_URL": server.url()}, Path(folder)) as url,
        ):
            first = analysis.forecasts[0].match_id
            return {
                "stored_forecast": _timed(url, f"/analyze/matches/{first}"),
                "fifty_forecasts": _timed(url, f"/analyze/leagues/{_SLUG}/forecasts"),
            }
    finally:
        server.remove()


def _store(analysis: Analysis, url: str) -> None:
    runner.run({"DATABASE_URL": url})
    database = Postgres(url)
    analyses = PostgresAnalyses(database, debounce_s=0.0)
    analyses.mark(analysis.league_id, analysis.season_id, analysis.forecasts[0].starts_at)
    with analyses.claim_due(analysis.league_id) as claim:
        assert claim is not None
        claim.save(FitResult(analysis=analysis, views={}))
    database.close()


def _timed(url: str, path: str) -> dict[str, float]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    took = np.array([_once(connection, path) for _ in range(_WARM + _TIMED)][_WARM:])
    connection.close()
    median, worst = np.quantile(took, (0.5, 0.99))
    return {"p50_ms": round(1000 * float(median), 2), "p99_ms": round(1000 * float(worst), 2)}


def _once(connection: http.client.HTTPConnection, path: str) -> float:
    began_s = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answers {answer.status}: {body[:200]!r}")
    return time.perf_counter() - began_s
