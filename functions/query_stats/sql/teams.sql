-- One team. An index over all versions finds its matches; the view then shows the current version.

-- name: team
SELECT team_id, name, short_name, code, country, source, version, fetched_at
FROM current_teams WHERE team_id = {team_id:Int64} LIMIT 1

-- name: team_seasons
SELECT
    league_id, season_id, count() AS matches, countIf(status_type = 'finished') AS finished,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_matches AS each
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
    AND {team_id:Int64} IN (home_id, away_id)
    AND (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons)
GROUP BY league_id, season_id ORDER BY max(starts_at) DESC

-- name: team_standing_seasons
-- The seasons of the team with this label, in each league; without a label that of its newest match.
SELECT league_id, season_id, starts_in FROM current_seasons
WHERE (league_id, season_id) IN (
    SELECT league_id, season_id FROM matches_of_team_season(team_id = {team_id:Int64}, season = {season:String})
)
    AND ({season:String} = toString(season_id)
        OR (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons))
ORDER BY league_id, season_id

-- name: team_matches
-- Matches of all competitions by kick-off.
SELECT * FROM listed_matches
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
    AND {team_id:Int64} IN (home_id, away_id)
    AND ({season:String} = '' OR season_id IN (
        SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))
    ))
    AND ({season:String} = toString(season_id)
        OR (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons))
    AND ({state:String} = '' OR status_type = {state:String})
    AND ({after_at:DateTime64(3, 'UTC')}, {after_id:Int64}) < (starts_at, match_id)
ORDER BY starts_at, match_id LIMIT {limit:Int32} + 1

-- name: next_match
SELECT * FROM listed_matches
WHERE (league_id, season_id, match_id) IN (
    SELECT league_id, season_id, match_id FROM matches
    WHERE (home_id = {team_id:Int64} OR away_id = {team_id:Int64}) AND status_type = 'notstarted'
)
    AND {team_id:Int64} IN (home_id, away_id) AND status_type = 'notstarted'
    AND (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons)
ORDER BY starts_at, match_id LIMIT 1

-- name: team_stats
-- Results and statistics by season, or over all matches between two dates together (`whole`).
SELECT
    if({whole:Bool}, NULL, played.league_id) AS league, if({whole:Bool}, NULL, played.season_id) AS season,
    count() AS matches, countIf(played.goals_for > played.goals_against) AS wins, countIf(played.goals_for = played.goals_against) AS draws,
    countIf(played.goals_for < played.goals_against) AS losses, sum(played.points) AS points,
    sum(played.goals_for) AS goals_for, sum(played.goals_against) AS goals_against,
    countIf(played.goals_against = 0) AS clean_sheets, countIf(played.goals_for = 0) AS without_goal,
    sumMap(side_values) AS totals, mapApply((key, value) -> (key, round(value, 3)), avgMap(side_values)) AS means,
    min(starts_at) AS first_kick_off, max(starts_at) AS last_kick_off,
    argMax(played.source, played.version) AS source, max(played.version) AS version,
    max(played.fetched_at) AS fetched_at
FROM results AS played LEFT JOIN (
    SELECT match_id, is_home, CAST((groupArray(key), groupArray(value)), 'Map(String, Float64)') AS side_values
    FROM told_statistics
    WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
    GROUP BY match_id, is_home
) AS statistics USING (match_id, is_home)
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
    AND team_id = {team_id:Int64}
    AND ({season:String} = '' OR season_id IN (
        SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))
    ))
    AND ({season:String} = toString(season_id)
        OR (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons))
    AND match_id NOT IN {uncounted:Array(Int64)}
    AND starts_at >= {date_from:Date32} AND starts_at < {date_to:Date32} + 1
GROUP BY 1, 2 ORDER BY last_kick_off DESC

-- name: all_team_matches
-- Every event of the team, of all seasons or one, by kick-off; where several sources have a season, of the preferred one.
SELECT * FROM listed_matches
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
    AND {team_id:Int64} IN (home_id, away_id)
    AND ({season:String} = '' OR season_id IN (
        SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))
    ))
    AND ({season:String} = toString(season_id)
        OR (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons))
ORDER BY starts_at, match_id

-- name: team_player_stats
-- Statistics of each player for the team in a season; without a label in the season of its newest match.
SELECT
    player_id, argMax(player_name, each.version) AS player, argMax(each.position, (minutes, match_id)) AS position,
    countIf(minutes > 0) AS appearances, countIf(starter) AS starts, sum(ifNull(minutes, 0)) AS total_minutes,
    round(sumIf(rating * minutes, rating IS NOT NULL) / nullIf(sumIf(minutes, rating IS NOT NULL), 0), 2) AS mean_rating,
    sumMap(statistics) AS totals,
    mapApply((key, value) -> (key, round(90 * value / greatest(total_minutes, 1), 3)), totals) AS per_90,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_appearances AS each
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team_season(team_id = {team_id:Int64}, season = {season:String}))
    AND team_id = {team_id:Int64}
GROUP BY player_id ORDER BY total_minutes DESC, player_id

-- name: team_squad
-- The players in the team's squads of a season, from goalkeeper to forward; without a label in the season of its newest match.
SELECT
    player_id, argMax(player_name, each.version) AS player, argMax(each.position, (minutes, match_id)) AS position,
    argMax(each.shirt_number, each.version) AS shirt_number, count() AS squads, countIf(minutes > 0) AS appearances,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_appearances AS each
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team_season(team_id = {team_id:Int64}, season = {season:String}))
    AND team_id = {team_id:Int64}
GROUP BY player_id ORDER BY indexOf(['G', 'D', 'M', 'F'], position), player, player_id

-- name: team_managers
-- The managers of the team, the newest first.
SELECT
    manager_id, argMax(manager, starts_at) AS name, count() AS matches,
    countIf(played.goals_for > played.goals_against) AS wins, countIf(played.goals_for = played.goals_against) AS draws,
    countIf(played.goals_for < played.goals_against) AS losses, min(starts_at) AS first_match_at, max(starts_at) AS last_match_at,
    argMax(played.source, played.version) AS source, max(played.version) AS version,
    max(played.fetched_at) AS fetched_at
FROM results AS played INNER JOIN (
    SELECT match_id, is_home, if(is_home, home_manager_id, away_manager_id) AS manager_id,
        if(is_home, home_manager, away_manager) AS manager
    FROM current_match_details ARRAY JOIN [true, false] AS is_home
    WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
) AS led USING (match_id, is_home)
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
    AND team_id = {team_id:Int64} AND manager_id IS NOT NULL
    AND (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons)
    AND match_id NOT IN {uncounted:Array(Int64)}
GROUP BY manager_id ORDER BY last_match_at DESC, manager_id

-- name: team_shots
-- Shots of the team in a season, by kick-off; without a label in the season of its newest match.
SELECT
    each.match_id AS match_id, starts_at, opponent_id, opponent_name,
    each.* EXCEPT (league_id, season_id, match_id, source, version, fetched_at),
    each.source AS source, each.version AS version, each.fetched_at AS fetched_at
FROM current_shots AS each INNER JOIN (
    SELECT match_id, is_home, starts_at, opponent_id, opponent_name FROM results
    WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team(team_id = {team_id:Int64}))
        AND team_id = {team_id:Int64}
) AS played USING (match_id, is_home)
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_team_season(team_id = {team_id:Int64}, season = {season:String}))
ORDER BY starts_at, match_id, ordinal
