"""What an event's sender wrote is shown, and does nothing."""

from __future__ import annotations

import json

import pytest

from knative.local.tools.text.printable_json import dump_json
from shared.web.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    {
        "": "",
        "plain, naïve, 東京, 🥅": "plain, naïve, 東京, 🥅",
        "a\nb\tc\r": r"a\nb\tc\r",
        "\x1b]0;t\x07": r"\x1b]0;t\x07",
        "\x9b31m\x7f": r"\x9b31m\x7f",
        "\u202egnp.exe": r"\u202egnp.exe",
        "\u2028\u2029": r"\u2028\u2029",
        "\ufffe\udc80": r"\ufffe\udc80",
        "\U000e0001": r"\U000e0001",
        "C:\\n": "C:\\n",
    }.items(),
)
def test_what_does_not_print_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("indent", [None, 2])
def test_json_stays_the_same_value_and_prints(indent: int | None) -> None:
    value = {"type": "a\x9b31m\u202e\x7f\U000e0001 東京", "n": [1, None, "\ufffe"]}
    text = dump_json(value, indent=indent)
    assert json.loads(text) == value
    assert all(line.isprintable() for line in text.split("\n"))
    assert "東京" in text
