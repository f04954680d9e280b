-- When each price was fetched, as 0002_stats.sql tells it of all other records.

ALTER TABLE odds ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));

ALTER TABLE odds MATERIALIZE COLUMN fetched_at;

CREATE OR REPLACE VIEW current_odds AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM odds FINAL)
WHERE version = newest;
