"""``./scripts/touchline``: look at a platform, running or stopped, and into the life of its events."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE
from k8s.local.cli.options import default_data
from shared.errors import TouchlineError

COMMANDS = (
    "platform.status",
    "platform.migrate",
    "cluster.lint",
    "events.graph",
    "events.why",
    "events.tail",
    "events.dlq",
    "events.replay",
    "collection.rebuild",
    "collection.search",
    "collection.quarantine",
    "collection.load",
    "collection.teams",
    "collection.source",
    "collection.jobs",
    "collection.completeness",
    "platform.conformance",
    "platform.simulate",
    "cluster.policies",
    "cluster.overlay",
)
"""Modules below `k8s.local.cli`, in the order of the help; a command is called like its module."""

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is well, 1 when something is not, 2 when the command line does not fit."""
    asked = parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
        sys.stdout.flush()
        return code
    except TouchlineError as exc:
        print(f"touchline {asked.command}: {exc}", file=sys.stderr)
        return TROUBLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has seen enough, as `head` does; what is still buffered must not complain when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(
        prog="./scripts/touchline", description=(__doc__ or "").partition(": ")[2].capitalize()
    )
    whole.add_argument("--data", type=Path, default=default_data(), help="directory given to run (%(default)s)")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for path in COMMANDS:
        name = path.rpartition(".")[2]
        module = importlib.import_module(f"k8s.local.cli.{path}")
        told, _, more = (module.__doc__ or "").partition("\n")
        one = commands.add_parser(
            name, help=told, description=told, epilog=more.strip(), formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.arguments(one)
        one.set_defaults(run=module.run)
    return whole


if __name__ == "__main__":
    sys.exit(main())
