"""Rules that every adapter of the event log keeps: names, sizes, and the partition of a key."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Sequence

from shared.errors import InvalidInput, TooLarge
from shared.ports.log import NewEntry

MAX_ENTRY_BYTES = 1_048_576
"""Largest key + value + headers of one entry; a topic on Kafka is created with room for it."""
MAX_PARTITIONS = 1000

_NAME = re.compile(r"^[A-Za-z0-9._-]{1,200}$")
_M = 0x5BD1E995
_32 = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Return MurmurHash2 of 32 bits with the seed that Kafka's Java producer uses.

    Parameters
    ----------
    key : any bytes.

    Returns
    -------
    int in [0, 2**32).

    References
    ----------
    Appleby, MurmurHash2 (public domain); seed and masking after Kafka's default partitioner, so that a key lands in the
    partition of the same number on every adapter.
    """
    length = len(key)
    h = 0x9747B28C ^ length
    whole = length & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at : at + 4], "little") * _M & _32
        k = (k ^ k >> 24) * _M & _32
        h = h * _M & _32 ^ k
    if whole < length:
        h = (h ^ int.from_bytes(key[whole:], "little")) * _M & _32
    h = (h ^ h >> 13) * _M & _32
    return h ^ h >> 15


def choose_key_partition(key: bytes, partitions: int) -> int:
    """Return the partition of a key, in [0, partitions)."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


class RoundRobin:
    """Spreads entries without a key over partitions, from a random start, so that short-lived producers spread too."""

    def __init__(self) -> None:
        self._counter = itertools.count(random.randrange(1 << 20))

    def choose_partition(self, entry: NewEntry, partitions: int) -> int:
        """Return the partition of the entry's key; without a key, the next one."""
        if entry.key is not None:
            return choose_key_partition(entry.key, partitions)
        return next(self._counter) % partitions


def check_name(kind: str, name: str) -> str:
    """Return the name of a topic, group or member; `InvalidInput` when Kafka would not take it."""
    if not _NAME.match(name) or name in {".", ".."}:
        raise InvalidInput(f"{kind} {name!r}: 1 to 200 letters, digits, dots, dashes and underscores expected")
    return name


def check_partitions(topic: str, partitions: int) -> None:
    """Raise `InvalidInput` unless a topic may have this many partitions."""
    check_name("topic", topic)
    if not 1 <= partitions <= MAX_PARTITIONS:
        raise InvalidInput(f"topic {topic}: {partitions} partitions, 1 to {MAX_PARTITIONS} expected")


def check_start(start: str) -> None:
    """Raise `InvalidInput` unless a group can start there."""
    if start not in {"earliest", "latest"}:
        raise InvalidInput(f"start {start!r}: earliest or latest expected")


def entry_bytes(entry: NewEntry) -> int:
    """Return the size of an entry: key, value and headers."""
    return len(entry.value) + len(entry.key or b"") + sum(len(n.encode()) + len(v) for n, v in entry.headers)


def check_sizes(topic: str, entries: Sequence[NewEntry]) -> None:
    """Raise `TooLarge`, before anything is stored, when an entry does not fit."""
    for entry in entries:
        if (size := entry_bytes(entry)) > MAX_ENTRY_BYTES:
            raise TooLarge(f"topic {topic}: an entry of {size} bytes, at most {MAX_ENTRY_BYTES} are taken")
