-- Postings of the ledger, for statements, sums and histories; Postgres stays what decides.
--
-- One row for each posting, by the account and the posting's number in it, which has no gap. A block that is delivered
-- again brings the same rows: within the remembered tokens nothing is stored, after that they replace themselves.

CREATE TABLE IF NOT EXISTS ledger_postings
(
    version        Int64 CODEC(Delta, ZSTD(1)),
    account_id     Int64,
    number         Int64 CODEC(Delta, ZSTD(1)),
    owner          String,
    name           LowCardinality(String),
    currency       LowCardinality(String),
    part           Int32,
    transaction_id String,
    kind           LowCardinality(String),
    amount         Int64,
    balance        Int64,
    counterparty   String,
    reverses       String,
    detail         String,
    booked_at      DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    effective_at   DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (account_id, number)
SETTINGS non_replicated_deduplication_window = 1000;
