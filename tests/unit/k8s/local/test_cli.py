"""The command line: every command explains itself, and says in one line what is wrong and what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from k8s.local.cli import touchline as cli
from k8s.local.supervisor.process_table import start_time

NEEDS_A_PLATFORM = (
    ("completeness",),
    ("dlq", "list"),
    ("jobs",),
    ("quarantine", "list"),
    ("replay", "scraped", "--from", "2h", "--url", "http://127.0.0.1:1"),
    ("source", "status"),
)
NEEDS_A_JOURNAL = (("tail",), ("why", "c4ac1"))


def make_platform(data: Path, world: str, *, journal: bool = False) -> Path:
    """Write the state of a platform that has this process as its only one, called `watcher`."""
    folder = data / world
    folder.mkdir()
    process = {"pid": os.getpid(), "started": start_time(os.getpid()), "restarts": 0}
    state = {"processes": {"watcher": process}, "urls": {"public": "http://127.0.0.1:8080"}}
    (folder / "state.json").write_text(json.dumps(state))
    if journal:
        (folder / "journal.db").touch()
    return folder


@pytest.mark.parametrize("command", [path.rpartition(".")[2].rstrip("_").replace("_", "-") for path in cli.COMMANDS])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        cli.main([command, "--help"])
    assert exit_info.value.code == 0
    assert f"touchline {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", [*NEEDS_A_PLATFORM, *NEEDS_A_JOURNAL], ids=" ".join)
def test_without_a_platform_one_line_says_how_to_start_one(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--data", str(tmp_path), *command]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"touchline {command[0]}: no platform")
    assert "start one with ./scripts/run" in output.err
    assert (output.err.count("\n"), output.err[-1]) == (1, "\n")


@pytest.mark.parametrize("command", [*NEEDS_A_PLATFORM, ("migrate",), ("tail",)], ids=" ".join)
def test_with_two_platforms_one_line_says_how_to_choose(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [make_platform(tmp_path, world, journal=True) for world in ("simulated-1", "simulated-2")]
    assert cli.main(["--data", str(tmp_path), *command]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        f"touchline {command[0]}: 2 platforms in {tmp_path}; choose one with --data: {folders[0]}, {folders[1]}\n"
    )


def test_status_without_a_platform_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--data", str(tmp_path), "status"]) == 1
    assert capsys.readouterr().out == f"no platform runs in {tmp_path}; start one with ./scripts/run\n"


def test_status_of_one_platform_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_platform(tmp_path, "simulated-1")
    assert cli.main(["--data", str(tmp_path), "status"]) == 0
    title, heading, row = capsys.readouterr().out.splitlines()
    assert title == f"{folder}  http://127.0.0.1:8080"
    assert heading.split() == ["process", "pid", "port", "up", "restarts", "status"]
    assert (row.split()[:3], row.split()[-1]) == (["watcher", str(os.getpid()), "-"], "ready")


def test_status_of_two_platforms_is_two_tables_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [make_platform(tmp_path, world) for world in ("simulated-1", "simulated-2")]
    (folders[1] / "state.json").write_text('{"processes": {"bus": {"pid": 1, "started": 1}}}')
    assert cli.main(["--data", str(tmp_path), "status"]) == 1
    output = capsys.readouterr().out
    assert [table.splitlines()[0].split()[0] for table in output.split("\n\n")] == [str(folder) for folder in folders]
    assert output.endswith("not running\n")


def test_an_unknown_command_is_a_wrong_command_line() -> None:
    with pytest.raises(SystemExit) as exit_info:
        cli.main(["dance"])
    assert exit_info.value.code == 2
