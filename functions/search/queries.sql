-- Statements of search on ClickHouse: the names of one season of a league, or of everything where both ids are 0. Each
-- row is complete and counted over all seasons, so reading it again replaces it. Rows that are not merged yet do no harm:
-- the newest version is chosen here, and matches are counted by their ids.

-- name: league
SELECT
    league_id AS id, league.name AS name, '' AS short_name, '' AS code, league.country AS country, '' AS position,
    arraySort(season.years) AS seasons, stored.n_matches AS weight
FROM (
    SELECT league_id, argMax(name, version) AS name, argMax(country, version) AS country
    FROM leagues WHERE {league_id:Int64} IN (0, league_id) GROUP BY league_id
) AS league
LEFT JOIN (
    SELECT league_id, groupUniqArray(year) AS years
    FROM seasons WHERE {league_id:Int64} IN (0, league_id) GROUP BY league_id
) AS season USING league_id
LEFT JOIN (
    SELECT league_id, uniqExact(match_id) AS n_matches
    FROM matches WHERE {league_id:Int64} IN (0, league_id) GROUP BY league_id
) AS stored USING league_id

-- name: team
-- A team without a record of its own gets the name that its matches have.
WITH requested AS (
    SELECT arrayJoin([home_id, away_id]) FROM matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
)
SELECT
    id, if(record.name = '', played.name, record.name) AS name, record.short_name AS short_name, record.code AS code,
    record.country AS country, '' AS position, emptyArrayString() AS seasons, played.weight AS weight
FROM (
    SELECT side.1 AS id, argMax(side.2, version) AS name, uniqExact(match_id) AS weight
    FROM (
        SELECT match_id, version, arrayJoin([(home_id, home_name), (away_id, away_name)]) AS side FROM matches
        WHERE {league_id:Int64} = 0 OR home_id IN requested OR away_id IN requested
    )
    WHERE {league_id:Int64} = 0 OR side.1 IN requested
    GROUP BY id
) AS played
LEFT JOIN (
    SELECT
        team_id AS id, argMax(name, version) AS name, argMax(short_name, version) AS short_name,
        argMax(code, version) AS code, argMax(country, version) AS country
    FROM teams GROUP BY team_id
) AS record USING id

-- name: player
WITH requested AS (
    SELECT player_id FROM appearances WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
)
SELECT
    id, if(record.name = '', played.name, record.name) AS name, record.short_name AS short_name, '' AS code,
    record.country AS country, record.position AS position, emptyArrayString() AS seasons, played.weight AS weight
FROM (
    SELECT player_id AS id, argMax(player_name, version) AS name, uniqExact(match_id) AS weight
    FROM appearances WHERE {league_id:Int64} = 0 OR player_id IN requested GROUP BY player_id
) AS played
LEFT JOIN (
    SELECT
        player_id AS id, argMax(name, version) AS name, argMax(short_name, version) AS short_name,
        argMax(country, version) AS country, argMax(position, version) AS position
    FROM players WHERE {league_id:Int64} = 0 OR player_id IN requested GROUP BY player_id
) AS record USING id

-- name: manager
WITH requested AS (
    SELECT arrayJoin([home_manager_id, away_manager_id]) FROM match_details
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
)
SELECT
    id, if(record.name = '', led.name, record.name) AS name, record.short_name AS short_name, '' AS code,
    record.country AS country, '' AS position, emptyArrayString() AS seasons, led.weight AS weight
FROM (
    SELECT assumeNotNull(side.1) AS id, argMax(side.2, version) AS name, uniqExact(match_id) AS weight
    FROM (
        SELECT match_id, version, arrayJoin([(home_manager_id, home_manager), (away_manager_id, away_manager)]) AS side
        FROM match_details
        WHERE {league_id:Int64} = 0 OR home_manager_id IN requested OR away_manager_id IN requested
    )
    WHERE side.1 IS NOT NULL AND ({league_id:Int64} = 0 OR side.1 IN requested)
    GROUP BY id
) AS led
LEFT JOIN (
    SELECT
        manager_id AS id, argMax(name, version) AS name, argMax(short_name, version) AS short_name,
        argMax(country, version) AS country
    FROM managers GROUP BY manager_id
) AS record USING id
