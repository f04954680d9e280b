"""``./scripts/run``: starts the platform, runs the main job, runs until Ctrl-C."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from k8s.local.cli import main_job, open_data_job
from k8s.local.cli.options import Options, parse
from k8s.local.platform import Platform, PortTaken, Standin
from k8s.local.supervisor.data_lock import DataLock
from shared.errors import Conflict, TouchlineError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

FAILED, USAGE, IN_USE, INTERRUPTED = 1, 2, 3, 130


class Interrupted(BaseException):
    """A signal ended the run; not an Exception, so that no handler catches it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit code."""
    options = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = DataLock(options.data)
    try:
        lock.acquire()
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


def _run(options: Options) -> int:
    standin = Standin(seed=options.seed, replay=options.replay, now=options.now)
    job, world = _choose_job(options, "source" if os.environ.get("SOURCE_URL") else standin.label)
    platform = Platform(options.data / world, port=options.port, standin=standin, lake=options.lake)
    _handle_signals()
    try:
        platform.start()
        platform.wait_ready()
        if not options.quiet:
            print(f"Touchline is ready at {platform.urls['public']}, state in {platform.data}", flush=True)
        code = job(platform, options)
        if options.once:
            return code
        if not options.quiet:
            print("Running until Ctrl-C.", flush=True)
        threading.Event().wait()
        return code
    except Interrupted:
        return 0 if not options.once else INTERRUPTED
    finally:
        # A second Ctrl-C now ends this process at once, and the children with it.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        platform.stop()


def _choose_job(options: Options, world: str) -> tuple[Callable[[Platform, Options], int], str]:
    """Return the main job and the world it fills: open data where it is wanted and an archive answers."""
    if not options.open_data:
        return main_job.run, world
    if reachable := open_data_job.find_reachable(os.environ):
        open_data_job.enable(reachable)
        return open_data_job.run, open_data_job.LABEL
    print("No archive of open data answers; going on with the stand-in's simulated leagues.", file=sys.stderr)
    return main_job.run, world


def _handle_signals() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Interrupted

    for number in _SIGNALS:
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
