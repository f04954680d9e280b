"""Whole tables as files at an address: ``/stats/leagues/england/matches.parquet``.

A table is written once to a file in the function's own folder, a chunk in memory at a time, and served from there: only
a file has a length that HEAD can tell, an ETag, and the ranges that DuckDB, polars and fsspec ask for.
"""
