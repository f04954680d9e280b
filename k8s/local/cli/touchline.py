"""``./scripts/touchline``: inspect a platform, running or stopped, its events and its collection."""

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
    "collection.export",
    "collection.import_",
    "collection.teams",
    "collection.source",
    "collection.jobs",
    "collection.completeness",
    "money.ledger",
    "shop.shop",
    "platform.conformance",
    "platform.simulate",
    "cluster.policies",
    "cluster.overlay",
    "cluster.new_function",
)
"""Modules below `k8s.local.cli` in the order of the help; a command has the name of its module, with hyphens."""

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 for success, 1 for a problem, 2 for a wrong command line."""
    args = parser().parse_args(arguments)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except TouchlineError as exc:
        print(f"touchline {args.command}: {exc}", file=sys.stderr)
        return TROUBLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has ended, as `head` does; flushing the rest when Python ends must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    root = argparse.ArgumentParser(
        prog="./scripts/touchline", description=(__doc__ or "").partition(": ")[2].capitalize()
    )
    root.add_argument("--data", type=Path, default=default_data(), help="data directory of ./scripts/run (%(default)s)")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for path in COMMANDS:
        name = path.rpartition(".")[2].rstrip("_").replace("_", "-")
        module = importlib.import_module(f"k8s.local.cli.{path}")
        summary, _, details = (module.__doc__ or "").partition("\n")
        command = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=details.strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(command)
        command.set_defaults(run=module.run)
    return root


if __name__ == "__main__":
    sys.exit(main())
