"""Sends dead letters to the consumer that gave them up, each once."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from knative.local.tools.redelivery.dead_letters import DeadLetter
from knative.local.tools.redelivery.redrive_log import RedriveLog
from knative.local.tools.redelivery.resender import Resender
from knative.local.tools.text.time_format import iso
from shared.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveResult:
    """Outcome of one dead letter."""

    is_ok: bool
    message: str


async def redrive(
    letter: DeadLetter, resender: Resender, redrives: RedriveLog, *, again: bool, dry_run: bool
) -> RedriveResult:
    """One attempt for one letter; see `RedriveLog.claim` for `again`."""
    if letter.consumer is None:
        return RedriveResult(is_ok=False, message="nothing here delivers to that address any more")
    if letter.redriven_at and not again:
        return RedriveResult(
            is_ok=True, message=f"was sent already at {iso(letter.redriven_at)}; --again sends it once more"
        )
    to = letter.consumer.target
    if dry_run:
        return RedriveResult(is_ok=True, message=f"would be sent to {to.url}")
    if not redrives.claim(letter.entry, again=again):
        return RedriveResult(is_ok=True, message="is being sent by another")
    stored_at = f"{letter.entry.topic}/{letter.place}"
    failure = await resender.send(letter.event, to, retries=0, what="redriven", stored_at=stored_at)
    if failure:
        redrives.release(letter.entry)
        return RedriveResult(is_ok=False, message=f"not taken, and stays: {failure}")
    return RedriveResult(is_ok=True, message="taken")


def edit(letter: DeadLetter, environment: Mapping[str, str]) -> DeadLetter:
    """The letter with its data as a person leaves it in ``$VISUAL`` or ``$EDITOR``.

    Raises
    ------
    InvalidInput : nothing was changed, the editor failed, or JSON is no JSON any more.
    """
    is_json = "json" in str(letter.event.attributes.get("datacontenttype", ""))
    editor = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"data.{'json' if is_json else 'txt'}"
        path.write_bytes(letter.event.data)
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
        except (OSError, subprocess.CalledProcessError) as exc:
            raise InvalidInput(f"nothing is sent: {exc}") from exc
        data = path.read_bytes()
    if data == letter.event.data:
        raise InvalidInput("nothing was changed, and nothing is sent")
    if is_json:
        try:
            json.loads(data)
        except ValueError as exc:
            raise InvalidInput(f"nothing is sent: what was written is not JSON: {exc}") from exc
    return replace(letter, event=replace(letter.event, data=data))
