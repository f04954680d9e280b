"""Where one function finds the others."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting

_address = parsers.url("http", "https")
_NAME = "{function}"


def _pattern(text: str) -> str:
    if text.count(_NAME) != 1:
        raise ValueError(f"must hold {_NAME} once")
    _address(text.replace(_NAME, "name"))
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """The addresses of all functions."""

    url: str = setting(
        "FUNCTIONS_URL",
        _pattern,
        "",
        "address of each function inside the cluster, with {function} in place of its name",
    )
