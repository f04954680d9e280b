"""``./scripts/run``: start the platform, do the main job, stay until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from k8s.local.cli import main_job
from k8s.local.platform import Platform, PortTaken, Standin
from k8s.local.supervisor.data_lock import DataLock
from shared.domain.catalogue import leagues
from shared.errors import Conflict, InvalidInput, TouchlineError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

FAILED, USAGE, IN_USE, INTERRUPTED = 1, 2, 3, 130


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


class Stopped(BaseException):
    """A signal asks the run to end; not an Exception, so that nothing on the way swallows it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told otherwise; the exit code."""
    options = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = DataLock(options.data)
    try:
        lock.take()
    except Conflict as exc:
        print(exc, file=sys.stderr)
        return IN_USE
    try:
        return _run(options)
    except PortTaken as exc:
        print(exc, file=sys.stderr)
        return USAGE
    except TouchlineError as exc:
        print(exc, file=sys.stderr)
        return FAILED
    finally:
        lock.release()


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


def _run(options: Options) -> int:
    standin = Standin(seed=options.seed, replay=options.replay, now=options.now)
    world = "source" if os.environ.get("SOURCE_URL") else standin.label
    platform = Platform(options.data / world, port=options.port, standin=standin)
    _listen_for_signals()
    try:
        platform.start()
        platform.wait_ready()
        if not options.quiet:
            print(f"Touchline is ready at {platform.urls['public']}, state in {platform.data}", flush=True)
        code = main_job.run(platform, options)
        if options.once:
            return code
        if not options.quiet:
            print("Running until Ctrl-C.", flush=True)
        threading.Event().wait()
        return code
    except Stopped:
        return 0 if not options.once else INTERRUPTED
    finally:
        # From here a second Ctrl-C ends at once; the kernel then ends the children.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        platform.stop()


def _listen_for_signals() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    for number in _SIGNALS:
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
