-- What sources other than the collected site bring: prices of bookmakers.
--
-- A match has some sixty prices, so the row is small: text that repeats is LowCardinality, and the sorting key puts
-- equal texts side by side. Float64 as Arrow has it; prices have two or three decimals, which ZSTD finds.
-- Read through current_odds: all prices of a match are replaced together, as its shots are.

CREATE TABLE IF NOT EXISTS odds
(
    source     LowCardinality(String),
    version    Int64 CODEC(Delta, ZSTD(1)),
    league_id  Int64,
    season_id  Int64,
    match_id   Int64 CODEC(Delta, ZSTD(1)),
    bookmaker  LowCardinality(String),
    market     LowCardinality(String),
    line       LowCardinality(String),
    outcome    LowCardinality(String),
    is_closing Bool,
    decimal    Float64 CODEC(ZSTD(1)),
    INDEX by_match match_id TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, match_id, bookmaker, market, line, outcome, is_closing)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW IF NOT EXISTS current_odds AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM odds FINAL)
WHERE version = newest;
