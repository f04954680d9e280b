"""Counts what a consumer has done since the process started; `/status` reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Counters:
    """Deliveries of one consumer, counted by how they ended."""

    in_flight: int = 0
    delivered: int = 0
    retried: int = 0
    unmatched: int = 0
    dead_lettered: int = 0
    dropped: int = 0
    lost: int = 0
