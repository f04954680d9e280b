"""What the log in memory does as Kafka does; all else it keeps as `MemoryLog`."""

from __future__ import annotations

from shared.adapters.memory.partitioned_log import PartitionedLog
from shared.ports.log import Entry, LogConsumer, NewEntry


def a_log(n_entries: int) -> PartitionedLog:
    """Two partitions; even values lie in one, odd ones in the other."""
    log = PartitionedLog()
    log.ensure_topic("t", partitions=2)
    log.append("t", [NewEntry(value=str(n).encode()) for n in range(n_entries)])
    return log


def join(log: PartitionedLog, member: str) -> LogConsumer:
    return log.consumer("t", "g", member=member)


def poll(member: LogConsumer, most: int = 100) -> list[Entry]:
    return sorted(member.poll(max_entries=most, wait_s=0), key=lambda entry: int(entry.value))


def values(entries: list[Entry]) -> list[int]:
    return [int(entry.value) for entry in entries]


def parity(entries: list[Entry]) -> set[int]:
    return {value % 2 for value in values(entries)}


def test_a_partition_has_one_reader() -> None:
    log = a_log(20)
    one, other = join(log, "one"), join(log, "other")
    first, second = poll(one), poll(other)
    assert len(first) == len(second) == 10
    assert parity(first) | parity(second) == {0, 1}
    assert len(parity(first)) == len(parity(second)) == 1


def test_a_partition_moves_when_its_holder_polls_and_not_before() -> None:
    log = a_log(20)
    slow = join(log, "slow")
    assert len(poll(slow)) == 20
    other = join(log, "other")
    assert poll(other) == []
    poll(slow)
    assert len(poll(other)) == 10


def test_what_was_acknowledged_beyond_a_gap_comes_again_and_counts_as_open() -> None:
    log = a_log(8)
    one = join(log, "one")
    polled = poll(one)
    one.ack([entry for entry in polled if int(entry.value) not in (2, 5)])
    # Committed are 0, 1 and 3: the first entry of one partition, two of the other.
    assert log.lag("t", "g") == 5
    one.close()
    assert values(poll(join(log, "two"))) == [2, 4, 5, 6, 7]


def test_what_is_acknowledged_after_the_partition_moved_is_passed_over() -> None:
    log = a_log(4)
    late = join(log, "late")
    polled = poll(late)
    log.kill("t", "g", "late")
    other = join(log, "other")
    assert len(poll(other)) == 4
    late.ack(polled)
    assert log.lag("t", "g") == 4
