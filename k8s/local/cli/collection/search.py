"""rebuild the index of names from all that is stored

Searches use the old index until the new one is complete. The index updates itself; a rebuild is for one that is new or
was lost.
"""

from __future__ import annotations

import argparse
import os
import time

from k8s.local.cli.exit_codes import OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action."""
    parser.add_argument("what", choices=["rebuild"], help="read all names from ClickHouse and replace the index")


def run(args: argparse.Namespace) -> int:
    """Rebuild the index of the only platform that runs; without one, that of the environment."""
    from functions.search import service, wiring
    from k8s.local import running_platform
    from shared.settings.loading import load_settings

    running = running_platform.find_running(args.data)
    environment = dict(os.environ)
    if running:
        environment |= running_platform.single_platform(running, args.data).environment(os.environ)
    started_s = time.monotonic()
    n_names = service.rebuild(wiring.build(load_settings(wiring.Settings, environment, need=wiring.NEED)))
    print(f"{n_names} names are indexed ({time.monotonic() - started_s:.1f} s)")
    return OK
