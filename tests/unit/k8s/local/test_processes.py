"""Processes are identified and ended the same way on every system."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from k8s.local.supervisor import orphan_guard, process_table


def test_the_start_of_a_process_is_read_from_ps_where_there_is_no_proc() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        started = process_table.ps_start(child.pid)
        assert abs(started - time.time()) < 60
        assert process_table.ps_start(child.pid) == started
    finally:
        child.kill()
    # It has exited and nobody has waited for it: a zombie is no running process.
    while process_table.ps_start(child.pid):
        time.sleep(0.01)
    child.wait()
    assert process_table.ps_start(child.pid) == 0


def test_this_process_has_started_some_time_ago() -> None:
    started = process_table.start_time(os.getpid())
    assert 0 <= process_table.uptime_s(started) < 86_400


def test_a_guard_signals_the_children_that_were_not_released() -> None:
    assert orphan_guard.remaining(["7 9\n", "8 3\n", "7 0\n"]) == {8: 3}
    assert orphan_guard.remaining([]) == {}
