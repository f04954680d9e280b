-- What players' own pages tell: one row a player, the newest counts. A table of its own, because line-ups, read far more
-- often, know half of its columns and would wipe out the rest.

CREATE TABLE IF NOT EXISTS player_profiles
(
    source          LowCardinality(String),
    version         Int64 CODEC(Delta, ZSTD(1)),
    player_id       Int64,
    name            String,
    short_name      String,
    position        LowCardinality(String),
    positions       Array(LowCardinality(String)),
    country         LowCardinality(String),
    born_on         Nullable(Date32),
    height_cm       Nullable(Int32),
    preferred_foot  LowCardinality(String),
    shirt_number    Nullable(Int32),
    team_id         Nullable(Int64),
    team_name       String,
    contract_until  Nullable(Date32),
    market_value    Nullable(Int32),
    market_currency LowCardinality(String),
    fetched_at      DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY player_id
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW IF NOT EXISTS current_player_profiles AS SELECT * FROM player_profiles FINAL;
