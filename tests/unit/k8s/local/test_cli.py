"""The command line: every command explains itself, and trouble is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8s.local.cli import touchline as cli


@pytest.mark.parametrize("command", [path.rpartition(".")[2] for path in cli.COMMANDS])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert f"touchline {command}" in capsys.readouterr().out


def test_trouble_is_one_line_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for world in ("simulated-1", "simulated-2"):
        (tmp_path / world).mkdir()
        (tmp_path / world / "state.json").write_text('{"processes": {"bus": {"pid": 1, "started": 1}}}')
    assert cli.main(["--data", str(tmp_path), "migrate"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "simulated-1, simulated-2" in told


def test_an_unknown_command_is_a_mistake_of_the_command_line() -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["dance"])
    assert ended.value.code == 2
