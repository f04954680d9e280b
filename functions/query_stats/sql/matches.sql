-- Matches and their parts.

-- name: season_matches
-- All events of a season, from which tables and lists are computed.
SELECT * FROM listed_matches
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
ORDER BY starts_at, match_id

-- name: match
-- A match may have been stored under another season for a while; its newest version counts.
SELECT * FROM listed_matches WHERE match_id = {match_id:Int64} ORDER BY version DESC LIMIT 1

-- name: day
-- Every match between two instants, of all leagues; where several sources have a season, those of the preferred one.
SELECT * FROM listed_matches
WHERE (league_id, season_id, match_id) IN (
    SELECT league_id, season_id, match_id FROM matches
    WHERE starts_at >= {since:DateTime64(3, 'UTC')} AND starts_at < {until:DateTime64(3, 'UTC')}
)
    AND starts_at >= {since:DateTime64(3, 'UTC')} AND starts_at < {until:DateTime64(3, 'UTC')}
    AND (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons)
    AND ({after_at:DateTime64(3, 'UTC')}, {after_id:Int64}) < (starts_at, match_id)
ORDER BY starts_at, match_id LIMIT {limit:Int32} + 1

-- name: match_detail
SELECT * FROM current_match_details
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64} LIMIT 1

-- name: team_statistics
SELECT period, key, name, groups, home_value, away_value, home_total, away_total, home_text, away_text,
    source, version, fetched_at
FROM current_team_statistics
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY period, key

-- name: appearances
SELECT player_id, player_name, team_id, is_home, position, shirt_number, starter, captain, minutes, rating, statistics,
    source, version, fetched_at
FROM current_appearances
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY is_home DESC, starter DESC, indexOf(['G', 'D', 'M', 'F'], position), shirt_number, player_id

-- name: keepers
-- The goalkeepers of a match; only the source knows how many goals each conceded.
SELECT player_id, player_name, team_id, is_home, starter, minutes, rating,
    statistics['saves'] AS saves, if(has(mapKeys(statistics), 'goalsConceded'), statistics['goalsConceded'], NULL) AS conceded,
    statistics['penaltySave'] AS penalties_saved, statistics['penaltyFaced'] AS penalties_faced, statistics,
    source, version, fetched_at
FROM current_appearances
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
    AND position = 'G' AND minutes > 0
ORDER BY is_home DESC, starter DESC, player_id

-- name: incidents
SELECT * EXCEPT (league_id, season_id, match_id, source, version, fetched_at), source, version, fetched_at FROM current_incidents
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY ordinal

-- name: shots
SELECT * EXCEPT (league_id, season_id, match_id, source, version, fetched_at), source, version, fetched_at FROM current_shots
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY ordinal

-- name: odds
SELECT bookmaker, market, line, outcome, is_closing, decimal, source, version, fetched_at
FROM current_odds
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY market, line, bookmaker, is_closing, indexOf(['home', 'draw', 'away', 'over', 'under'], outcome)
