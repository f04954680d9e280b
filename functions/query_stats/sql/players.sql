-- One player. An index over all versions finds his appearances; the view then shows the current version.

-- name: player
SELECT player_id, name, short_name, position, country, born_on, height_cm, source, version, fetched_at
FROM current_players WHERE player_id = {player_id:Int64} LIMIT 1

-- name: player_seasons
SELECT
    league_id, season_id, team_id, countIf(minutes > 0) AS appearances, countIf(starter) AS starts,
    sum(minutes) AS total_minutes,
    -- NULL, not NaN, where no match was rated
    round(sumIf(rating * minutes, rating IS NOT NULL) / nullIf(sumIf(minutes, rating IS NOT NULL), 0), 2) AS mean_rating,
    sumMap(statistics) AS totals,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_appearances AS each
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
    AND player_id = {player_id:Int64}
    AND (league_id, season_id, match_id) NOT IN (SELECT * FROM knock_outs_of_player(player_id = {player_id:Int64}))
GROUP BY league_id, season_id, team_id ORDER BY season_id DESC, team_id

-- name: player_stats
-- Statistics by season, without its play-offs, or over all matches between two dates together (`whole`).
SELECT
    if({whole:Bool}, NULL, each.league_id) AS league, if({whole:Bool}, NULL, each.season_id) AS season,
    countIf(minutes > 0) AS appearances, countIf(starter) AS starts, sum(ifNull(minutes, 0)) AS total_minutes,
    round(sumIf(rating * minutes, rating IS NOT NULL) / nullIf(sumIf(minutes, rating IS NOT NULL), 0), 2) AS mean_rating,
    sumMap(statistics) AS totals,
    mapApply((key, value) -> (key, round(value / greatest(appearances, 1), 3)), totals) AS per_match,
    mapApply((key, value) -> (key, round(90 * value / greatest(total_minutes, 1), 3)), totals) AS per_90,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_appearances AS each
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
    AND player_id = {player_id:Int64}
    AND ({season:String} = '' OR season_id IN (
        SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))
    ))
    AND (NOT {whole:Bool} OR match_id IN (
        SELECT match_id FROM current_matches
        WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
            AND starts_at >= {date_from:Date32} AND starts_at < {date_to:Date32} + 1
    ))
    AND ({whole:Bool} OR (league_id, season_id, match_id) NOT IN (
        SELECT * FROM knock_outs_of_player(player_id = {player_id:Int64})
    ))
GROUP BY 1, 2 ORDER BY season DESC, league

-- name: player_matches
-- Every match with the player in the squad, by kick-off.
SELECT
    each.match_id AS match_id, each.league_id AS league_id, each.season_id AS season_id, starts_at, home_id, home_name,
    away_id, away_name, home_goals, away_goals, team_id, is_home, position, starter, minutes, rating, statistics,
    each.source AS source, each.version AS version, each.fetched_at AS fetched_at
FROM current_appearances AS each INNER JOIN (
    SELECT match_id, starts_at, home_id, home_name, away_id, away_name, home_goals, away_goals
    FROM current_matches
    WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
) AS played USING match_id
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
    AND player_id = {player_id:Int64}
    AND ({season:String} = '' OR season_id IN (
        SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))
    ))
    AND ({after_at:DateTime64(3, 'UTC')}, {after_id:Int64}) < (starts_at, match_id)
ORDER BY starts_at, match_id LIMIT {limit:Int32} + 1

-- name: player_teams
-- The clubs of the player, the newest first.
SELECT
    team_id, any(name) AS name, count() AS squads, countIf(minutes > 0) AS appearances,
    min(starts_at) AS first_match_at, max(starts_at) AS last_match_at,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_appearances AS each
LEFT JOIN (SELECT team_id, name FROM current_teams) AS clubs USING team_id
INNER JOIN (
    SELECT match_id, starts_at FROM current_matches
    WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
) AS played USING match_id
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
    AND player_id = {player_id:Int64}
GROUP BY team_id ORDER BY last_match_at DESC, team_id

-- name: player_shots
SELECT * EXCEPT (league_id, source, version, fetched_at), source, version, fetched_at FROM current_shots
WHERE (league_id, season_id, match_id) IN (
    SELECT league_id, season_id, match_id FROM shots WHERE player_id = {player_id:Int64}
)
    AND player_id = {player_id:Int64}
    AND ({season:String} = '' OR season_id IN (
        SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))
    ))
ORDER BY season_id, match_id, ordinal
