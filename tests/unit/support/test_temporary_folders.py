"""Engines and folders of tests do not outlive a run that was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from k8s.local.supervisor.process_table import start_time
from tests.support.reference import ROOT
from tests.support.temporary_folders import delete_abandoned
from tests.support.waiting import eventually

RUN = """
import sys, time
from pathlib import Path
from tests.support.engines import postgres
server = postgres.new_server()
server.start()
print(server._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
def test_what_a_killed_run_of_tests_left_is_deleted_and_its_engines_end() -> None:
    run = subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    server = int(run.stdout.readline())
    (folder,) = (path.parent for path in map(Path, psutil.Process(server).cmdline()) if path.name == "data")
    delete_abandoned(folder.parent)
    assert folder.exists(), "its run goes on"
    run.kill()
    run.communicate()
    eventually(lambda: not start_time(server))
    delete_abandoned(folder.parent)
    assert not folder.exists()


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    names = ["touchline-pg-abc", "touchline-1", "other-pg-1-abc", "touchline-pg-1-abc"]  # process 1 runs for ever
    for name in names:
        (tmp_path / name).mkdir()
    delete_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
