"""Reads settings from the environment into frozen dataclasses, and names every fault at once.

A *group* is a frozen dataclass whose fields are made by `setting`; the groups of an area lie in a file of their own
beside this one. A function lists the groups it reads as the fields of one more frozen dataclass, its ``Settings``::

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Settings:
        edge: EdgeSettings
        postgres: PostgresSettings

    NEED = ("DATABASE_URL",)
    settings = load_settings(Settings, os.environ, need=NEED)
    settings.postgres.url
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import Field, field, fields
from typing import Any, TypeVar, get_type_hints

from shared.errors import InvalidSettings

T = TypeVar("T")


def setting(name: str, parse: Callable[[str], Any], default: Any, effect: str, *, secret: bool = False) -> Any:
    """Describe one setting as a field of a group.

    Parameters
    ----------
    name : the environment variable.
    parse : the value of its text; raises `ValueError` with what is wrong with the text.
    default : the value when the variable is absent or blank.
    effect : what it is for, in a few words that follow the name in a list.
    secret : True keeps the value out of ``repr``; such a setting lies in a Secret, the others in the ConfigMap.
    """
    return field(default=default, repr=not secret, metadata={"env": name, "parse": parse, "effect": effect})


def load_settings(kind: type[T], env: Mapping[str, str], *, need: Collection[str] = ()) -> T:
    """Read a group, or a dataclass of groups, from an environment.

    Parameters
    ----------
    kind : the dataclass.
    env : the environment, usually ``os.environ``.
    need : names of variables that must be given.

    Raises
    ------
    InvalidSettings : names every missing or malformed variable.
    """
    faults: dict[str, str] = {}
    loaded = _load(kind, env, need, faults)
    if faults:
        raise InvalidSettings("; ".join(f"{name}: {fault}" for name, fault in sorted(faults.items())))
    return loaded


def settings_of(kind: type) -> Iterator[Field[Any]]:
    """Every setting of a group or of a dataclass of groups."""
    groups = get_type_hints(kind) if any("env" not in each.metadata for each in fields(kind)) else {}
    for each in fields(kind):
        if "env" in each.metadata:
            yield each
        else:
            yield from settings_of(groups[each.name])


def _load(kind: type[T], env: Mapping[str, str], need: Collection[str], faults: dict[str, str]) -> T:
    values: dict[str, Any] = {}
    groups = get_type_hints(kind) if any("env" not in each.metadata for each in fields(kind)) else {}  # type: ignore[arg-type]
    for each in fields(kind):  # type: ignore[arg-type]
        if each.name in groups:
            values[each.name] = _load(groups[each.name], env, need, faults)
            continue
        name: str = each.metadata["env"]
        text = env.get(name, "").strip()
        if text:
            _parse(each, text, values, faults)
        elif name in need:
            faults[name] = f"missing: {each.metadata['effect']}"
    return kind(**values)


def _parse(each: Field[Any], text: str, values: dict[str, Any], faults: dict[str, str]) -> None:
    try:
        values[each.name] = each.metadata["parse"](text)
    except ValueError as exc:
        # The text itself may be a secret, so a fault never repeats it.
        words = str(exc)
        faults[each.metadata["env"]] = (
            "is not a number" if words.startswith(("invalid literal", "could not convert")) else words
        )
