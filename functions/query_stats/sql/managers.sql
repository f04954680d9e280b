-- One manager. An index over all versions finds his matches; the view then shows the current version.

-- name: manager
-- The profile of the manager, else his name in the newest match.
SELECT * FROM (
    SELECT manager_id, name, short_name, country, source, version, fetched_at, true AS has_profile
    FROM current_managers WHERE manager_id = {manager_id:Int64}
    UNION ALL
    SELECT {manager_id:Int64}, if(home_manager_id = {manager_id:Int64}, home_manager, away_manager), '', '', source,
        version, fetched_at, false
    FROM current_match_details
    WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_manager(manager_id = {manager_id:Int64}))
        AND {manager_id:Int64} IN (ifNull(home_manager_id, 0), ifNull(away_manager_id, 0))
)
ORDER BY has_profile DESC, version DESC LIMIT 1

-- name: manager_matches
-- Every event under the manager with the team that he managed, by kick-off; where several sources have a season, of the
-- preferred one.
SELECT played.*, if(is_home, home_id, away_id) AS team_id
FROM listed_matches AS played INNER JOIN (
    SELECT match_id, is_home
    FROM current_match_details ARRAY JOIN [true, false] AS is_home
    WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_manager(manager_id = {manager_id:Int64}))
        AND if(is_home, home_manager_id, away_manager_id) = {manager_id:Int64}
) AS details USING match_id
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_manager(manager_id = {manager_id:Int64}))
    AND (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons)
ORDER BY starts_at, match_id
