"""apply missing migrations to the running stores, or to those of DATABASE_URL and CLICKHOUSE_URL"""

from __future__ import annotations

import argparse
import os

from k8s.local.cli.exit_codes import OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no options."""


def run(args: argparse.Namespace) -> int:
    """Migrate the stores of the running platform; without one, those named by the environment."""
    from k8s.local import running_platform
    from shared.migrate import runner

    environment = dict(os.environ)
    if platforms := running_platform.find_running(args.data):
        environment = running_platform.single_platform(platforms, args.data).environment(os.environ)
    report = runner.run(environment)
    applied = [*report.postgres, *report.clickhouse]
    print(f"applied {', '.join(applied) or 'nothing: every migration was there'} ({report.elapsed_ms:.0f} ms)")
    return OK
