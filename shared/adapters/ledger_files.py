"""Accounts, limits and transfers in bulk: CSV and Parquet files in, and out, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres import ledger
from shared.domain.money.ledger import (
    AccountId,
    AccountType,
    Currency,
    NewTransaction,
    Side,
    request_key,
    transfer,
)
from shared.errors import InvalidInput, TouchlineError

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.adapters.postgres.database import Connection, Postgres

BATCH = 500
"""Rows that are one commit."""
EXPORTED_AT_ONCE = 20_000
REFUSALS_AT_MOST = 1_000
"""Kept with their reasons; all are counted."""
ACCOUNT_COLUMNS = ("owner", "name", "currency", "scale", "normal_side", "minimum", "maximum")
TRANSFER_COLUMNS = (
    "key", "kind", "source_owner", "source_name", "target_owner", "target_name", "currency", "scale", "amount",
    "effective_at",
)  # fmt: skip
EXPORTS = {"accounts": "export_accounts", "postings": "export_postings"}


@dataclass
class ImportReport:
    """The result of an import, row by row."""

    n_new: int = 0
    n_known: int = 0
    """Rows that an earlier import of the same file had done."""
    n_refused: int = 0
    refusals: list[tuple[int, str]] = field(default_factory=list)
    """Row numbers, the first is 1, with what is wrong."""

    def refuse(self, row: int, reason: str) -> None:
        """Count a row that cannot be done."""
        self.n_refused += 1
        if len(self.refusals) < REFUSALS_AT_MOST:
            self.refusals.append((row, reason))


Row = Mapping[str, Any]


def import_file(database: Postgres, path: Path) -> ImportReport:
    """Open accounts and set their limits, or post transfers: the columns tell which. A row that fails fails alone.

    `InvalidInput` when the file is neither CSV nor Parquet, or has neither set of columns.
    """
    report, first = ImportReport(), 1
    apply: Callable[[Connection, Row], bool] | None = None
    for batch in _read(path):
        apply = apply or _importer(batch.schema.names)
        rows = batch.to_pylist()
        for start in range(0, len(rows), BATCH):
            _import_batch(database, apply, rows[start : start + BATCH], first + start, report)
        first += len(rows)
    return report


def export_file(database: Postgres, what: str, path: Path) -> int:
    """Write all accounts or all postings to a file whose name ends in .csv or .parquet; the number of rows."""
    n_rows = 0
    writer: Any = None
    try:
        for table in _exported(database, EXPORTS[what]):
            writer = writer or _writer(path, table.schema)
            writer.write_table(table)
            n_rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return n_rows


def _import_batch(
    database: Postgres, apply: Callable[[Connection, Row], bool], rows: list[Row], first: int, report: ImportReport
) -> None:
    """Do all rows in one commit; when one of them fails, each in its own."""

    def work(connection: Connection) -> int:
        return sum(apply(connection, row) for row in rows)

    try:
        n_new = database.transaction(work)
    except TouchlineError:
        if len(rows) == 1:
            raise
        for number, row in enumerate(rows, start=first):
            try:
                _import_batch(database, apply, [row], number, report)
            except TouchlineError as exc:
                report.refuse(number, str(exc))
        return
    report.n_new += n_new
    report.n_known += len(rows) - n_new


def _importer(columns: list[str]) -> Callable[[Connection, Row], bool]:
    if set(TRANSFER_COLUMNS) - {"effective_at"} <= set(columns):
        return _post_transfer
    if set(ACCOUNT_COLUMNS) <= set(columns):
        return _open_account
    raise InvalidInput(
        f"the file needs the columns {', '.join(ACCOUNT_COLUMNS)} for accounts, "
        f"or {', '.join(TRANSFER_COLUMNS)} for transfers"
    )


def _open_account(connection: Connection, row: Row) -> bool:
    type_ = AccountType(
        name=_text(row, "name"),
        currency=_currency(row),
        normal_side=_side(row),
        minimum=_optional(row, "minimum"),
        maximum=_optional(row, "maximum"),
        parts=_optional(row, "parts") or 1,
    )
    owner = _text(row, "owner")
    is_new = ledger.open_account(connection, owner, type_)
    if not is_new and type_.parts == 1:
        ledger.set_limits(connection, type_.account(owner), type_.minimum, type_.maximum)
    return is_new


def _post_transfer(connection: Connection, row: Row) -> bool:
    currency = _currency(row)
    source = AccountId(owner=_text(row, "source_owner"), name=_text(row, "source_name"), currency=currency)
    target = AccountId(owner=_text(row, "target_owner"), name=_text(row, "target_name"), currency=currency)
    new = NewTransaction(
        kind=_text(row, "kind"),
        postings=transfer(source, target, _whole(row, "amount")),
        effective_at=_moment(row, "effective_at"),
    )
    text = {name: str(row[name]) for name in TRANSFER_COLUMNS if name != "key" and row.get(name) is not None}
    key = request_key("import/transfers", _text(row, "key"), text)
    return not ledger.post(connection, new, key=key).replayed


def _currency(row: Row) -> Currency:
    return Currency(code=_text(row, "currency"), scale=_whole(row, "scale"))


def _side(row: Row) -> Side:
    try:
        return Side(_text(row, "normal_side"))
    except ValueError:
        raise InvalidInput("normal_side must be debit or credit") from None


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if value is None or not str(value).strip():
        raise InvalidInput(f"{name} is missing")
    return str(value).strip()


def _whole(row: Row, name: str) -> int:
    value = _optional(row, name)
    if value is None:
        raise InvalidInput(f"{name} is missing")
    return value


def _optional(row: Row, name: str) -> int | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        number = int(str(value))
    except ValueError:
        raise InvalidInput(f"{name} must be a whole number") from None
    if not -(2**63) <= number < 2**63:
        raise InvalidInput(f"{name} does not fit 64 bits")
    return number


def _moment(row: Row, name: str) -> datetime | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput(f"{name} must be RFC 3339") from None
    if moment.tzinfo is None:
        raise InvalidInput(f"{name} must name its zone")
    return moment


def _read(path: Path) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        if path.suffix == ".parquet":
            yield from parquet.ParquetFile(path).iter_batches(batch_size=EXPORTED_AT_ONCE)
        elif path.suffix == ".csv":
            # As text: amounts are parsed here, where a fault is one row's.
            names = csv.open_csv(path).schema.names
            as_text = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
            yield from csv.open_csv(path, convert_options=as_text)
        else:
            raise InvalidInput(f"{path.name} must end in .csv or .parquet")
    except (pa.ArrowInvalid, OSError) as exc:
        raise InvalidInput(f"{path.name} cannot be read: {exc}") from exc


def _writer(path: Path, schema: pa.Schema) -> Any:
    from pyarrow import csv, parquet

    if path.suffix == ".parquet":
        return parquet.ParquetWriter(path, schema, compression="zstd")
    if path.suffix == ".csv":
        return csv.CSVWriter(path, schema)
    raise InvalidInput(f"{path.name} must end in .csv or .parquet")


def _exported(database: Postgres, name: str) -> Iterator[pa.Table]:
    """The rows of a query as tables of bounded size, all of one moment."""
    import pyarrow as pa
    from psycopg.rows import dict_row

    with database.connection() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL statement_timeout TO 0")
        with connection.cursor("ledger_export", row_factory=dict_row) as cursor:
            cursor.execute(ledger.SQL.text(name).rstrip(";").encode())
            schema: pa.Schema | None = None
            while rows := cursor.fetchmany(EXPORTED_AT_ONCE):
                schema = schema or _schema(rows[0])
                yield pa.Table.from_pylist(rows, schema=schema)
            if schema is None:
                names = [column.name for column in cursor.description or ()]
                yield pa.table({name: pa.array([], pa.string()) for name in names})


def _schema(row: Row) -> pa.Schema:
    import pyarrow as pa

    moment = pa.timestamp("us", tz="UTC")
    kinds = {"minimum": pa.int64(), "maximum": pa.int64()}
    return pa.schema(
        [
            (name, kinds.get(name) or (moment if isinstance(value, datetime) else pa.infer_type([value])))
            for name, value in row.items()
        ]
    )
