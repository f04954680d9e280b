-- Whole tables that leave the store as Arrow. Columns have the names of the models in models/stored_tables.py.

-- name: match_counts
-- Stored events by league, about, to read the matches of all leagues in parts of bounded size.
SELECT league_id, uniq(match_id) AS n FROM matches
WHERE {league_id:Int64} IN (0, league_id) GROUP BY league_id ORDER BY league_id

-- name: all_matches
-- Matches of the leagues between two ids; where several sources have a season, those of the preferred one.
SELECT
    match_id, league_id, season_id, round, starts_at, day_only, tournament_name AS tournament, status_code, status_type,
    home_id, home_name, away_id, away_name, home_goals AS score_home, away_goals AS score_away, home_goals_period1 AS half_time_home,
    away_goals_period1 AS half_time_away, home_penalties AS penalties_home, away_penalties AS penalties_away,
    home_red_cards AS red_cards_home, away_red_cards AS red_cards_away, source, version, fetched_at
FROM listed_matches
WHERE league_id >= {first_league:Int64} AND league_id <= {last_league:Int64}
    AND starts_at >= {first_day:Date32} AND starts_at < {last_day:Date32} + 1
    AND (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons)
ORDER BY league_id, season_id, starts_at, match_id

-- name: stored_shots
-- The shots of a season, by match and in their order.
SELECT
    played.starts_at AS starts_at, each.season_id AS season_id, each.match_id AS match_id,
    if(each.is_home, played.home_id, played.away_id) AS team_id,
    if(each.is_home, played.home_name, played.away_name) AS team_name,
    each.* EXCEPT (league_id, season_id, match_id, source, version, fetched_at),
    each.source AS source, each.version AS version, each.fetched_at AS fetched_at
FROM current_shots AS each INNER JOIN (
    SELECT match_id, starts_at, home_id, home_name, away_id, away_name FROM listed_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
) AS played USING match_id
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
ORDER BY starts_at, match_id, ordinal

-- name: stored_odds
-- The prices of a season, by match.
SELECT
    played.starts_at AS starts_at, each.season_id AS season_id, each.match_id AS match_id, home_id, home_name, away_id, away_name,
    bookmaker, market, line, outcome, is_closing, decimal,
    each.source AS source, each.version AS version, each.fetched_at AS fetched_at
FROM current_odds AS each INNER JOIN (
    SELECT match_id, starts_at, home_id, home_name, away_id, away_name FROM listed_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
) AS played USING match_id
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    AND {market:String} IN ('', market) AND (NOT {closing:Bool} OR is_closing)
ORDER BY starts_at, match_id, market, line, bookmaker, is_closing, indexOf(['home', 'draw', 'away', 'over', 'under'], outcome)

-- name: stored_appearances
-- The line-ups of a season, by match, home first.
SELECT
    played.starts_at AS starts_at, each.season_id AS season_id, each.match_id AS match_id,
    player_id, player_name, team_id, is_home, position, shirt_number, starter, captain, minutes, rating, statistics,
    each.source AS source, each.version AS version, each.fetched_at AS fetched_at
FROM current_appearances AS each INNER JOIN (
    SELECT match_id, starts_at FROM listed_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
) AS played USING match_id
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
ORDER BY starts_at, match_id, is_home DESC, starter DESC, player_id

-- name: stored_incidents
-- The incidents of a season, by match and in their order.
SELECT
    played.starts_at AS starts_at, each.season_id AS season_id, each.match_id AS match_id,
    each.* EXCEPT (league_id, season_id, match_id, source, version, fetched_at),
    each.source AS source, each.version AS version, each.fetched_at AS fetched_at
FROM current_incidents AS each INNER JOIN (
    SELECT match_id, starts_at FROM listed_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
) AS played USING match_id
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
ORDER BY starts_at, match_id, ordinal

-- name: stored_statistics
-- The statistics of a season's matches, by match, period and key.
SELECT
    played.starts_at AS starts_at, each.season_id AS season_id, each.match_id AS match_id,
    period, key, name, groups, home_value, away_value, home_total, away_total, home_text, away_text,
    each.source AS source, each.version AS version, each.fetched_at AS fetched_at
FROM current_team_statistics AS each INNER JOIN (
    SELECT match_id, starts_at FROM listed_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
) AS played USING match_id
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
ORDER BY starts_at, match_id, period, key
