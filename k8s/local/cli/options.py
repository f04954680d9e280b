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
    """Options of ``./scripts/run``."""

    once: bool
    port: int
    data: Path
    replay: Path | None
    open_data: bool
    leagues: tuple[str, ...]
    now: str
    seed: int
    lake: bool
    quiet: bool


def parse(arguments: Sequence[str] | None) -> Options:
    """Parse the command line; exit with a message if it is wrong."""
    parser = argparse.ArgumentParser(prog="./scripts/run", description="Run Touchline on this machine.")
    parser.add_argument("--once", action="store_true", help="run the main job once, then stop everything and exit")
    parser.add_argument("--port", type=int, default=8080, help="public port (default 8080); 0 chooses a free one")
    parser.add_argument("--data", type=Path, default=default_data(), help="data directory (default %(default)s)")
    parser.add_argument("--replay", type=Path, metavar="DIR", help="collect real results of the archive in this folder")
    parser.add_argument(
        "--open-data", action="store_true", help="real results, prices and fixtures of open archives, where one answers"
    )
    parser.add_argument("--leagues", default="", help="comma-separated, such as england,spain (default: all)")
    parser.add_argument("--now", default="", help="time of the stand-in's clock: a date or an instant")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated leagues")
    parser.add_argument("--lake", action="store_true", help="keep objects in an S3 server of its own, from now on")
    parser.add_argument("--quiet", action="store_true", help="print only problems")
    args = parser.parse_args(arguments)
    slugs = tuple(slug.strip() for slug in args.leagues.split(",") if slug.strip())
    try:
        for slug in slugs:
            leagues.by_slug(slug)
        now = _instant(args.now)
    except TouchlineError as exc:
        parser.error(str(exc))
    if args.replay is not None and not args.replay.is_dir():
        parser.error(f"--replay {args.replay} is not a folder")
    return Options(
        once=args.once,
        port=args.port,
        data=args.data.expanduser().resolve(),
        replay=args.replay,
        open_data=args.open_data,
        leagues=slugs,
        now=now,
        seed=args.seed,
        lake=args.lake,
        quiet=args.quiet,
    )


def default_data() -> Path:
    """Return the default data directory, by the XDG convention."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "touchline"


def _instant(text: str) -> str:
    """Return an instant as ISO 8601; a date alone means its noon in UTC."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(f"{text}T12:00:00+00:00" if len(text) == len("2025-01-01") else text)
    except ValueError as exc:
        raise InvalidInput(f"--now {text!r} is not a date or an instant") from exc
    if moment.tzinfo is None:
        raise InvalidInput(f"--now {text!r} needs a time zone, such as Z")
    return moment.isoformat()
