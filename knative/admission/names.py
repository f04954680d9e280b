"""Kubernetes' rules for names; each check answers with what is wrong, in Kubernetes' words."""

from __future__ import annotations

import re

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"

_KEY_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)


def dns_1123_label(text: str) -> list[str]:
    """A label such as ``my-name``."""
    wrong = _too_long(text, 63)
    if re.fullmatch(_LABEL, text):
        return wrong
    if re.fullmatch(_SUBDOMAIN, text):
        return [*wrong, "must not contain dots"]
    rule = (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
        "and must start and end with an alphanumeric character"
    )
    return [*wrong, _unmatched(rule, _LABEL, "my-name", "123-abc")]


def dns_1123_subdomain(text: str) -> list[str]:
    """Labels separated by dots, such as ``example.com``."""
    if re.fullmatch(_SUBDOMAIN, text):
        return _too_long(text, 253)
    rule = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
        "and must start and end with an alphanumeric character"
    )
    return [*_too_long(text, 253), _unmatched(rule, _SUBDOMAIN, "example.com")]


def dns_1035_label(text: str) -> list[str]:
    """A label that starts with a letter."""
    if re.fullmatch(_LABEL_1035, text):
        return _too_long(text, 63)
    rule = (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
        "start with an alphabetic character, and end with an alphanumeric character"
    )
    return [*_too_long(text, 63), _unmatched(rule, _LABEL_1035, "my-name", "abc-123")]


def dns_1035_label_prefix(text: str) -> list[str]:
    """Return what a generated name may start with: a label that may end with a dash."""
    return dns_1035_label(f"{text[:-2]}a" if len(text) > 1 and text.endswith("-") else text)


def qualified_name(text: str) -> list[str]:
    """A name with an optional domain before a slash, such as ``example.com/MyName``."""
    parts = text.split("/")
    if len(parts) > 2:
        return [
            f"a valid label key {_unmatched(_KEY_RULE, _KEY, 'MyName', 'my.name', '123-abc')}"
            " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    wrong = []
    if len(parts) == 2:
        inner = ["must be non-empty"] if not parts[0] else dns_1123_subdomain(parts[0])
        wrong += [f"prefix part {each}" for each in inner]
    name = parts[-1]
    wrong += [f"name part {each}" for each in (["must be non-empty"] if not name else _too_long(name, 63, "bytes"))]
    if not re.fullmatch(_KEY, name):
        wrong.append(f"name part {_unmatched(_KEY_RULE, _KEY, 'MyName', 'my.name', '123-abc')}")
    return wrong


def label_value(text: str) -> list[str]:
    """The value of a label."""
    if re.fullmatch(f"({_KEY})?", text):
        return _too_long(text, 63, "bytes")
    rule = f"a valid label must be an empty string or {_KEY_RULE.removeprefix('must ')}"
    return [*_too_long(text, 63, "bytes"), _unmatched(rule, f"({_KEY})?", "MyValue", "my_value", "12345")]


def c_identifier(text: str) -> list[str]:
    """An identifier of the language C, which a kind has to be."""
    if re.fullmatch(_IDENTIFIER, text):
        return []
    rule = (
        "a valid C identifier must start with alphabetic character or '_', "
        "followed by a string of alphanumeric characters or '_'"
    )
    return [_unmatched(rule, _IDENTIFIER, "my_name", "MY_NAME", "MyName")]


def _too_long(text: str, most: int, unit: str = "characters") -> list[str]:
    return [f"must be no more than {most} {unit}"] if len(text.encode()) > most else []


def _unmatched(rule: str, pattern: str, *examples: str) -> str:
    example_text = " or ".join(f"'{each}', " for each in examples)
    return f"{rule} (e.g. {example_text}regex used for validation is '{pattern}')"
