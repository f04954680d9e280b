"""``touchline load``: a rehearsal reads, tells and stores nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from k8s.local.cli import touchline as cli

ROWS = ("Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,HS,AS", "E0,17/08/24,Arsenal,Wulves,2,0,18,#", ",,,,,,,")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One match, one oddity of each of three kinds."""
    path = tmp_path / "E0.csv"
    path.write_text("\n".join(ROWS))
    return path


def load(*arguments: str | Path) -> int:
    return cli.main(["load", "--dry-run", *map(str, arguments)])


def test_what_was_read_and_what_was_odd_is_told(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load("footballdata", file, "--report", tmp_path / "report.jsonl") == 0
    output = capsys.readouterr().out
    assert "1 files, 1 seasons: 1 leagues, 1 seasons, 2 teams, 1 matches, 1 team_statistics" in output
    assert "row 2: AS '#' is no number; the value is taken as unknown" in output
    findings = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text().splitlines()]
    assert {(finding["reason"], finding["done"], tuple(finding["rows"])) for finding in findings} == {
        ("stray_token", "emptied", (2,)), ("blank_row", "left_out", (3,)), ("unknown_team", "own_id", ()),
    }  # fmt: skip


def test_a_file_of_another_source_is_refused_and_no_other_with_it(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file.parent / "notes.csv").write_text("a,b\n1,2")
    assert load("footballdata", file.parent) == 1
    output = capsys.readouterr()
    assert "1 matches" in output.out
    assert "notes.csv: no column Date" in output.err


@pytest.mark.parametrize(
    "arguments", [("nobody", "x.csv"), ("footballdata", "nowhere.csv"), ("openfootball", "http://x/")]
)
def test_what_cannot_be_loaded_is_said_in_words(
    arguments: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--data", str(tmp_path), "load", "--dry-run", *arguments]) == 1
    assert capsys.readouterr().err.startswith("touchline load: ")


def test_suggestions_are_a_table(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = file.with_name("E0_other.csv")
    other.write_text(file.read_text().replace("Wulves", "Wolves"))
    assert cli.main(["teams", "suggest", "footballdata", str(file), "--against", "footballdata", str(other)]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.startswith("source,country,name,might be")
    assert row == "footballdata,England,Wulves,Wolverhampton,footballdata,1,1,no"
