-- Statements of plot on ClickHouse. The current_* views return each record once, also between merges.

-- name: league_name
SELECT name FROM current_leagues WHERE league_id = {league_id:Int64} LIMIT 1

-- name: seasons
-- Seasons with matches, the newest first; where several sources have a season, the preferred one comes first.
SELECT season_id, year FROM current_seasons
WHERE league_id = {league_id:Int64} AND season_id IN (
    SELECT season_id FROM current_matches WHERE league_id = {league_id:Int64}
)
ORDER BY
    starts_in DESC,
    season_id IN (SELECT season_id FROM ranked_seasons WHERE league_id = {league_id:Int64} AND preference > 1),
    season_id DESC

-- name: season_matches
SELECT * FROM current_matches
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
ORDER BY starts_at, match_id

-- name: match
SELECT * FROM current_matches WHERE match_id = {match_id:Int64} LIMIT 1

-- name: shots
SELECT ordinal, minute, added_minute, is_home, player_name, outcome, situation, body_part, x, y, xg
FROM current_shots
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY ordinal

-- name: player_seasons
-- A player's seasons, the newest first; of several at the same time the one with most minutes.
SELECT league_id, season_id, any(year) AS year, any(name) AS name
FROM current_appearances AS played JOIN current_seasons USING (league_id, season_id)
WHERE player_id = {player_id:Int64} AND minutes > 0
GROUP BY league_id, season_id ORDER BY max(starts_in) DESC, sum(minutes) DESC

-- name: season_players
-- The sums of every player of a season; his position is that of his longest match.
SELECT
    player_id, argMax(player_name, (version, match_id)) AS player, argMax(position, (minutes, match_id)) AS position,
    sum(minutes) AS total_minutes, sumMap(statistics) AS totals
FROM current_appearances
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND minutes > 0
GROUP BY player_id ORDER BY player_id
