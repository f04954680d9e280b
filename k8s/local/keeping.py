"""What commands that read raw answers again need of a platform, or of the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.scrape_league import wiring
from functions.scrape_league.wiring import Keeper
from k8s.local import outside
from shared import settings


@contextmanager
def keeper(data: Path) -> Iterator[Keeper]:
    """The one platform that runs below a directory, else the stores named by the environment."""
    running = outside.running(data)
    environment = dict(os.environ)
    if running:
        one = outside.the_one(running, data)
        environment = one.environment(os.environ) | {
            "EVENT_LOG_URL": one.event_log_url(os.environ),
            "OBJECT_STORE_URL": one.object_store_url(os.environ),
        }
    built = wiring.build_keeper(settings.load(environment, need=wiring.KEEPER_NEED))
    try:
        yield built
    finally:
        built.close()
