"""Dead letters for people and for programs."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from knative.local.tools.redelivery.dead_letters import DeadLetter, DeadLetterGroup, group
from knative.local.tools.text.printable_json import dump_json
from knative.local.tools.text.time_format import iso, span
from shared.web.printable import printable

MOST_BYTES = 4096
"""Limit for data that is not JSON."""


def format_list(topics: Sequence[str], letters: Sequence[DeadLetter], *, now: float) -> list[str]:
    """A paragraph for each topic, a line in it for each group of letters; `now` is Unix seconds."""
    if not topics:
        return ["no delivery names a KafkaSink as its dead-letter sink"]
    rows = []
    for topic in topics:
        of_topic = [letter for letter in letters if letter.entry.topic == topic]
        n_redriven = sum(letter.redriven_at is not None for letter in of_topic)
        noun = "dead letter" if len(of_topic) == 1 else "dead letters"
        rows.append(f"{topic}: {len(of_topic) or 'no'} {noun}{f', {n_redriven} redriven' if n_redriven else ''}")
        rows += [line for alike in group(of_topic) for line in _format_group(alike, now)]
    return rows


def _format_group(group: DeadLetterGroup, now: float) -> list[str]:
    oldest, newest = group.letters[0], group.letters[-1]
    ages = [span(max(now - letter.at, 0)) for letter in (oldest, newest)]
    age = ages[1] if len(set(ages)) == 1 else f"{ages[1]} to {ages[0]}"
    open_ = [letter for letter in group.letters if letter.redriven_at is None]
    redriven = "" if len(open_) == len(group.letters) else f", {len(group.letters) - len(open_)} redriven"
    return [
        printable(f"  {len(group.letters):>5}  {group.label}  {group.error}"),
        printable(f"         {group.type}, {age} old{redriven}, newest {newest.event.id}"),
    ]


def format_letter(letter: DeadLetter) -> list[str]:
    """One letter: where it is, why it was given up, and the event."""
    rows = [
        ("letter", f"{letter.entry.topic}/{letter.place} of {iso(letter.at)}"),
        ("from", letter.label),
        ("address", letter.destination),
        ("error", letter.error),
    ]
    if letter.redriven_at:
        rows.append(("redriven", iso(letter.redriven_at)))
    rows += [(name, str(value)) for name, value in sorted(letter.event.attributes.items())]
    width = max(len(name) for name, _ in rows)
    return [*(printable(f"{name.ljust(width)}  {value}") for name, value in rows), "", *_pretty(letter.event.data), ""]


def to_json(letter: DeadLetter) -> dict[str, Any]:
    """Everything; data that is no text in base64."""
    event = letter.event
    try:
        data: dict[str, Any] = {"data": _value(event.data)}
    except UnicodeDecodeError:
        data = {"data_base64": base64.b64encode(event.data).decode()}
    return {
        "topic": letter.entry.topic,
        "place": letter.place,
        "at": iso(letter.at),
        "consumer": letter.label,
        "destination": letter.destination,
        "status": letter.answer.status,
        "error": letter.answer.failure_text,
        "redriven_at": iso(letter.redriven_at) if letter.redriven_at else None,
        "event": dict(event.attributes) | data,
    }


def _value(data: bytes) -> Any:
    """JSON as what it says, else the text."""
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()


def _pretty(data: bytes) -> list[str]:
    try:
        value = _value(data)
    except UnicodeDecodeError:
        return [f"{len(data)} bytes that are no text; --json has them in base64"]
    text = value if isinstance(value, str) else dump_json(value, indent=2)
    excerpt = text if len(text) <= MOST_BYTES or text is not value else f"{text[:MOST_BYTES]} …"
    return [printable(line) for line in excerpt.split("\n")]
