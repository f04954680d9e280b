"""``./scripts/run``: starts the platform, runs the main job, runs until Ctrl-C."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from k8s.local.cli import main_job
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
    world = "source" if os.environ.get("SOURCE_URL") else standin.label
    platform = Platform(options.data / world, port=options.port, standin=standin)
    _handle_signals()
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
    except Interrupted:
        return 0 if not options.once else INTERRUPTED
    finally:
        # A second Ctrl-C now ends this process at once, and the children with it.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        platform.stop()


def _handle_signals() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Interrupted

    for number in _SIGNALS:
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
