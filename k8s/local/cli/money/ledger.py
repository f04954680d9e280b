"""verify the ledger, rebuild its projection, import and export it

verify   recompute every rule: transactions, balances, holds, the hash chain, the projection
project  store the postings of every block in ClickHouse again
import   open accounts with limits, or post transfers, from a CSV or Parquet file; again does nothing
export   write accounts or postings to a file that ends in .csv or .parquet
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from k8s.local.cli.exit_codes import OK, TROUBLE
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.clickhouse.ledger import ClickHouseLedger
from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.ledger import SQL
from shared.settings.loading import load_settings
from shared.settings.stores import ClickHouseSettings, PostgresSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The stores of the ledger."""

    postgres: PostgresSettings
    clickhouse: ClickHouseSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of accounts, postings and blocks."""

    accounts: int
    postings: int
    blocks: int


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("verify", help="exit 1 when a rule is broken").set_defaults(act=_verify)
    actions.add_parser("project", help="store every block in ClickHouse again").set_defaults(act=_project)
    importing = actions.add_parser("import", help="accounts with limits, or transfers")
    importing.add_argument("file", type=Path)
    importing.set_defaults(act=_import)
    exporting = actions.add_parser("export", help="accounts or postings")
    exporting.add_argument("what", choices=["accounts", "postings"])
    exporting.add_argument("file", type=Path)
    exporting.set_defaults(act=_export)


def run(args: argparse.Namespace) -> int:
    """Run the action on the only platform that runs; without one, on the stores of the environment."""
    from k8s.local import running_platform

    environment = dict(os.environ)
    if running := running_platform.find_running(args.data):
        environment |= running_platform.single_platform(running, args.data).environment(os.environ)
    settings = load_settings(Settings, environment, need=("DATABASE_URL",))
    code: int = args.act(args, settings, Postgres(settings.postgres.url))
    return code


def _verify(args: argparse.Namespace, settings: Settings, database: Postgres) -> int:
    projection = ClickHouseLedger(ClickHouse(settings.clickhouse.url)) if settings.clickhouse.url else None
    started_s = time.monotonic()
    faults = LedgerVerification(database, projection).find_faults(now=datetime.now(UTC))
    for fault in faults:
        print(fault, file=sys.stderr)
    counts = SQL.row(database, Counts, "counts")
    assert counts is not None
    verdict = f"{len(faults)} faults" if faults else "no fault"
    note = "" if projection else "; without CLICKHOUSE_URL the projection was not compared"
    print(
        f"{verdict} in {counts.accounts:,} accounts, {counts.postings:,} postings, {counts.blocks:,} blocks "
        f"({time.monotonic() - started_s:.1f} s){note}"
    )
    return TROUBLE if faults else OK


def _project(args: argparse.Namespace, settings: Settings, database: Postgres) -> int:
    load_settings(Settings, os.environ | {"CLICKHOUSE_URL": settings.clickhouse.url}, need=("CLICKHOUSE_URL",))
    projection = ClickHouseLedger(ClickHouse(settings.clickhouse.url))
    ledger_blocks.seal_all(database)
    n_blocks = ledger_blocks.project_all(database, projection.store)
    print(f"{n_blocks} blocks are projected")
    return OK


def _import(args: argparse.Namespace, settings: Settings, database: Postgres) -> int:
    from shared.adapters.ledger_files import import_file

    report = import_file(database, args.file)
    ledger_blocks.seal_all(database)
    for row, reason in report.refusals:
        print(f"row {row}: {reason}", file=sys.stderr)
    print(f"{report.n_new} new, {report.n_known} known before, {report.n_refused} refused")
    return TROUBLE if report.n_refused else OK


def _export(args: argparse.Namespace, settings: Settings, database: Postgres) -> int:
    from shared.adapters.ledger_files import export_file

    print(f"{export_file(database, args.what, args.file)} {args.what} are in {args.file}")
    return OK
