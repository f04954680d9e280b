"""The Iceberg tables of the lake: purchases by day, products by category, customers; their catalogue is in Postgres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from shared import lazy
from shared.adapters.lake.storage import WAREHOUSE, LakeStorage
from shared.adapters.postgres.database import split_pool_size

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy
    from pyiceberg import exceptions, partitioning, schema, transforms, types
    from pyiceberg.catalog import sql
    from pyiceberg.table import Table
else:
    exceptions = lazy.Module("pyiceberg.exceptions", warm=False)
    partitioning, schema = (
        lazy.Module("pyiceberg.partitioning", warm=False),
        lazy.Module("pyiceberg.schema", warm=False),
    )
    transforms, types = lazy.Module("pyiceberg.transforms", warm=False), lazy.Module("pyiceberg.types", warm=False)
    sql, sqlalchemy = lazy.Module("pyiceberg.catalog.sql", warm=False), lazy.Module("sqlalchemy", warm=False)

NAMESPACE = "shop"
CATALOG = "lake"
RUN = "touchline.run"
"""Property of a snapshot: the run that committed it."""
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "purchases": {
        "purchase_id": "text",
        "version": "number",
        "customer_id": "text",
        "seller_id": "text",
        "product_id": "text",
        "product_name": "text",
        "category": "text",
        "currency": "text",
        "quantity": "number",
        "unit_price": "number",
        "discount": "number",
        "total": "number",
        "purchased_at": "moment",
        "day": "day",
    },
    "products": {
        "id": "text",
        "seller_id": "text",
        "name": "text",
        "category": "text",
        "price": "number",
        "currency": "text",
        "created_at": "moment",
        "deleted_at": "moment",
    },
    # Staged files of one run of Spark, which stay where they are.
    "staged": {
        **dict.fromkeys(("purchase_id", "customer_id", "seller_id", "product_id", "product_name"), "text"),
        **dict.fromkeys(("category", "currency", "extra", "event_id"), "text"),
        **dict.fromkeys(("version", "quantity", "unit_price", "discount", "total"), "number"),
        **dict.fromkeys(("purchased_at", "cancelled_at"), "moment"),
        "cancelled": "flag",
    },
    "customers": {"id": "text", "created_at": "moment", "deleted_at": "moment"},
}
_PARTITION = {"purchases": "day", "products": "category"}
_PROPERTIES = {
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


class LakeTables:
    """The tables, made when first asked for."""

    def __init__(self, database_url: str, storage: LakeStorage) -> None:
        self._url, self._storage = database_url, storage
        self._catalog: sql.SqlCatalog | None = None

    def table(self, name: str) -> Table:
        """Return a table as it is now."""
        catalog = self._open()
        try:
            return catalog.load_table(f"{NAMESPACE}.{name}")
        except exceptions.NoSuchTableError:
            return self._create(catalog, name)

    def history_bytes(self) -> int:
        """Return the size of the purchases' data files, as the current snapshot's summary has it."""
        snapshot = self.table("purchases").current_snapshot()
        summary = snapshot.summary if snapshot else None
        return int((summary["total-files-size"] if summary else None) or 0)

    def replace_days(self, days: Sequence[date], uris: Sequence[str], run_id: str) -> None:
        """Replace the data files of these days in one commit."""
        table = self.table("purchases")
        snapshot = table.current_snapshot()
        properties = {RUN: run_id}
        listed = ", ".join(f"'{day.isoformat()}'" for day in days)
        with table.transaction() as transaction:
            if snapshot:
                transaction.delete(f"day in ({listed})", snapshot_properties=properties)
            if uris:
                transaction.add_files(list(uris), snapshot_properties=properties, check_duplicate_files=False)

    def replace_all(self, name: str, rows: pa.Table, run_id: str) -> None:
        """Replace all rows of a small table in one commit."""
        self.table(name).overwrite(rows, snapshot_properties={RUN: run_id})

    def register_staged(self, uris: Sequence[str], run_id: str) -> None:
        """Make staged files the data files of `staged`, instead of those of the last run; none is copied or deleted."""
        table = self.table("staged")
        properties = {RUN: run_id}
        with table.transaction() as transaction:
            if table.current_snapshot():
                transaction.delete("true", snapshot_properties=properties)
            if uris:
                transaction.add_files(list(uris), snapshot_properties=properties, check_duplicate_files=False)

    def columns(self, name: str) -> list[str]:
        """Return the names of a table's columns."""
        return list(_FIELDS[name])

    def data_files(self, name: str) -> list[str]:
        """Return the addresses of the data files of the current snapshot."""
        return [task.file.file_path for task in self.table(name).scan().plan_files()]

    def expire(self, *, before: datetime) -> list[str]:
        """Expire snapshots that are older than this, and return the addresses of the files that no table needs then.

        The newest snapshot of a table stays whatever its age.
        """
        unneeded: list[str] = []
        for name in (name for name in _FIELDS if name != "staged"):  # whose files are the lake's own
            table = self.table(name)
            old = _files_of(table)
            table.maintenance.expire_snapshots().older_than(before).commit()
            unneeded += sorted(old - _files_of(table.refresh()))
        return unneeded

    def _open(self) -> sql.SqlCatalog:
        if self._catalog is None:
            url = _sqlalchemy_url(self._url)
            catalog = sql.SqlCatalog(
                CATALOG,
                uri=url,
                warehouse=self._storage.uri(WAREHOUSE),
                schema_version="v1",
                init_catalog_tables="false",
                **self._storage.iceberg_properties(),
            )
            # Connections end with their statement: a catalogue is asked a few times a day.
            catalog.engine.dispose()
            catalog.engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
            catalog.create_namespace_if_not_exists(NAMESPACE)
            self._catalog = catalog
        return self._catalog

    def _create(self, catalog: sql.SqlCatalog, name: str) -> Table:
        fields = list(_schema_fields(_FIELDS[name]))
        parts = [
            partitioning.PartitionField(field.field_id, 1000, transforms.IdentityTransform(), field.name)
            for field in fields
            if field.name == _PARTITION.get(name)
        ]
        return catalog.create_table_if_not_exists(
            f"{NAMESPACE}.{name}",
            schema.Schema(*fields),
            partition_spec=partitioning.PartitionSpec(*parts),
            properties=_PROPERTIES,
        )


def _files_of(table: Table) -> set[str]:
    """The addresses of all files that any snapshot of a table needs."""
    files: set[str] = set()
    for snapshot in table.snapshots():
        files.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            files.add(manifest.manifest_path)
            files |= {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io)}
    return files


def _schema_fields(fields: Mapping[str, str]) -> Iterable[Any]:
    kinds = {
        "text": types.StringType(),
        "number": types.LongType(),
        "moment": types.TimestamptzType(),
        "day": types.DateType(),
        "flag": types.BooleanType(),
    }
    for number, (name, kind) in enumerate(fields.items(), 1):
        yield types.NestedField(number, name, kinds[kind], required=False)


def _sqlalchemy_url(url: str) -> str:
    """Return the database's address as SQLAlchemy wants it, for psycopg 3."""
    parts = urlsplit(split_pool_size(url)[0])
    return urlunsplit(parts._replace(scheme="postgresql+psycopg"))
