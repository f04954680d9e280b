-- The football that was collected: one table per kind of record, its columns the record's fields in order.
--
-- Engine: ReplacingMergeTree(version): a newer version of a key replaces the older whenever parts are merged, in
-- whatever order the two arrived. Until then both are stored: read through the current_* views below, never the tables.
--
-- ORDER BY is the record's KEY and begins with league and season, which almost every question names.
-- No PARTITION BY: a batch then is one part, all or nothing, and a league's season is a short range of the primary key
-- already; partitions would multiply the parts of many small inserts without sparing a read.
-- by_match: a match asked for by its id alone; ids of one season lie close together, so the bounds of a granule tell.
-- non_replicated_deduplication_window: the server remembers so many insert_deduplication_tokens per table; a batch that
-- is delivered again within them stores nothing. (A replicated table remembers by itself.)
-- LowCardinality: labels of which there are few (hundreds), stored as numbers into a dictionary.
-- CODEC(Delta, ZSTD): numbers that grow along the sorting order: times, versions, ids of matches.
-- Int64 for ids and versions, Int32 for counts, as the Arrow batches have them: an insert converts nothing.

CREATE TABLE IF NOT EXISTS leagues
(
    source    LowCardinality(String),
    version   Int64 CODEC(Delta, ZSTD(1)),
    league_id Int64,
    name      String,
    country   LowCardinality(String)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY league_id
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS seasons
(
    source    LowCardinality(String),
    version   Int64 CODEC(Delta, ZSTD(1)),
    league_id Int64,
    season_id Int64,
    name      String,
    year      LowCardinality(String),
    starts_in Int32
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS teams
(
    source     LowCardinality(String),
    version    Int64 CODEC(Delta, ZSTD(1)),
    team_id    Int64,
    name       String,
    short_name String,
    code       String,
    country    LowCardinality(String)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY team_id
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS players
(
    source     LowCardinality(String),
    version    Int64 CODEC(Delta, ZSTD(1)),
    player_id  Int64,
    name       String,
    short_name String,
    position   LowCardinality(String),
    country    LowCardinality(String),
    born_on    Nullable(Date32),
    height_cm  Nullable(Int32)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY player_id
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS matches
(
    source                LowCardinality(String),
    version               Int64 CODEC(Delta, ZSTD(1)),
    league_id             Int64,
    season_id             Int64,
    match_id              Int64 CODEC(Delta, ZSTD(1)),
    custom_id             String,
    tournament_id         Int64,
    round                 Nullable(Int32),
    round_name            LowCardinality(String),
    starts_at             DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    status_code           Int32,
    status_type           LowCardinality(String),
    home_id               Int64,
    away_id               Int64,
    home_name             String,
    away_name             String,
    home_goals            Nullable(Int32),
    away_goals            Nullable(Int32),
    home_goals_period1    Nullable(Int32),
    away_goals_period1    Nullable(Int32),
    home_goals_display    Nullable(Int32),
    away_goals_display    Nullable(Int32),
    home_penalties        Nullable(Int32),
    away_penalties        Nullable(Int32),
    winner                Nullable(Int32),
    home_red_cards        Int32,
    away_red_cards        Int32,
    has_xg                Bool,
    has_player_statistics Bool,
    home_goals_current    Nullable(Int32),
    away_goals_current    Nullable(Int32),
    home_goals_period2    Nullable(Int32),
    away_goals_period2    Nullable(Int32),
    home_goals_extra      Nullable(Int32),
    away_goals_extra      Nullable(Int32),
    home_goals_aggregated Nullable(Int32),
    away_goals_aggregated Nullable(Int32),
    aggregated_winner     Nullable(Int32),
    added_minutes_period1 Nullable(Int32),
    added_minutes_period2 Nullable(Int32),
    INDEX by_match match_id TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, match_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS match_details
(
    source          LowCardinality(String),
    version         Int64 CODEC(Delta, ZSTD(1)),
    league_id       Int64,
    season_id       Int64,
    match_id        Int64 CODEC(Delta, ZSTD(1)),
    venue           String,
    city            LowCardinality(String),
    attendance      Nullable(Int32),
    referee_id      Nullable(Int64),
    referee         String,
    home_manager_id Nullable(Int64),
    home_manager    String,
    away_manager_id Nullable(Int64),
    away_manager    String,
    home_formation  LowCardinality(String),
    away_formation  LowCardinality(String),
    INDEX by_match match_id TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, match_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS team_statistics
(
    source     LowCardinality(String),
    version    Int64 CODEC(Delta, ZSTD(1)),
    league_id  Int64,
    season_id  Int64,
    match_id   Int64 CODEC(Delta, ZSTD(1)),
    period     LowCardinality(String),
    key        LowCardinality(String),
    name       LowCardinality(String),
    groups     Array(LowCardinality(String)),
    home_value Nullable(Float64),
    away_value Nullable(Float64),
    home_total Nullable(Float64),
    away_total Nullable(Float64),
    home_text  String,
    away_text  String,
    INDEX by_match match_id TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, match_id, period, key)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS appearances
(
    source       LowCardinality(String),
    version      Int64 CODEC(Delta, ZSTD(1)),
    league_id    Int64,
    season_id    Int64,
    match_id     Int64 CODEC(Delta, ZSTD(1)),
    player_id    Int64,
    player_name  String,
    team_id      Int64,
    is_home      Bool,
    position     LowCardinality(String),
    shirt_number Nullable(Int32),
    starter      Bool,
    captain      Bool,
    minutes      Nullable(Int32),
    rating       Nullable(Float64),
    statistics   Map(LowCardinality(String), Float64),
    INDEX by_match match_id TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, match_id, player_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS incidents
(
    source             LowCardinality(String),
    version            Int64 CODEC(Delta, ZSTD(1)),
    league_id          Int64,
    season_id          Int64,
    match_id           Int64 CODEC(Delta, ZSTD(1)),
    ordinal            Int32,
    kind               LowCardinality(String),
    detail             LowCardinality(String),
    minute             Int32,
    added_minute       Nullable(Int32),
    is_home            Nullable(Bool),
    player_id          Nullable(Int64),
    player_name        String,
    second_player_id   Nullable(Int64),
    second_player_name String,
    home_score         Nullable(Int32),
    away_score         Nullable(Int32),
    rescinded          Bool,
    incident_id        Nullable(Int64),
    reason             LowCardinality(String),
    length_minutes     Nullable(Int32),
    confirmed          Nullable(Bool),
    INDEX by_match match_id TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, match_id, ordinal)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS shots
(
    source              LowCardinality(String),
    version             Int64 CODEC(Delta, ZSTD(1)),
    league_id           Int64,
    season_id           Int64,
    match_id            Int64 CODEC(Delta, ZSTD(1)),
    ordinal             Int32,
    shot_id             Nullable(Int64),
    player_id           Int64,
    player_name         String,
    is_home             Bool,
    outcome             LowCardinality(String),
    situation           LowCardinality(String),
    body_part           LowCardinality(String),
    goal_type           LowCardinality(String),
    minute              Int32,
    added_minute        Nullable(Int32),
    second              Nullable(Int32),
    x                   Float64,
    y                   Float64,
    z                   Float64,
    goal_mouth_location LowCardinality(String),
    goal_mouth_y        Nullable(Float64),
    goal_mouth_z        Nullable(Float64),
    xg                  Nullable(Float64),
    xgot                Nullable(Float64),
    block_x             Nullable(Float64),
    block_y             Nullable(Float64),
    block_z             Nullable(Float64),
    INDEX by_match match_id TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, match_id, ordinal)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS standings
(
    source        LowCardinality(String),
    version       Int64 CODEC(Delta, ZSTD(1)),
    league_id     Int64,
    season_id     Int64,
    tournament_id Int64,
    kind          LowCardinality(String),
    team_id       Int64,
    team_name     String,
    position      Int32,
    matches       Int32,
    wins          Int32,
    draws         Int32,
    losses        Int32,
    goals_for     Int32,
    goals_against Int32,
    points        Int32,
    group_name    LowCardinality(String),
    promotion     LowCardinality(String),
    notes         String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, tournament_id, kind, team_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- What holds now. FINAL picks the newest version of each key while reading, merged or not; filters on the key's columns
-- still narrow what is read, because they are pushed below it.

CREATE VIEW IF NOT EXISTS current_leagues AS SELECT * FROM leagues FINAL;

CREATE VIEW IF NOT EXISTS current_seasons AS SELECT * FROM seasons FINAL;

CREATE VIEW IF NOT EXISTS current_teams AS SELECT * FROM teams FINAL;

CREATE VIEW IF NOT EXISTS current_players AS SELECT * FROM players FINAL;

CREATE VIEW IF NOT EXISTS current_matches AS SELECT * FROM matches FINAL;

CREATE VIEW IF NOT EXISTS current_match_details AS SELECT * FROM match_details FINAL;

CREATE VIEW IF NOT EXISTS current_standings AS SELECT * FROM standings FINAL;

-- Of these a match has many, replaced as a whole: a match that is read again with fewer incidents loses the
-- old ones. Each row is held against the newest version among its match's rows. A window does it in one read, hence in
-- one state of the table, and filters on league, season and match are pushed below it, as they name whole windows.
-- A match of which a later reading finds none at all keeps the last reading that found some.

CREATE VIEW IF NOT EXISTS current_team_statistics AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM team_statistics FINAL)
WHERE version = newest;

CREATE VIEW IF NOT EXISTS current_appearances AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM appearances FINAL)
WHERE version = newest;

CREATE VIEW IF NOT EXISTS current_incidents AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM incidents FINAL)
WHERE version = newest;

CREATE VIEW IF NOT EXISTS current_shots AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM shots FINAL)
WHERE version = newest;
