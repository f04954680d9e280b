"""what can be found by name: make the index anew of all that is stored

Until it is done, what was there before is found. It is fed by itself; this is for an index that is new or was lost.
"""

from __future__ import annotations

import argparse
import os
import time

from k8s.local.cli.exit_codes import OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do; there is one thing."""
    parser.add_argument("what", choices=["rebuild"], help="read all names from ClickHouse and replace the index")


def run(asked: argparse.Namespace) -> int:
    """Rebuild the index of the one platform that runs below the directory, else that of the environment."""
    from functions.search import service, wiring
    from k8s.local import running as outside
    from shared import settings

    running = outside.running(asked.data)
    environment = dict(os.environ)
    if running:
        environment |= outside.the_one(running, asked.data).environment(os.environ)
    started_s = time.monotonic()
    n_names = service.rebuild(wiring.build(settings.load(environment, need=wiring.NEED)))
    print(f"{n_names} names can be found ({time.monotonic() - started_s:.1f} s)")
    return OK
