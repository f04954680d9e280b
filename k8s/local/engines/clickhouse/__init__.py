"""The laptop twin of a ClickHouse server: one process owns chDB and speaks the subset of ClickHouse's HTTP interface
that the ordinary ``clickhouse-connect`` client uses. Everybody else has a URL and cannot tell the difference.

chDB allows one process per data directory and hangs a child that forks after opening it; hence one owner, threads only.
Left out on purpose: sessions and temporary tables (every request stands alone), users and roles beyond the one of the
environment, external data, and compression of answers (over the loopback it costs more than it saves).
"""
