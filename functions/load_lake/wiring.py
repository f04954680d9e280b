"""Choose the adapters that load-lake runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.load_lake.service import Deps
from shared import lazy
from shared.adapters.lake.catalogue import LakeCatalogue
from shared.adapters.objects import build_objects
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.settings.stores import ObjectStoreSettings, PostgresSettings

if TYPE_CHECKING:
    from shared.adapters.lake import parquet
else:
    parquet = lazy.Module("shared.adapters.lake.parquet")

NEED = ("DATABASE_URL", "OBJECT_STORE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    postgres: PostgresSettings
    objects: ObjectStoreSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, objects = Postgres(settings.postgres.url), build_objects(settings.objects)
    return Deps(
        catalogue=LakeCatalogue(database),
        objects=objects,
        codec=parquet,
        clock=SystemClock(),
        probes={"postgres": database.probe, "objects": objects.probe},
    )
