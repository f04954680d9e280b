-- A match that a later edition of an archive does not have any more is listed nowhere (code 94, WITHDRAWN in
-- shared/domain/football/match_status.py); its row stays, so that the edition before it can be told from this one.

CREATE OR REPLACE VIEW listed_matches AS
SELECT
    match_id, league_id, season_id, tournament_id, round, round_name, starts_at, status_code, status_type, home_id, away_id,
    home_name, away_name, home_goals, away_goals, home_goals_period1, away_goals_period1, home_goals_display,
    away_goals_display, home_penalties, away_penalties, home_red_cards, away_red_cards, source, version, fetched_at
FROM current_matches WHERE status_code <> 94;
