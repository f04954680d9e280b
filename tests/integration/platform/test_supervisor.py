"""The supervisor over small real programs: what is started, brought back, stopped, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from k8s.local.supervisor.process import FOLDER, ProcessSpec
from k8s.local.supervisor.process_table import start_time
from k8s.local.supervisor.state_file import State, load
from k8s.local.supervisor.supervisor import Supervisor, kill_leftovers
from shared.errors import Unavailable
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
SLEEP = "import time; print('begun', flush=True); time.sleep(600)"


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    supervisors: list[Supervisor] = []

    def start(*specs: ProcessSpec) -> Supervisor:
        state_path = tmp_path / "state.json"
        supervisor = Supervisor(specs, logs=tmp_path / "logs", state=State(), state_path=state_path)
        supervisors.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in supervisors:
        supervisor.stop()


def program(name: str, code: str = SLEEP, **more: Any) -> ProcessSpec:
    return ProcessSpec(name=name, command=[sys.executable, "-c", code], probe=more.pop("probe", lambda: None), **more)


def test_process_waits_for_those_it_needs(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    def open_gate() -> None:
        if not gate.exists():
            raise Unavailable("the gate is closed")

    supervisor = supervise(program("second", after=("first",)), program("first", probe=open_gate))
    eventually(lambda: supervisor.pid("first"))
    assert not supervisor.pid("second")
    gate.touch()
    supervisor.wait_ready(timeout_s=60)
    assert supervisor.pid("second")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_dead_process_is_brought_back(supervise: Callable[..., Supervisor], number: int, tmp_path: Path) -> None:
    supervisor = supervise(program("one"), program("other"))
    supervisor.wait_ready(timeout_s=60)
    first, other = supervisor.pid("one"), supervisor.pid("other")
    os.kill(first, number)
    eventually(lambda: supervisor.is_ready("one") and supervisor.pid("one") != first)
    assert supervisor.pid("other") == other
    assert supervisor.restarts("one") == 1
    assert load(tmp_path / "state.json").processes["one"]["restarts"] == 1


def test_grandchildren_end_with_the_child(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "import pathlib, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(child.pid)); time.sleep(600)"
    )
    supervisor = supervise(program("parent", code))
    eventually(lambda: pid_file.exists() and pid_file.read_text())
    grandchild = int(pid_file.read_text())
    os.kill(supervisor.pid("parent"), signal.SIGKILL)
    eventually(lambda: not start_time(grandchild))


def test_crash_loop_is_told_with_the_last_words(supervise: Callable[..., Supervisor]) -> None:
    def never() -> None:
        raise Unavailable("nothing listens")

    supervisor = supervise(program("bad", "raise SystemExit('no bread left')", probe=never), program("good"))
    with pytest.raises(Unavailable, match=r"not ready: bad\n(?s:.*)nothing listens(?s:.*)no bread left"):
        supervisor.wait_ready(timeout_s=60)
    assert supervisor.is_ready("good")


def test_command_that_cannot_run_is_tried_again_and_harms_nobody(supervise: Callable[..., Supervisor]) -> None:
    missing = ProcessSpec(name="missing", command=["/no/such/program"], probe=lambda: None)
    supervisor = supervise(missing, program("good"))
    supervisor.wait_ready(["good"], timeout_s=60)
    with pytest.raises(Unavailable, match=r"cannot be started(?s:.*)/no/such/program"):
        supervisor.wait_ready(["missing"], timeout_s=60)


def test_stop_ends_foundations_last_and_lets_each_finish(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    words = tmp_path / "words"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        f"    time.sleep(0.1); open({str(words)!r}, 'a').write(sys.argv[1] + '\\n'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('begun', flush=True); time.sleep(600)"
    )

    def spec(name: str, *, stop_last: bool) -> ProcessSpec:
        log = tmp_path / "logs" / f"{name}.log"

        def probe() -> None:
            if b"begun" not in log.read_bytes():
                raise Unavailable("its handler is not there yet")

        return ProcessSpec(name=name, command=[sys.executable, "-c", code, name], probe=probe, stop_last=stop_last)

    supervisor = supervise(spec("store", stop_last=True), spec("user", stop_last=False))
    supervisor.wait_ready(timeout_s=60)
    supervisor.stop()
    assert words.read_text().split() == ["user", "store"]
    assert load(tmp_path / "state.json").processes == {}


def test_process_that_will_not_end_is_killed_in_time(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP

    def probe() -> None:
        if b"begun" not in (tmp_path / "logs" / "stubborn.log").read_bytes():
            raise Unavailable("not begun")

    supervisor = supervise(program("stubborn", code, stop_timeout_s=0.3, probe=probe))
    supervisor.wait_ready(timeout_s=60)
    pid, begun_s = supervisor.pid("stubborn"), time.monotonic()
    supervisor.stop()
    assert not start_time(pid)
    assert time.monotonic() - begun_s < 9, "others are given 10 s"


SUPERVISOR = """
import sys, time
from pathlib import Path
from k8s.local.supervisor.process import ProcessSpec
from k8s.local.supervisor.state_file import State
from k8s.local.supervisor.supervisor import Supervisor
data = Path(sys.argv[1])
spec = ProcessSpec(name="child", command=[sys.executable, "-c", sys.argv[2]], probe=lambda: None)
Supervisor([spec], logs=data / "logs", state=State(), state_path=data / "state.json").start()
time.sleep(600)
"""


def test_what_a_killed_process_left_in_its_temporary_folder_is_gone_when_it_is_started_again(
    supervise: Callable[..., Supervisor], tmp_path: Path
) -> None:
    scratch = tmp_path / "tmp" / "worker"
    code = "import tempfile, time; print(tempfile.mkdtemp(prefix='profile-'), flush=True); time.sleep(600)"
    supervisor = supervise(program("worker", code, scratch=scratch))
    for _ in range(3):
        eventually(lambda: supervisor.pid("worker") and len(list(scratch.glob("profile-*"))) == 1)
        names = {path.name for path in scratch.glob("*")}
        os.kill(supervisor.pid("worker"), signal.SIGKILL)
        eventually(partial(_are_gone, scratch, names))
    assert scratch.stat().st_mode & 0o077 == 0


def _are_gone(folder: Path, names: set[str]) -> bool:
    return names.isdisjoint(path.name for path in folder.glob("*"))


def test_children_of_a_killed_supervisor_die_with_it(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path), SLEEP], cwd=ROOT)
    try:
        eventually(lambda: load(tmp_path / "state.json").processes)
        record = load(tmp_path / "state.json").processes["child"]
        assert start_time(record["pid"]) == record["started"]
    finally:
        parent.kill()
        parent.wait()
    eventually(lambda: not start_time(record["pid"]))


def test_leftover_of_a_killed_supervisor_is_ended_by_the_next() -> None:
    leftover = subprocess.Popen([sys.executable, "-c", SLEEP], process_group=0)
    state = State(processes={"left": {"pid": leftover.pid, "started": start_time(leftover.pid)}})
    kill_leftovers(state)
    assert leftover.wait(10) == -signal.SIGKILL
    assert state.processes == {}


def test_process_that_only_inherited_a_pid_is_left_alone() -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP], process_group=0)
    try:
        kill_leftovers(State(processes={"old": {"pid": stranger.pid, "started": start_time(stranger.pid) - 1}}))
        assert psutil.Process(stranger.pid).is_running()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a child as somebody else")
def test_other_user_reaches_a_folder_below_closed_parents(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    folder = tmp_path / "closed" / "mine"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    os.chown(folder, 65534, -1)
    command = ["/bin/sh", "-c", f"id -u > {FOLDER}/who && sleep 600"]
    supervise(
        ProcessSpec(
            name="guest", command=command, probe=lambda: None, user="nobody", folder=folder, directory=Path("/")
        )
    )
    eventually(lambda: (folder / "who").exists() and (folder / "who").read_text() == "65534\n")


def test_overgrown_log_is_set_aside_while_it_is_written(
    supervise: Callable[..., Supervisor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("k8s.local.supervisor.process._LOG_LIMIT_BYTES", 10_000)
    monkeypatch.setattr("k8s.local.supervisor.supervisor._TRIM_PAUSE_S", 0.05)
    supervise(program("chatty", "import time\nwhile True: print('word ' * 200, flush=True); time.sleep(0.001)"))
    eventually(lambda: (tmp_path / "logs" / "chatty.old").exists())
    eventually(lambda: 0 < (tmp_path / "logs" / "chatty.log").stat().st_size < 2_000_000)


def test_without_help_of_the_kernel_a_guard_ends_the_children_of_a_killed_supervisor(tmp_path: Path) -> None:
    code = SUPERVISOR.replace('"state.json").start()', '"state.json", kernel_ends_orphans=False).start()')
    assert code != SUPERVISOR
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), SLEEP], cwd=ROOT)
    try:
        eventually(lambda: load(tmp_path / "state.json").processes)
        child = load(tmp_path / "state.json").processes["child"]
        assert start_time(child["pid"]) == child["started"]
    finally:
        parent.kill()
        parent.wait()
    eventually(lambda: not start_time(child["pid"]))


def test_a_guard_leaves_nothing_behind_after_a_stop(tmp_path: Path) -> None:
    before = psutil.Process().children()  # engines that other tests use
    supervisor = Supervisor(
        [program("one")],
        logs=tmp_path / "logs",
        state=State(),
        state_path=tmp_path / "state.json",
        kernel_ends_orphans=False,
    )
    supervisor.start()
    supervisor.wait_ready(timeout_s=60)
    helpers = [child for child in psutil.Process().children() if child not in before]
    supervisor.stop()
    assert len(helpers) == 2
    assert not any(helper.is_running() for helper in helpers)
