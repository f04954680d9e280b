"""One supervisor per data directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from k8s.local.supervisor.data_lock import DataLock
from shared.errors import Conflict


def test_second_lock_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    first = DataLock(tmp_path)
    first.acquire()
    with pytest.raises(Conflict, match=rf"in use by process {os.getpid()}; stop it or pass another --data"):
        DataLock(tmp_path).acquire()
    first.release()


def test_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path), DataLock(tmp_path)
    first.acquire()
    first.release()
    second.acquire()
    second.release()


def test_lock_file_of_a_dead_process_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4194304")
    lock = DataLock(tmp_path)
    lock.acquire()
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    lock.release()
