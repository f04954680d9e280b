"""the data plane in virtual time, with crashes and failing sinks: does it keep its promises?

A seed decides everything that happens, so one that breaks a promise is replayed by naming it again.
"""

from __future__ import annotations

import argparse

from knative.simulator.arguments import add as arguments

__all__ = ["arguments", "run"]


def run(asked: argparse.Namespace) -> int:
    """0 when every property holds, else 1."""
    from knative.simulator import command

    return command.run(asked)
