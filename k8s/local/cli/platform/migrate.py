"""apply what is missing to the stores, the running ones or those of the URLs"""

from __future__ import annotations

import argparse
import os

from k8s.local.cli.exit_codes import OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(asked: argparse.Namespace) -> int:
    """Migrate the stores named by the environment, else those of the one platform that runs below the directory."""
    from k8s.local import running as outside
    from shared.migrate import runner as migrate

    running = outside.running(asked.data)
    environment = outside.the_one(running, asked.data).environment(os.environ) if running else dict(os.environ)
    report = migrate.run(environment)
    applied = [*report.postgres, *report.clickhouse]
    print(f"applied {', '.join(applied) or 'nothing: all is in place'} ({report.elapsed_ms:.0f} ms)")
    return OK
