-- Statements of favourites on ClickHouse: the name in the own record, else the name in matches. An id that neither names
-- is not stored.

-- name: league
SELECT league_id AS id, argMax(name, version) AS name FROM leagues WHERE league_id IN {ids:Array(Int64)} GROUP BY id

-- name: team
SELECT id, argMax(name, (is_own, version)) AS name FROM (
    SELECT team_id AS id, name, version, true AS is_own FROM teams WHERE team_id IN {ids:Array(Int64)}
    UNION ALL
    SELECT home_id, home_name, version, false FROM matches WHERE home_id IN {ids:Array(Int64)}
    UNION ALL
    SELECT away_id, away_name, version, false FROM matches WHERE away_id IN {ids:Array(Int64)}
) GROUP BY id

-- name: player
SELECT id, argMax(name, (is_own, version)) AS name FROM (
    SELECT player_id AS id, name, version, true AS is_own FROM players WHERE player_id IN {ids:Array(Int64)}
    UNION ALL
    SELECT player_id, player_name, version, false FROM appearances WHERE player_id IN {ids:Array(Int64)}
) GROUP BY id

-- name: manager
SELECT id, argMax(name, (is_own, version)) AS name FROM (
    SELECT manager_id AS id, name, version, true AS is_own FROM managers WHERE manager_id IN {ids:Array(Int64)}
    UNION ALL
    SELECT assumeNotNull(home_manager_id), home_manager, version, false FROM match_details
    WHERE home_manager_id IN {ids:Array(Int64)}
    UNION ALL
    SELECT assumeNotNull(away_manager_id), away_manager, version, false FROM match_details
    WHERE away_manager_id IN {ids:Array(Int64)}
) GROUP BY id
