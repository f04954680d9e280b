"""One step of the lake in a process that kills itself with SIGKILL right after a call: ``killed.py STEP CALL``.

STEP is ``load``, ``build`` or ``drain``; CALL is ``module:Class.method``, whose effect has happened then.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Any

from functions.daily_sales import service as daily
from functions.daily_sales import wiring as daily_wiring
from functions.load_lake import service as loading
from functions.load_lake import wiring as loading_wiring
from functions.stream_sales import service as streaming
from functions.stream_sales import wiring as streaming_wiring
from shared.settings.loading import load_settings


def main(step: str, call: str) -> None:
    """Run a step that ends after a call."""
    module, _, path = call.partition(":")
    name, _, method = path.partition(".")
    kind = getattr(import_module(module), name)
    real = getattr(kind, method)

    def last(*args: Any, **params: Any) -> None:
        real(*args, **params)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(kind, method, last)
    if step == "load":
        loading.load(loading_wiring.build(load_settings(loading_wiring.Settings, os.environ)))
    elif step == "build":
        daily.build_due(daily_wiring.build(load_settings(daily_wiring.Settings, os.environ)))
    else:
        streaming.drain(streaming_wiring.build(load_settings(streaming_wiring.Settings, os.environ)))


if __name__ == "__main__":
    main(*sys.argv[1:])
