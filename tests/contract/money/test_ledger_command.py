"""`touchline ledger`: proves, projects, imports and exports over real stores."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from k8s.local.cli import touchline as cli
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from tests.support.engines.postgres import run
from tests.support.money.accounts import balance, faults, opened, pay

Ledger = Callable[..., int]
ACCOUNTS = "owner,name,currency,scale,normal_side,minimum,maximum\n"
TRANSFERS = "key,kind,source_owner,source_name,target_owner,target_name,currency,scale,amount,effective_at\n"


@pytest.fixture
def database(emptied_database_url: str, clickhouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    monkeypatch.setenv("DATABASE_URL", emptied_database_url)
    monkeypatch.setenv("CLICKHOUSE_URL", clickhouse_url)
    database = Postgres(emptied_database_url)
    yield database
    assert faults(database) == []
    database.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return lambda *arguments: cli.main(["--data", str(tmp_path / "none"), "ledger", *map(str, arguments)])


def test_a_sound_ledger_is_proven(database: Postgres, ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    alice, bob = opened(database, 100), opened(database)
    pay(database, alice, bob, 10)
    assert ledger("project") == 0
    assert ledger("verify") == 0
    assert "no fault in 3 accounts, 4 postings, 1 blocks" in capsys.readouterr().out


def test_a_fault_is_the_exit_code(database: Postgres, ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    alice = opened(database, 100)
    run(database, "UPDATE ledger_accounts SET credits_posted = 99 WHERE owner = %s", alice.owner)
    assert ledger("verify") == 1
    output = capsys.readouterr()
    assert "is not the sum of its postings" in output.err
    assert output.out.startswith("2 faults")
    run(database, "UPDATE ledger_accounts SET credits_posted = 100 WHERE owner = %s", alice.owner)


def test_the_projection_is_made_anew(database: Postgres, ledger: Ledger, clickhouse_url: str) -> None:
    alice, bob = opened(database, 100), opened(database)
    pay(database, alice, bob, 10)
    warehouse = ClickHouse(clickhouse_url)
    for _ in range(2):
        assert ledger("project") == 0
        assert warehouse.query("SELECT count() AS n FROM ledger_postings FINAL") == [{"n": 4}]
        warehouse.command("TRUNCATE TABLE ledger_postings")
    warehouse.close()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_accounts_with_limits_and_transfers_are_imported_once(
    database: Postgres, ledger: Ledger, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    accounts, transfers = tmp_path / f"accounts{suffix}", tmp_path / f"transfers{suffix}"
    written = ACCOUNTS + "stores/7,budget,EUR,2,credit,0,100000\nbanks/1,cash,EUR,2,debit,,\n"
    _write(accounts, written)
    _write(
        transfers,
        TRANSFERS
        + "a-1,top_up,banks/1,cash,stores/7,budget,EUR,2,99999,2026-01-31T12:00:00Z\n"
        + "a-2,top_up,banks/1,cash,stores/7,budget,EUR,2,2,\n"
        + "a-3,top_up,banks/1,cash,stores/8,budget,EUR,2,2,\n"
        + "a-4,top_up,banks/1,cash,stores/7,budget,EUR,2,1.5,\n"
        + "a-5,top_up,banks/1,cash,stores/7,budget,EUR,2,1,\n",
    )
    assert ledger("import", accounts) == 0
    assert capsys.readouterr().out == "2 new, 0 known before, 0 refused\n"
    assert ledger("import", transfers) == 1
    output = capsys.readouterr()
    assert output.out == "2 new, 0 known before, 3 refused\n"
    assert [line.partition(":")[0] for line in output.err.splitlines()] == ["row 2", "row 3", "row 4"]
    assert ledger("import", transfers) == 1
    assert capsys.readouterr().out == "0 new, 2 known before, 3 refused\n"
    rows = run(database, "SELECT credits_posted, net_maximum FROM ledger_accounts WHERE owner = 'stores/7'")
    assert rows == [(100_000, 100_000)]
    _write(accounts, written.replace(",100000", ",200000"))
    assert ledger("import", accounts) == 0
    assert run(database, "SELECT net_maximum FROM ledger_accounts WHERE owner = 'stores/7'") == [(200_000,)]


def test_what_is_exported_adds_up(database: Postgres, ledger: Ledger, tmp_path: Path) -> None:
    alice, bob = opened(database, 100), opened(database)
    pay(database, alice, bob, 10)
    assert ledger("export", "postings", tmp_path / "postings.parquet") == 0
    table = parquet.read_table(tmp_path / "postings.parquet")
    assert table.num_rows == 4
    assert sum(table["amount"].to_pylist()) == 0
    assert ledger("export", "accounts", tmp_path / "accounts.csv") == 0
    with (tmp_path / "accounts.csv").open() as file:
        rows = {(row["owner"], row["name"]): row for row in csv.DictReader(file)}
    assert int(rows[alice.owner, "coins"]["debits_posted"]) == 10
    assert int(rows[bob.owner, "coins"]["credits_posted"]) == balance(database, bob).posted
    # An export of accounts can be imported as it is.
    assert ledger("import", tmp_path / "accounts.csv") == 0


@pytest.mark.parametrize(("name", "text"), [("a.txt", "x"), ("a.csv", "a,b\n1,2\n"), ("a.parquet", "no parquet")])
def test_another_file_is_refused(database: Postgres, ledger: Ledger, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert ledger("import", tmp_path / name) == 1


def _write(path: Path, text: str) -> None:
    if path.suffix == ".csv":
        path.write_text(text)
        return
    import io

    import pyarrow as pa
    from pyarrow import csv as pa_csv

    names = text.splitlines()[0].split(",")
    as_text = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    parquet.write_table(pa_csv.read_csv(io.BytesIO(text.encode()), convert_options=as_text), path)
