"""Options of ``./scripts/run``, read from its command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shared.domain.catalogue import leagues
from shared.errors import InvalidInput, TouchlineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    once: bool
    port: int
    data: Path
    replay: Path | None
    leagues: tuple[str, ...]
    now: str
    seed: int
    quiet: bool


def parse(arguments: Sequence[str] | None) -> Options:
    """Read the command line; ends the program with a sentence when it does not fit."""
    parser = argparse.ArgumentParser(prog="./scripts/run", description="Run Touchline on this machine.")
    parser.add_argument("--once", action="store_true", help="do the main job, stop everything, exit")
    parser.add_argument("--port", type=int, default=8080, help="public port (default 8080); 0 takes a free one")
    parser.add_argument("--data", type=Path, default=default_data(), help="where state lives (default %(default)s)")
    parser.add_argument("--replay", type=Path, metavar="DIR", help="replay real results from this folder")
    parser.add_argument("--leagues", default="", help="comma-separated, such as england,spain (default: all)")
    parser.add_argument("--now", default="", help="the stand-in's clock: a date or an instant")
    parser.add_argument("--seed", type=int, default=1, help="decides everything simulated")
    parser.add_argument("--quiet", action="store_true", help="print only trouble")
    read = parser.parse_args(arguments)
    wanted = tuple(slug.strip() for slug in read.leagues.split(",") if slug.strip())
    try:
        for slug in wanted:
            leagues.by_slug(slug)
        now = _instant(read.now)
    except TouchlineError as exc:
        parser.error(str(exc))
    if read.replay is not None and not read.replay.is_dir():
        parser.error(f"--replay {read.replay} is not a folder")
    return Options(
        once=read.once,
        port=read.port,
        data=read.data.expanduser().resolve(),
        replay=read.replay,
        leagues=wanted,
        now=now,
        seed=read.seed,
        quiet=read.quiet,
    )


def default_data() -> Path:
    """Below the user's data directory, by the XDG convention."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "touchline"


def _instant(text: str) -> str:
    """ISO 8601 in UTC; a bare date is its noon."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(f"{text}T12:00:00+00:00" if len(text) == len("2025-01-01") else text)
    except ValueError as exc:
        raise InvalidInput(f"--now {text!r} is not a date or an instant") from exc
    if moment.tzinfo is None:
        raise InvalidInput(f"--now {text!r} needs its zone, such as Z")
    return moment.isoformat()
