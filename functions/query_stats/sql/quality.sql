-- Data quality: how complete and how consistent the records of a league are.

-- name: completeness
-- By season: events, finished ones, and of how many of these each part is stored.
SELECT
    season_id, any(year) AS year, count() AS matches, countIf(status_type = 'finished') AS finished,
    countIf(status_type = 'finished' AND d.match_id != 0) AS with_detail,
    countIf(status_type = 'finished' AND t.match_id != 0) AS with_statistics,
    countIf(status_type = 'finished' AND a.match_id != 0) AS with_lineups,
    countIf(status_type = 'finished' AND i.match_id != 0) AS with_incidents,
    countIf(status_type = 'finished' AND s.match_id != 0) AS with_shots,
    countIf(status_type = 'finished' AND o.match_id != 0) AS with_odds,
    argMax(m.source, m.version) AS source, max(m.version) AS version, max(m.fetched_at) AS fetched_at
FROM (SELECT * FROM current_matches WHERE league_id = {league_id:Int64}) AS m
LEFT JOIN (
    SELECT season_id, year FROM current_seasons WHERE league_id = {league_id:Int64}
) AS labels USING season_id
LEFT JOIN (SELECT DISTINCT match_id FROM match_details WHERE league_id = {league_id:Int64}) AS d USING match_id
LEFT JOIN (SELECT DISTINCT match_id FROM team_statistics WHERE league_id = {league_id:Int64}) AS t USING match_id
LEFT JOIN (SELECT DISTINCT match_id FROM appearances WHERE league_id = {league_id:Int64}) AS a USING match_id
LEFT JOIN (SELECT DISTINCT match_id FROM incidents WHERE league_id = {league_id:Int64}) AS i USING match_id
LEFT JOIN (SELECT DISTINCT match_id FROM shots WHERE league_id = {league_id:Int64}) AS s USING match_id
LEFT JOIN (SELECT DISTINCT match_id FROM odds WHERE league_id = {league_id:Int64}) AS o USING match_id
GROUP BY season_id ORDER BY max(m.starts_at) DESC, season_id DESC

-- name: quality
-- A row for each rule that matches of the season break, with the first of these matches.
SELECT rule, count() AS matches, arraySlice(arraySort(groupArray(match_id)), 1, 20) AS match_ids,
    argMax(broken.source, broken.version) AS source, max(broken.version) AS version, max(broken.fetched_at) AS fetched_at
FROM (
    SELECT arrayJoin(arrayFilter(name -> name != '', [
        if(is_final AND score_home IS NULL, 'a final match has a score', ''),
        if(is_final AND ifNull(home_goals_period1 > home_goals OR away_goals_period1 > away_goals, false),
            'no half has more goals than the match', ''),
        if(is_final AND goals.n > 0 AND (goals.home != score_home OR goals.away != score_away),
            'goals add up to the score', ''),
        if(is_final AND goals.n = 0 AND has_incidents AND score_home + score_away > 0,
            'a score comes with its goals', ''),
        if(squads.n > 0 AND (squads.home != 11 OR squads.away != 11), 'eleven players start on each side', ''),
        if(shots.n > 0 AND (shots.home > score_home OR shots.away > score_away),
            'shots score no more than the match', ''),
        if(home_id = away_id, 'a team meets another', '')
    ])) AS rule, match_id, source, version, fetched_at
    FROM (
        SELECT *, status_code IN (100, 110, 120) AS is_final,
            coalesce(home_goals_display, home_goals) AS score_home, coalesce(away_goals_display, away_goals) AS score_away
        FROM current_matches WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    ) AS m
    LEFT JOIN (
        SELECT match_id, countIf(kind = 'goal') AS n, countIf(kind = 'goal' AND is_home) AS home,
            countIf(kind = 'goal' AND NOT is_home) AS away, true AS has_incidents
        FROM current_incidents
        WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND NOT rescinded GROUP BY match_id
    ) AS goals USING match_id
    LEFT JOIN (
        SELECT match_id, count() AS n, countIf(starter AND is_home) AS home, countIf(starter AND NOT is_home) AS away
        FROM current_appearances
        WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} GROUP BY match_id
    ) AS squads USING match_id
    LEFT JOIN (
        SELECT match_id, count() AS n, countIf(outcome = 'goal' AND is_home) AS home,
            countIf(outcome = 'goal' AND NOT is_home) AS away
        FROM current_shots
        WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} GROUP BY match_id
    ) AS shots USING match_id
) AS broken
GROUP BY rule ORDER BY rule

-- name: corrections
-- Matches that the source changed after a moment, three hours or more after kick-off.
SELECT
    match_id, league_id, season_id, round, starts_at, home_id, home_name, away_id, away_name, home_goals, away_goals,
    status_code, fromUnixTimestamp64Milli(version, 'UTC') AS changed_at, source, version, fetched_at
FROM current_matches
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    AND version >= toUnixTimestamp64Milli({since:DateTime64(3, 'UTC')})
    AND version >= toUnixTimestamp64Milli(starts_at + INTERVAL 3 HOUR)
ORDER BY version DESC, match_id LIMIT {limit:Int32}
