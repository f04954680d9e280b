-- Bids and what they brought. All money is simulated, in minor units of XTS.
--
-- Rows that come again replace themselves. Decisions are kept for 90 days: at a tick each half minute they are the largest
-- table of the platform.

CREATE TABLE IF NOT EXISTS ads_decisions
(
    version       Int64 CODEC(Delta, ZSTD(1)),
    store_id      String,
    campaign_id   String,
    at            DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    day           Date,
    bid           Int64,
    previous_bid  Int64,
    reason        LowCardinality(String),
    pacing_bid    Float64,
    ceiling       Float64,
    spent         Int64,
    allowance     Int64,
    planned       Int64,
    clicks        Int64,
    position      Float64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (campaign_id, at)
TTL toDateTime(at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000;

-- What the market reported of each hour; the latest report counts, as hours settle late.
CREATE TABLE IF NOT EXISTS ads_hours
(
    version      Int64 CODEC(Delta, ZSTD(1)),
    store_id     String,
    campaign_id  String,
    hour         DateTime('UTC') CODEC(Delta, ZSTD(1)),
    impressions  Int64,
    clicks       Int64,
    spend        Int64,
    orders       Int64,
    revenue      Int64,
    position_sum Int64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (campaign_id, hour)
SETTINGS non_replicated_deduplication_window = 1000;
