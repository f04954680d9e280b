-- Leagues and their seasons. The current_* views return each record once, also between merges.

-- name: leagues
SELECT league_id, name, country, source, version, fetched_at FROM current_leagues ORDER BY name

-- name: sources
-- What is stored of each source.
SELECT source, uniqExact(league_id) AS leagues, count() AS seasons, max(version) AS version, max(fetched_at) AS fetched_at
FROM current_seasons GROUP BY source ORDER BY source

-- name: seasons
-- Where several sources have a season, the preferred one comes first. Ids are counted, not rows, so that no versions
-- have to be merged.
SELECT season_id, year, name, starts_in, matches, source, version, fetched_at
FROM ranked_seasons LEFT JOIN (
    SELECT season_id, uniqExact(match_id) AS matches FROM matches WHERE league_id = {league_id:Int64} GROUP BY season_id
) AS counted USING season_id
WHERE league_id = {league_id:Int64} ORDER BY starts_in DESC, preference, season_id DESC

-- name: season
-- The first season with this label or id, in the order of `seasons`; an empty label means any. Seasons with matches come
-- first: the source opens a season weeks before its fixtures are drawn. The league's name saves another query.
SELECT season_id, year, starts_in,
    (SELECT any(name) FROM current_leagues WHERE league_id = {league_id:Int64}) AS league_name
FROM ranked_seasons
WHERE league_id = {league_id:Int64} AND {season:String} IN ('', year, toString(season_id))
ORDER BY season_id NOT IN (SELECT season_id FROM matches WHERE league_id = {league_id:Int64}),
    starts_in DESC, preference, season_id DESC LIMIT 1

-- name: rounds
SELECT
    round, round_name, count() AS matches, countIf(status_type = 'finished') AS finished,
    min(starts_at) AS first_kick_off, max(starts_at) AS last_kick_off,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_matches AS each
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
GROUP BY round, round_name ORDER BY first_kick_off, round, round_name

-- name: standings
-- The source's newest tables: of all matches (`total`), of `home` or `away` matches, or of every kind.
SELECT group_name, kind, position, team_id, team_name, matches, wins, draws, losses, goals_for, goals_against, points,
    promotion, notes, source, version, fetched_at
FROM current_standings
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND {kind:String} IN ('', kind)
ORDER BY group_name, indexOf(['total', 'home', 'away'], kind), position, team_id

-- name: teams
SELECT team_id, name, short_name, code, country, source, version, fetched_at FROM current_teams
WHERE team_id IN (
    SELECT arrayJoin([home_id, away_id]) FROM current_matches
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
)
ORDER BY name, team_id

-- name: season_goals
-- The goals of a season by match, in their order.
SELECT match_id, minute, added_minute, is_home, detail
FROM current_incidents
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND kind = 'goal' AND is_home IS NOT NULL
    AND NOT rescinded
ORDER BY match_id, ordinal

-- name: league_team_stats
-- The results and statistics of each team in a season. Of a ratio (possession) only the mean is meaningful.
SELECT
    team_id, argMax(team_name, starts_at) AS team_name, count() AS matches,
    countIf(played.goals_for > played.goals_against) AS wins, countIf(played.goals_for = played.goals_against) AS draws,
    countIf(played.goals_for < played.goals_against) AS losses, sum(played.points) AS points,
    sum(played.goals_for) AS goals_for, sum(played.goals_against) AS goals_against,
    countIf(played.goals_against = 0) AS clean_sheets, countIf(played.goals_for = 0) AS without_goal,
    sumMap(side_values) AS totals, mapApply((key, value) -> (key, round(value, 3)), avgMap(side_values)) AS means,
    argMax(played.source, played.version) AS source, max(played.version) AS version,
    max(played.fetched_at) AS fetched_at
FROM results AS played LEFT JOIN (
    SELECT match_id, is_home, CAST((groupArray(key), groupArray(value)), 'Map(String, Float64)') AS side_values
    FROM told_statistics WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    GROUP BY match_id, is_home
) AS statistics USING (match_id, is_home)
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id NOT IN {uncounted:Array(Int64)}
GROUP BY team_id ORDER BY team_name, team_id

-- name: league_player_stats
-- The statistics of each player in a season, ordered by minutes; team 0 means any club.
SELECT
    player_id, argMax(player_name, each.version) AS player, argMax(each.team_id, each.version) AS team_id,
    argMax(each.position, (minutes, match_id)) AS position, countIf(minutes > 0) AS appearances,
    countIf(starter) AS starts, sum(ifNull(minutes, 0)) AS total_minutes,
    round(sumIf(rating * minutes, rating IS NOT NULL) / nullIf(sumIf(minutes, rating IS NOT NULL), 0), 2) AS mean_rating,
    sumMap(statistics) AS totals,
    if(total_minutes = 0, map(), mapApply((key, value) -> (key, round(90 * value / total_minutes, 3)), totals)) AS per_90,
    argMax(each.source, each.version) AS source, max(each.version) AS version, max(each.fetched_at) AS fetched_at
