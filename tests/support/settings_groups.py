"""Every group of settings there is, from every file of `shared.settings`, and the settings in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from shared import settings
from shared.settings.loading import settings_of


def groups() -> Iterator[type]:
    """The dataclasses of settings."""
    for module in iter_modules(settings.__path__, f"{settings.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.name:
                yield value


def all_settings() -> list[Field[Any]]:
    """The settings of all groups."""
    return [each for group in groups() for each in settings_of(group)]


def names(kind: type) -> set[str]:
    """The environment variables that a dataclass of settings is read from."""
    return {each.metadata["env"] for each in settings_of(kind)}
