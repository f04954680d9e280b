-- The views that analysts query by SQL. Made of shared/domain/football/data_dictionary.py, which says what
-- each column means; a test compares the two.

CREATE OR REPLACE VIEW stats_leagues AS
SELECT
    league_id,
    name,
    country,
    source,
    version,
    fetched_at
FROM current_leagues;

CREATE OR REPLACE VIEW stats_seasons AS
SELECT
    league_id,
    season_id,
    name,
    year,
    starts_in,
    preference,
    source,
    version,
    fetched_at
FROM ranked_seasons;

CREATE OR REPLACE VIEW stats_teams AS
SELECT
    team_id,
    name,
    short_name,
    code,
    country,
    source,
    version,
    fetched_at
FROM current_teams;

CREATE OR REPLACE VIEW stats_players AS
SELECT
    player_id,
    name,
    short_name,
    position,
    country,
    born_on,
    height_cm,
    source,
    version,
    fetched_at
FROM current_players;

CREATE OR REPLACE VIEW stats_matches AS
SELECT
    match_id,
    league_id,
    season_id,
    round,
    round_name,
    starts_at,
    day_only,
    status_code,
    status_type,
    home_id,
    away_id,
    home_name,
    away_name,
    home_goals,
    away_goals,
    home_goals_period1 AS home_goals_half,
    away_goals_period1 AS away_goals_half,
    home_goals_display AS home_goals_final,
    away_goals_display AS away_goals_final,
    home_penalties,
    away_penalties,
    home_red_cards,
    away_red_cards,
    source,
    version,
    fetched_at
FROM listed_matches;

CREATE OR REPLACE VIEW stats_team_statistics AS
SELECT
    league_id,
    season_id,
    match_id,
    period,
    key,
    name,
    home_value,
    away_value,
    home_total,
    away_total,
    source,
    version,
    fetched_at
FROM current_team_statistics;

CREATE OR REPLACE VIEW stats_appearances AS
SELECT
    league_id,
    season_id,
    match_id,
    player_id,
    player_name,
    team_id,
    is_home,
    position,
    starter,
    captain,
    minutes,
    rating,
    statistics,
    source,
    version,
    fetched_at
FROM current_appearances;

CREATE OR REPLACE VIEW stats_incidents AS
SELECT
    league_id,
    season_id,
    match_id,
    ordinal,
    kind,
    detail,
    minute,
    added_minute,
    is_home,
    player_id,
    player_name,
    home_score,
    away_score,
    rescinded,
    source,
    version,
    fetched_at
FROM current_incidents;

CREATE OR REPLACE VIEW stats_shots AS
SELECT
    league_id,
    season_id,
    match_id,
    ordinal,
    player_id,
    player_name,
    is_home,
    outcome,
    situation,
    body_part,
    minute,
    added_minute,
    x,
    y,
    xg,
    xgot,
    source,
    version,
    fetched_at
FROM current_shots;

CREATE OR REPLACE VIEW stats_odds AS
SELECT
    league_id,
    season_id,
    match_id,
    bookmaker,
    market,
    line,
    outcome,
    is_closing,
    decimal,
    source,
    version,
    fetched_at
FROM current_odds;
