"""Jinja2 templates of a folder: everything that is put into one is escaped, unless it says that it is markup.

Flask has imported Jinja2 already; a template is compiled when it is rendered first, not at a cold start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


def render(folder: Path, name: str, **values: Any) -> str:
    """Render a template of a folder; a value that it names and is not given is an error."""
    return environment(folder).get_template(name).render(**values)


@cache
def environment(folder: Path) -> Environment:
    """Return the templates of a folder, with nothing but Jinja2's own filters."""
    return make_environment(folder)


def make_environment(
    folder: Path,
    *,
    filters: Mapping[str, Callable[..., Any]] | None = None,
    shown_as: Callable[[str], str] | None = None,
) -> Environment:
    """Make an environment.

    Parameters
    ----------
    folder : holds the templates.
    filters : by name, besides Jinja2's own.
    shown_as : what becomes of every text before it is escaped, such as the removal of control characters.
    """

    def finalize(value: Any) -> Any:
        is_text = isinstance(value, str) and not isinstance(value, Markup)
        return shown_as(value) if is_text and shown_as else value

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    environment.filters.update(filters or {})
    return environment
