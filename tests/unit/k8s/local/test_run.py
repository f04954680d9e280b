"""The command line of ./scripts/run."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8s.local.cli import main_job, open_data_job, run
from k8s.local.cli.options import parse
from k8s.local.supervisor.data_lock import DataLock
from shared.testing.valkey_process import free_port
from tests.support.servers.archive_site import ArchiveSite


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


def test_open_data_is_read_from_the_archives_that_answer() -> None:
    with ArchiveSite() as site:
        nobody = f"http://127.0.0.1:{free_port()}"
        addresses = {"ARCHIVE_FOOTBALLDATA_URL": site.url, "ARCHIVE_OPENFOOTBALL_URL": nobody}
        assert open_data_job.find_reachable({**addresses, "ARCHIVES": "openfootball,footballdata"}) == ["footballdata"]


def test_without_an_archive_the_stand_in_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    for name in ("FOOTBALLDATA", "OPENFOOTBALL", "DATAHUB"):
        monkeypatch.setenv(f"ARCHIVE_{name}_URL", nobody)
    monkeypatch.delenv("ARCHIVES", raising=False)
    assert run._choose_job(parse(["--open-data"]), "simulated-1") == (main_job.run, "simulated-1")
    assert "No archive of open data answers; going on with the stand-in" in capsys.readouterr().err
