"""The engine for what one machine does not hold: Spark over the same Iceberg tables, with the same SQL.

`./scripts/spark` installs it in an environment of its own; where it is not installed, opening it says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from functions.daily_sales.iceberg import CATALOG, NAMESPACE, RUN, LakeTables
from functions.daily_sales.ports import DAILY, WHOLE, Portion
from shared.adapters.lake.storage import STAGE, WAREHOUSE, LakeStorage
from shared.adapters.named_queries import queries
from shared.adapters.postgres.database import split_pool_size
from shared.domain.lake.records import LakeFile
from shared.errors import Unavailable

if TYPE_CHECKING:
    import pyarrow as pa

SQL = Path(__file__).parent / "sql"
JARS = "SPARK_JARS"
"""Environment variable: the folder of Iceberg's runtime and of Postgres' driver. A cluster's image has its own."""
_EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"


@contextmanager
def open_engine(storage: LakeStorage, tables: LakeTables, database_url: str) -> Iterator[SparkEngine]:
    """Open a session; where no cluster gives a master, on all cores of this machine.

    Raises
    ------
    Unavailable : Spark is not installed here.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as exc:
        raise Unavailable("Spark is not installed here; run ./scripts/spark or the SparkApplication") from exc
    builder = SparkSession.builder.appName("daily-sales")
    for name, value in settings(storage, database_url).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield SparkEngine(session, storage, tables)
    finally:
        session.stop()


def settings(storage: LakeStorage, database_url: str) -> dict[str, str]:
    """Return the settings of a session over the lake's catalogue."""
    parts = urlsplit(split_pool_size(database_url)[0])
    catalog = f"spark.sql.catalog.{CATALOG}"
    result = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": _EXTENSIONS,
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
        f"{catalog}.uri": f"jdbc:postgresql://{parts.hostname}:{parts.port or 5432}{parts.path}",
        f"{catalog}.jdbc.user": unquote(parts.username or ""),
        f"{catalog}.jdbc.password": unquote(parts.password or ""),
        f"{catalog}.jdbc.schema-version": "V1",
        f"{catalog}.warehouse": storage.uri(WAREHOUSE),
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": os.environ.get("SPARK_SHUFFLE_PARTITIONS", "4"),
    }
    if not storage.is_local:
        s3 = storage.iceberg_properties()
        result |= {
            f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            f"{catalog}.s3.path-style-access": "true",
            **{f"{catalog}.{name}": value for name, value in s3.items() if name != "s3.region"},
            f"{catalog}.client.region": s3["s3.region"],
        }
    if folder := os.environ.get(JARS):
        result["spark.jars"] = ",".join(sorted(str(path) for path in Path(folder).glob("*.jar")))
        result["spark.master"] = "local[*]"
    return result


class SparkEngine:
    """One run's session."""

    name = "spark"

    def __init__(self, session: Any, storage: LakeStorage, tables: LakeTables) -> None:
        self._spark, self._storage, self._tables = session, storage, tables

    def rebuild(self, run_id: str, days: Sequence[date], portions: Sequence[Portion]) -> int:
        """Replace the purchases of these days by what is staged, in one commit; return how many there are.

        The staged files become the data files of a table as they lie there: nothing is copied, and Spark reads them
        through Iceberg wherever they are.
        """
        from pyspark.sql import functions

        self._tables.table("purchases")
        self._stage(portions, run_id)
        latest = self._spark.sql(queries(SQL / "purchases.sql")["latest"])
        writer = latest.writeTo(self._name("purchases")).option(f"snapshot-property.{RUN}", run_id)
        writer.overwrite(functions.col("day").isin(list(days)))
        return int(self._days(days).count())

    def daily(self, days: Sequence[date]) -> Mapping[str, pa.Table | None]:
        """Compute the aggregates of days that were rebuilt."""
        self._days(days).createOrReplaceTempView("purchases")
        return self._aggregates("daily.sql", DAILY)

    def whole(self) -> Mapping[str, pa.Table | None]:
        """Compute the aggregates of all purchases."""
        self._spark.table(self._name("purchases")).createOrReplaceTempView("purchases")
        return self._aggregates("whole.sql", WHOLE)

    def late(self, portions: Sequence[Portion], ids: pa.Table) -> Iterator[pa.Table]:
        """Yield the last version of staged purchases, of those whose `purchase_id` is in a table."""
        rows = [(each,) for each in ids["purchase_id"].to_pylist()]
        self._spark.createDataFrame(rows, "purchase_id string").createOrReplaceTempView("late")
        yield self._spark.sql(queries(SQL / "purchases.sql")["live"]).toArrow()

    def replace_table(self, run_id: str, dataset: str, file: LakeFile) -> None:
        """Replace products or customers by a copy of theirs; they are small, so no cluster is needed."""
        path = self._storage.path(f"{STAGE}/{file.name}")
        rows = self._storage.dataset([path]).to_table(columns=self._tables.columns(dataset))
        self._tables.replace_all(dataset, rows, run_id)

    def _stage(self, portions: Sequence[Portion], run_id: str) -> None:
        uris = [self._storage.uri(f"{STAGE}/{file.name}") for _, files in portions for file in files]
        self._tables.register_staged(uris, run_id)
        self._spark.table(self._name("staged")).createOrReplaceTempView("staged")

    def _days(self, days: Sequence[date]) -> Any:
        from pyspark.sql import functions

        return self._spark.table(self._name("purchases")).where(functions.col("day").isin(list(days)))

    def _aggregates(self, file: str, names: Sequence[str]) -> dict[str, pa.Table | None]:
        texts = queries(SQL / file)
        return {name: self._spark.sql(texts[name]).toArrow() for name in names}

    def _name(self, table: str) -> str:
        return f"{CATALOG}.{NAMESPACE}.{table}"
