-- Managers, when each record was fetched, results seen from each side, and what makes questions about one team, player,
-- manager or referee short.
--
-- fetched_at: when the record reached the store, seconds after it was read from its source, unless the insert tells it.
-- Codec Delta: rows of a batch share it, so it takes next to nothing. MATERIALIZE gives rows that were there before the
-- moment of this migration once, where a mere DEFAULT would give them that of every reading. The views are made anew
-- because they remember the columns they were made with.
--
-- by_team, by_player, by_people: bloom filters over granules of 8,192 rows. Rows lie by league and season, so those of one
-- player are in the few granules of his own seasons. Questions name them as
--     (league_id, season_id, match_id) IN (SELECT league_id, season_id, match_id FROM <table> WHERE <player>)
-- on the table itself, old versions too: an index must not decide which versions FINAL sees. The condition then narrows
-- the current_* view by its key, below its window.
--
-- Measured on chDB with 1,420,685 matches and 1,500,000 generated appearances (14 statistics each), merged:
--     matches       80 MB (57 bytes a row), by_team 40 kB: a club's matches read 28 granules of 185
--     appearances   55 MB (37 bytes a row), by_player 145 kB: a player's rows read 9 granules of 195, 26 ms, without 400
-- A season of a league is one or two granules of either by its sorting key.

CREATE TABLE IF NOT EXISTS managers
(
    source     LowCardinality(String),
    version    Int64 CODEC(Delta, ZSTD(1)),
    manager_id Int64,
    name       String,
    short_name String,
    country    LowCardinality(String),
    born_on    Nullable(Date32),
    fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY manager_id
SETTINGS non_replicated_deduplication_window = 1000;

CREATE VIEW IF NOT EXISTS current_managers AS SELECT * FROM managers FINAL;

ALTER TABLE leagues
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));
ALTER TABLE leagues MATERIALIZE COLUMN fetched_at;

ALTER TABLE seasons
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));
ALTER TABLE seasons MATERIALIZE COLUMN fetched_at;

ALTER TABLE teams
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));
ALTER TABLE teams MATERIALIZE COLUMN fetched_at;

ALTER TABLE players
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));
ALTER TABLE players MATERIALIZE COLUMN fetched_at;

ALTER TABLE matches
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ADD INDEX IF NOT EXISTS by_team (home_id, away_id) TYPE bloom_filter(0.01);
ALTER TABLE matches MATERIALIZE COLUMN fetched_at, MATERIALIZE INDEX by_team;

ALTER TABLE match_details
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ADD INDEX IF NOT EXISTS by_people (home_manager_id, away_manager_id, referee_id) TYPE bloom_filter(0.01);
ALTER TABLE match_details MATERIALIZE COLUMN fetched_at, MATERIALIZE INDEX by_people;

ALTER TABLE standings
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));
ALTER TABLE standings MATERIALIZE COLUMN fetched_at;

ALTER TABLE team_statistics
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));
ALTER TABLE team_statistics MATERIALIZE COLUMN fetched_at;

ALTER TABLE appearances
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ADD INDEX IF NOT EXISTS by_player player_id TYPE bloom_filter(0.01);
ALTER TABLE appearances MATERIALIZE COLUMN fetched_at, MATERIALIZE INDEX by_player;

ALTER TABLE incidents
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1));
ALTER TABLE incidents MATERIALIZE COLUMN fetched_at;

ALTER TABLE shots
    ADD COLUMN IF NOT EXISTS fetched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ADD INDEX IF NOT EXISTS by_player player_id TYPE bloom_filter(0.01);
ALTER TABLE shots MATERIALIZE COLUMN fetched_at, MATERIALIZE INDEX by_player;

CREATE OR REPLACE VIEW current_leagues AS SELECT * FROM leagues FINAL;

CREATE OR REPLACE VIEW current_seasons AS SELECT * FROM seasons FINAL;

CREATE OR REPLACE VIEW current_teams AS SELECT * FROM teams FINAL;

CREATE OR REPLACE VIEW current_players AS SELECT * FROM players FINAL;

CREATE OR REPLACE VIEW current_matches AS SELECT * FROM matches FINAL;

CREATE OR REPLACE VIEW current_match_details AS SELECT * FROM match_details FINAL;

CREATE OR REPLACE VIEW current_standings AS SELECT * FROM standings FINAL;

CREATE OR REPLACE VIEW current_team_statistics AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM team_statistics FINAL)
WHERE version = newest;

CREATE OR REPLACE VIEW current_appearances AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM appearances FINAL)
WHERE version = newest;

CREATE OR REPLACE VIEW current_incidents AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM incidents FINAL)
WHERE version = newest;

CREATE OR REPLACE VIEW current_shots AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM shots FINAL)
WHERE version = newest;

-- Every result that stands, once from each side: played to the end (100, 110, 120) or awarded with a score (91, 92), as
-- is_settled in shared/domain/sofascore/status.py has it. Goals are the sporting score, without a shoot-out's.
CREATE VIEW IF NOT EXISTS results AS
SELECT
    source, version, fetched_at, league_id, season_id, match_id, round, starts_at, is_home,
    if(is_home, home_id, away_id) AS team_id,
    if(is_home, home_name, away_name) AS team_name,
    if(is_home, away_id, home_id) AS opponent_id,
    if(is_home, away_name, home_name) AS opponent_name,
    assumeNotNull(if(is_home, home_score, away_score)) AS goals_for,
    assumeNotNull(if(is_home, away_score, home_score)) AS goals_against,
    multiIf(goals_for > goals_against, 3, goals_for = goals_against, 1, 0) AS points
FROM (
    SELECT
        *, coalesce(home_goals_display, home_goals) AS home_score, coalesce(away_goals_display, away_goals) AS away_score
    FROM current_matches
    WHERE status_code IN (100, 110, 120, 91, 92) AND home_score IS NOT NULL AND away_score IS NOT NULL
)
ARRAY JOIN [true, false] AS is_home;
