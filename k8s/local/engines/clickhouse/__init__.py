"""ClickHouse on a laptop: one process owns chDB and speaks the subset of ClickHouse's HTTP interface that the
``clickhouse-connect`` client uses. Clients have a URL and notice no difference.

chDB allows one process per data directory, and a fork after opening it hangs; hence one owner with threads.
Left out on purpose: sessions and temporary tables (every request stands alone), users and roles beyond the one of the
environment, external data, and compression of answers (over the loopback it costs more than it saves).
"""
