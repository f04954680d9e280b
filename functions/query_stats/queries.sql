-- Statements of query-stats on ClickHouse. The current_* views return each record once, also between merges.

-- name: leagues
SELECT league_id, name, country, source FROM current_leagues ORDER BY name

-- name: seasons
SELECT season_id, year, name, starts_in, matches
FROM current_seasons LEFT JOIN (
    SELECT season_id, count() AS matches FROM current_matches WHERE league_id = {league_id:Int64} GROUP BY season_id
) AS counted USING season_id
WHERE league_id = {league_id:Int64} ORDER BY starts_in DESC, season_id DESC

-- name: season_matches
-- All events of a season: what the table and the fixture list are made of.
SELECT * FROM current_matches
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
ORDER BY starts_at, match_id

-- name: match
SELECT * FROM current_matches WHERE match_id = {match_id:Int64} LIMIT 1

-- name: match_detail
SELECT * FROM current_match_details
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64} LIMIT 1

-- name: team_statistics
SELECT period, key, name, groups, home_value, away_value, home_total, away_total, home_text, away_text
FROM current_team_statistics
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY period, key

-- name: appearances
SELECT player_id, player_name, team_id, is_home, position, shirt_number, starter, captain, minutes, rating, statistics
FROM current_appearances
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY is_home DESC, starter DESC, indexOf(['G', 'D', 'M', 'F'], position), shirt_number, player_id

-- name: incidents
SELECT * EXCEPT (source, version, fetched_at, league_id, season_id, match_id) FROM current_incidents
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY ordinal

-- name: shots
SELECT * EXCEPT (source, version, fetched_at, league_id, season_id, match_id) FROM current_shots
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id = {match_id:Int64}
ORDER BY ordinal

-- name: teams
SELECT team_id, name, short_name, code, country FROM current_teams
WHERE team_id IN (
    SELECT arrayJoin([home_id, away_id]) FROM current_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
)
ORDER BY name

-- name: team
SELECT team_id, name, short_name, code, country FROM current_teams WHERE team_id = {team_id:Int64} LIMIT 1

-- name: team_seasons
SELECT league_id, season_id, count() AS matches, countIf(status_type = 'finished') AS finished
FROM current_matches WHERE home_id = {team_id:Int64} OR away_id = {team_id:Int64}
GROUP BY league_id, season_id ORDER BY max(starts_at) DESC

-- name: player
SELECT player_id, name, short_name, position, country, born_on, height_cm
FROM current_players WHERE player_id = {player_id:Int64} LIMIT 1

-- name: player_seasons
SELECT
    league_id, season_id, team_id, countIf(minutes > 0) AS appearances, countIf(starter) AS starts,
    sum(minutes) AS total_minutes,
    -- NULL, not NaN, where no match was rated
    round(sumIf(rating * minutes, rating IS NOT NULL) / nullIf(sumIf(minutes, rating IS NOT NULL), 0), 2) AS mean_rating,
    sumMap(statistics) AS totals
FROM current_appearances WHERE player_id = {player_id:Int64}
GROUP BY league_id, season_id, team_id ORDER BY season_id DESC, team_id

-- name: leaders
-- A missing key of the map counts as zero. `value` is a total, or per 90 minutes.
SELECT
    player_id, argMax(player_name, version) AS player, argMax(team_id, version) AS team_id,
    countIf(minutes > 0) AS appearances, sum(minutes) AS total_minutes, sum(statistics[{metric:String}]) AS total,
    if({per_90:Bool}, 90 * total / total_minutes, total) AS value
FROM current_appearances
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND minutes > 0
GROUP BY player_id
HAVING total > 0 AND total_minutes >= {min_minutes:Int64}
ORDER BY value DESC, total_minutes, player_id LIMIT {limit:Int32}

-- name: rating_leaders
-- A rating is no count: its mean is weighted by minutes.
SELECT
    player_id, argMax(player_name, version) AS player, argMax(team_id, version) AS team_id,
    countIf(minutes > 0) AS appearances, sum(minutes) AS total_minutes,
    sum(rating * minutes) / total_minutes AS total, total AS value
FROM current_appearances
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND minutes > 0 AND rating IS NOT NULL
GROUP BY player_id
HAVING total_minutes >= {min_minutes:Int64}
ORDER BY value DESC, total_minutes DESC, player_id LIMIT {limit:Int32}
