-- Leaderboards of players.

-- name: leaders
-- A missing key of the map counts as 0. The mean of ratings is weighted by minutes. `value` is the total, or the total per
-- 90 minutes. The percentile is the share of players of the same position with enough minutes who have a lower value, plus
-- half of those with the same value. Of equal values fewer minutes come first; of equal ratings more minutes.
SELECT * FROM (
    SELECT
        player_id, player, team_id, position, appearances, total_minutes, total, value,
        round(100 * (rank() OVER (PARTITION BY position ORDER BY value) - 1
            + (count() OVER (PARTITION BY position, value) - 1) / 2)
            / greatest(count() OVER (PARTITION BY position) - 1, 1), 1) AS percentile,
        source, version, fetched_at
    FROM (
        SELECT
            player_id, argMax(player_name, each.version) AS player, argMax(team_id, each.version) AS team_id,
            argMax(each.position, (minutes, match_id)) AS position,
            count() AS appearances, sum(minutes) AS total_minutes,
            if({metric:String} = 'rating', sum(rating * minutes) / total_minutes, sum(statistics[{metric:String}])) AS total,
            if({per_90:Bool}, 90 * total / total_minutes, total) AS value,
            argMax(each.source, each.version) AS source, max(each.version) AS version,
            max(each.fetched_at) AS fetched_at
        FROM current_appearances AS each
        WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND minutes > 0
            AND ({metric:String} != 'rating' OR rating IS NOT NULL) AND match_id NOT IN {uncounted:Array(Int64)}
        GROUP BY player_id
        HAVING total_minutes >= {min_minutes:Int64}
    )
)
WHERE total > 0
ORDER BY value DESC, if({metric:String} = 'rating', -total_minutes, total_minutes), player_id LIMIT {limit:Int32}
