-- A match keeps the name of its tournament within the league (Apertura, a group, a phase), and whether its source
-- gives only the day.

ALTER TABLE matches ADD COLUMN IF NOT EXISTS tournament_name String;

ALTER TABLE matches ADD COLUMN IF NOT EXISTS day_only Bool;

CREATE OR REPLACE VIEW current_matches AS SELECT * FROM matches FINAL;

CREATE OR REPLACE VIEW listed_matches AS
SELECT
    match_id, league_id, season_id, tournament_id, round, round_name, starts_at, status_code, status_type, home_id, away_id,
    home_name, away_name, home_goals, away_goals, home_goals_period1, away_goals_period1, home_goals_display,
    away_goals_display, home_penalties, away_penalties, home_red_cards, away_red_cards, tournament_name, day_only,
    source, version, fetched_at
FROM current_matches WHERE status_code <> 94;
