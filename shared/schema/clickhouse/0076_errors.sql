-- Events of errors for 30 days; issues are in Postgres.

CREATE TABLE IF NOT EXISTS error_events (
    issue_id    Int64,
    event_id    String,
    occurred_at DateTime64(6, 'UTC'),
    received_at DateTime64(6, 'UTC'),
    level       LowCardinality(String),
    title       String,
    function    LowCardinality(String),
    revision    LowCardinality(String),
    trace       String,
    transaction String,
    event       String CODEC(ZSTD(3)),
    fetched_at  DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(received_at)
ORDER BY (issue_id, event_id)
PARTITION BY toDate(received_at)
TTL toDateTime(received_at) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;