FROM current_appearances AS each
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    AND ({team:Int64} = 0 OR each.team_id = {team:Int64}) AND ({position:String} = '' OR each.position = {position:String})
    AND match_id NOT IN {uncounted:Array(Int64)}
GROUP BY player_id
HAVING appearances > 0
ORDER BY total_minutes DESC, player_id LIMIT {limit:Int32} OFFSET {offset:Int32}

-- name: expected_goals
-- Expected goals of each team and its opponents, over matches that have a shot map, with and without penalties.
SELECT
    team_id, any(team_name) AS team_name, count() AS matches, sum(shots_for) AS shots_for, sum(shots_against) AS shots_against,
    sum(played.goals_for) AS goals_for, sum(played.goals_against) AS goals_against,
    round(sum(own_xg), 3) AS xg_for, round(sum(other_xg), 3) AS xg_against, round(xg_for - xg_against, 3) AS xg_difference,
    round(xg_difference / matches, 3) AS xg_difference_per_match,
    round(sum(own_npxg), 3) AS npxg_for, round(sum(other_npxg), 3) AS npxg_against,
    round(sum(own_xgot), 3) AS xgot_for, round(sum(other_xgot), 3) AS xgot_against,
    argMax(played.source, played.version) AS source, max(played.version) AS version,
    max(played.fetched_at) AS fetched_at
FROM results AS played INNER JOIN (
    SELECT
        match_id, arrayJoin([true, false]) AS is_home,
        countIf(taken.is_home = is_home) AS shots_for, countIf(taken.is_home != is_home) AS shots_against,
        sumIf(ifNull(xg, 0), taken.is_home = is_home) AS own_xg, sumIf(ifNull(xg, 0), taken.is_home != is_home) AS other_xg,
        sumIf(ifNull(xg, 0), taken.is_home = is_home AND situation != 'penalty') AS own_npxg,
        sumIf(ifNull(xg, 0), taken.is_home != is_home AND situation != 'penalty') AS other_npxg,
        sumIf(ifNull(xgot, 0), taken.is_home = is_home) AS own_xgot,
        sumIf(ifNull(xgot, 0), taken.is_home != is_home) AS other_xgot
    FROM current_shots AS taken
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    GROUP BY match_id, is_home
    HAVING countIf(xg IS NOT NULL) > 0
) AS chances USING (match_id, is_home)
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id NOT IN {uncounted:Array(Int64)}
GROUP BY team_id ORDER BY xg_difference DESC, team_id

-- name: discipline
-- Cards of each team over the matches that have incidents; rescinded ones do not count.
SELECT
    team_id, any(team_name) AS team_name, count() AS matches, sum(yellow) AS yellow_cards,
    sum(second_yellow) AS second_yellow_cards, sum(red) AS red_cards, round((yellow_cards + second_yellow_cards + red_cards) / matches, 3) AS cards_per_match,
    argMax(played.source, played.version) AS source, max(played.version) AS version,
    max(played.fetched_at) AS fetched_at
FROM results AS played INNER JOIN (
    SELECT DISTINCT match_id FROM current_incidents
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
) AS with_incidents USING match_id
LEFT JOIN (
    SELECT
        match_id, is_home, countIf(detail = 'yellow') AS yellow, countIf(detail = 'yellowRed') AS second_yellow,
        countIf(detail = 'red') AS red
    FROM cards WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} GROUP BY match_id, is_home
) AS shown USING (match_id, is_home)
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND match_id NOT IN {uncounted:Array(Int64)}
GROUP BY team_id ORDER BY cards_per_match DESC, team_id

-- name: referees
SELECT
    referee_id, argMax(referee, led.version) AS referee, count() AS matches, sum(yellow) AS yellow_cards,
    sum(second_yellow) AS second_yellow_cards, sum(red) AS red_cards, sum(penalties) AS penalties,
    round((yellow_cards + second_yellow_cards + red_cards) / matches, 3) AS cards_per_match,
    argMax(led.source, led.version) AS source, max(led.version) AS version, max(led.fetched_at) AS fetched_at
FROM current_match_details AS led INNER JOIN (
    SELECT
        match_id, countIf(kind = 'card' AND detail = 'yellow' AND NOT rescinded) AS yellow,
        countIf(kind = 'card' AND detail = 'yellowRed' AND NOT rescinded) AS second_yellow,
        countIf(kind = 'card' AND detail = 'red' AND NOT rescinded) AS red,
        countIf(kind IN ('goal', 'inGamePenalty') AND (detail = 'penalty' OR kind = 'inGamePenalty')) AS penalties
    FROM current_incidents
    WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
    GROUP BY match_id
) AS shown USING match_id
WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64} AND referee_id IS NOT NULL
    AND match_id NOT IN {uncounted:Array(Int64)}
GROUP BY referee_id ORDER BY matches DESC, referee_id

-- name: season_starts
-- The years in which some seasons start.
SELECT season_id, starts_in FROM current_seasons WHERE season_id IN {season_ids:Array(Int64)}
