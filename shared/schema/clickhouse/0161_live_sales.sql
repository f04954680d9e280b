-- Purchases as they come, for windows that need no daily job. A purchase's highest version counts; a cancellation hides it
-- for as long as it is kept, so nothing here is ever cleaned up by its deletion mark (OPTIMIZE … CLEANUP would let an older
-- version that comes late count again).

CREATE TABLE IF NOT EXISTS live_purchases
(
    currency     LowCardinality(String),
    purchase_id  String,
    version      Int64,
    cancelled    Bool,
    category     LowCardinality(String),
    seller_id    String,
    quantity     Int64,
    total        Int64,
    purchased_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (currency, purchased_at, purchase_id)
PARTITION BY toYYYYMMDD(purchased_at)
TTL toDateTime(purchased_at) + INTERVAL 40 DAY
SETTINGS non_replicated_deduplication_window = 1000;
