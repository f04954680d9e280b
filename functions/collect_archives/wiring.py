"""Chooses the adapters that collect-archives runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.collect_archives.service import Deps
from shared.clock import SystemClock
from shared.settings.edge import EdgeSettings

NEED: tuple[str, ...] = ()
"""Settings without which the function does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Groups of settings that the function reads from the environment."""

    edge: EdgeSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    return Deps(clock=SystemClock())
