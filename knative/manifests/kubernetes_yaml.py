"""Reads YAML as kubectl and the API server do (sigs.k8s.io/yaml): YAML 1.1 with the plain scalars of go-yaml, as JSON.

A YAML library for Python reads many plain scalars differently: ``20:45`` as a number to the base of 60, ``08`` and
``1e3`` as texts, dates as dates. Every manifest of this project is read here, so that the linter, the laptop and the
checks of overlays see what a cluster sees.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

import yaml

_Fast: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX = "tag:yaml.org,2002:"
_STRING, _NULL, _BOOLEAN, _INTEGER, _FLOAT = (_PREFIX + name for name in ("str", "null", "bool", "int", "float"))
_MERGE = _PREFIX + "merge"
_BINARY, _TIMESTAMP = _PREFIX + "binary", _PREFIX + "timestamp"

_WORDS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], (_BOOLEAN, True)),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], (_BOOLEAN, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (_NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (_FLOAT, math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (_FLOAT, math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (_FLOAT, -math.inf)),
    "<<": (_MERGE, "<<"),
}
_INTEGERS = (
    (re.compile(r"[-+]?0[xX][0-9a-fA-F]+"), 16),
    (re.compile(r"[-+]?0[oO][0-7]+"), 8),
    (re.compile(r"[-+]?0[bB][01]+"), 2),
    (re.compile(r"[-+]?0[0-7]+"), 8),
    (re.compile(r"[-+]?(?:0|[1-9][0-9]*)"), 10),
)
"""The forms of Go's ``strconv.ParseInt`` with base 0, and the base of each."""
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_AFTER_POINT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
"""A number that begins with a point goes to ``strconv.ParseFloat`` as it stands: underscores between digits alone."""
_LARGEST_FLOAT = 3.4028235e38
"""Beyond it 32 bits hold infinity only."""
_EXPONENT_FROM = 6
"""Powers of ten from which Go's format "g" writes an exponent."""
_LARGEST, _SMALLEST = 2**64 - 1, -(2**63)


class NotJson(yaml.MarkedYAMLError):
    """A value that YAML has and JSON does not have, so that an API server cannot take it."""


def resolve_scalar(text: str) -> tuple[str, Any]:
    """The YAML tag and the value of a plain scalar, as go-yaml reads it."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or (text[0] == "." and not _AFTER_POINT.fullmatch(text)):
        return _STRING, text
    digits = text.replace("_", "")
    if (integer := _integer(digits)) is not None:
        return _INTEGER, integer
    if _DECIMAL.fullmatch(digits) and math.isfinite(value := float(digits)):
        return _FLOAT, value
    return _STRING, text


def _integer(digits: str) -> int | None:
    """The value of an integer in one of Go's forms; None where it has none or is beyond 64 bits."""
    for form, base in _INTEGERS:
        if form.fullmatch(digits):
            value = int(re.sub("0[xXoObB]", "", digits, count=1) if base in (2, 16) else digits.replace("o", ""), base)
            is_signed_in_go = digits[0] in "+-"
            return value if _SMALLEST <= value <= (2**63 - 1 if is_signed_in_go else _LARGEST) else None
    return None


class KubernetesLoader(_Fast):  # type: ignore[misc, valid-type]  # the C one where it is installed
    """Resolves and constructs scalars as go-yaml does; refuses a key that is given twice."""

    yaml_constructors: ClassVar[dict[str | None, Any]] = {}

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """The tag of a node that has none."""
        if kind is yaml.ScalarNode and implicit[0]:
            return resolve_scalar(value)[0]
        return super().resolve(kind, value, implicit)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        """A mapping whose keys are texts, as in JSON."""
        keys: set[str] = set()
        for key_node, _ in node.value:
            key = _key_text(self, key_node)
            if key in keys and key_node.tag != _MERGE:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key_node.value!r} is given twice", problem_mark=key_node.start_mark
                )
            keys.add(key)
        self.flatten_mapping(node)
        return {_key_text(self, key): self.construct_object(value, deep=deep) for key, value in node.value}


def load_all(source: str | bytes) -> Iterator[Any]:
    """Every document, as JSON has it; `yaml.YAMLError` where one cannot be read."""
    return iter(yaml.load_all(source, Loader=KubernetesLoader))  # nosec B506 - built on a SafeLoader


def load(source: str | bytes) -> Any:
    """The one document of a text."""
    return yaml.load(source, Loader=KubernetesLoader)  # nosec B506 - built on a SafeLoader


def compose_all(source: str | bytes) -> Iterator[yaml.Node | None]:
    """The nodes of every document, which know their lines."""
    return iter(yaml.compose_all(source, Loader=KubernetesLoader))


def construct(node: yaml.Node) -> Any:
    """The value of a node that `compose_all` gave."""
    return KubernetesLoader("").construct_document(node)


def _key_text(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    """A key as the text that JSON has for it."""
    if node.tag == _FLOAT:
        return _go_float(float(resolve_scalar(node.value)[1]))
    value = loader.construct_object(node, deep=True)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value < 2**63:
        return str(value)
    raise NotJson(problem=f"{node.value} is no key of JSON", problem_mark=node.start_mark)


def _go_float(value: float) -> str:
    """The shortest text of a number that keeps 32 bits apart, as Go's ``FormatFloat(value, 'g', -1, 32)`` writes it."""
    if math.isnan(value):
        return ".nan"
    if abs(value) > _LARGEST_FLOAT:
        return ".inf" if value > 0 else "-.inf"
    single = struct.unpack("f", struct.pack("f", value))[0]
    shortest = next(
        text for n in range(10) if struct.unpack("f", struct.pack("f", float(text := f"{single:.{n}e}")))[0] == single
    )
    digits, _, exponent = shortest.partition("e")
    if -4 <= int(exponent) < _EXPONENT_FROM:
        return f"{float(shortest):.{max(len(digits.lstrip('-').replace('.', '')) - 1 - int(exponent), 0)}f}"
    return f"{digits}e{int(exponent):+03d}"


def _construct_scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    """The value of a scalar whose tag is one of numbers, booleans or null; a tag that does not fit is refused."""
    tag, value = resolve_scalar(loader.construct_scalar(node))
    if node.tag == _FLOAT and tag == _INTEGER:
        tag, value = _FLOAT, float(value)
    if tag != node.tag:
        raise yaml.MarkedYAMLError(problem=f"{node.value!r} is no {node.tag}", problem_mark=node.start_mark)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(problem=f"{node.value} is no value of JSON", problem_mark=node.start_mark)
        # As JSON writes it: with the fewest digits that keep the number, and zeros after them.
        return int(Decimal(repr(value))) if value.is_integer() else value
    return value


def _construct_binary(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    """Decode the base64 of a ``!!binary``."""
    return loader.construct_yaml_binary(node).decode("utf-8", "replace")


def _construct_unknown(loader: yaml.SafeLoader, node: yaml.ScalarNode | yaml.MappingNode | yaml.SequenceNode) -> Any:
    """A value with a tag that nobody knows, which is read as if it had none."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


KubernetesLoader.yaml_constructors = {
    None: _construct_unknown,
    _STRING: yaml.SafeLoader.construct_yaml_str,
    _PREFIX + "seq": yaml.SafeLoader.construct_yaml_seq,
    _PREFIX + "map": yaml.SafeLoader.construct_yaml_map,
    _BINARY: _construct_binary,
    **dict.fromkeys((_NULL, _BOOLEAN, _INTEGER, _FLOAT), _construct_scalar),
}
