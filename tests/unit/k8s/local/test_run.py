"""The command line of ./scripts/run."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8s.local.cli import run
from k8s.local.cli.options import parse
from k8s.local.supervisor.data_lock import DataLock


def test_plain_run_stays_up_on_port_8080_with_every_league() -> None:
    options = parse([])
    assert (options.once, options.port, options.leagues, options.replay) == (False, 8080, (), None)


def test_data_lives_below_the_users_data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert parse([]).data == tmp_path / "touchline"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse([]).data == tmp_path / ".local" / "share" / "touchline"


def test_bare_date_is_its_noon_in_utc() -> None:
    assert parse(["--now", "2025-03-01"]).now == "2025-03-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--leagues", "atlantis"], "atlantis"),
        (["--now", "yesterday"], "not a date or an instant"),
        (["--now", "2025-03-01T10:00:00"], "needs a time zone"),
        (["--replay", "/no/such/folder"], "is not a folder"),
        (["--port", "http"], "invalid int value"),
    ],
)
def test_a_wrong_argument_ends_with_a_message_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        parse(arguments)
    assert exit_info.value.code == 2
    assert message in capsys.readouterr().err


def test_second_run_on_a_directory_says_who_holds_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holder = DataLock(tmp_path)
    holder.acquire()
    assert run.main(["--data", str(tmp_path)]) == 3
    assert "is in use by process" in capsys.readouterr().err
    holder.release()
