-- Purchases that came after their window had closed: no live window has them before the daily job has counted them.

CREATE TABLE IF NOT EXISTS late_purchases
(
    currency     LowCardinality(String),
    purchase_id  String,
    version      Int64,
    purchased_at DateTime64(6, 'UTC'),
    watermark    DateTime64(6, 'UTC'),
    seen_at      DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (currency, purchase_id, version)
PARTITION BY toYYYYMM(purchased_at)
TTL toDateTime(purchased_at) + INTERVAL 40 DAY
SETTINGS non_replicated_deduplication_window = 1000;
