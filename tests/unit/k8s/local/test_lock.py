"""One supervisor per data directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from k8s.local.supervisor.data_lock import DataLock
from shared.errors import Conflict


def test_second_lock_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    first = DataLock(tmp_path)
    first.take()
    with pytest.raises(Conflict, match=rf"in use by process {os.getpid()}; stop it or name another --data"):
        DataLock(tmp_path).take()
    first.release()


def test_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path), DataLock(tmp_path)
    first.take()
    first.release()
    second.take()
    second.release()


def test_lock_file_of_a_dead_process_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4194304")
    lock = DataLock(tmp_path)
    lock.take()
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    lock.release()
