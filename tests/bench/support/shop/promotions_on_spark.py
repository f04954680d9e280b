"""Joins promotions with transactions on Spark; run by the Python of ./scripts/spark, which knows nothing of ours."""

import json
import sys
import time

from pyspark.sql import SparkSession

folder, query = sys.argv[1:]
spark = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
for name in ("transactions", "promotions"):
    spark.read.parquet(f"{folder}/{name}.parquet").createOrReplaceTempView(name)
started = time.monotonic()
rows = [list(row) for row in spark.sql(query).collect()]
print(json.dumps({"seconds": time.monotonic() - started, "rows": rows}))
spark.stop()
