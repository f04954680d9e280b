-- Statements of analyze on Postgres: views, and the forecasts that the track record scores.

-- name: save_view
INSERT INTO league_views (league_id, name, made_at, content)
VALUES (%(league_id)s, %(name)s, now(), %(content)s)
ON CONFLICT (league_id, name) DO UPDATE SET made_at = excluded.made_at, content = excluded.content

-- name: view
SELECT made_at, content FROM league_views WHERE league_id = %(league_id)s AND name = %(name)s

-- name: forecasts_to_score
SELECT match_id, made_at, starts_at,
    (forecast #>> '{probabilities,home}')::float8 AS home,
    (forecast #>> '{probabilities,draw}')::float8 AS draw,
    (forecast #>> '{probabilities,away}')::float8 AS away,
    coalesce(forecast #>> '{home,name}', '') AS home_name, coalesce(forecast #>> '{away,name}', '') AS away_name
FROM forecasts WHERE league_id = %(league_id)s

-- name: save_outlook_round
INSERT INTO outlook_history (league_id, season_id, round, made_at, teams)
VALUES (%(league_id)s, %(season_id)s, %(round)s, now(), %(teams)s)
ON CONFLICT (league_id, season_id, round) DO UPDATE SET made_at = excluded.made_at, teams = excluded.teams

-- name: delete_old_outlooks
DELETE FROM outlook_history WHERE league_id = %(league_id)s AND season_id NOT IN (
    SELECT season_id FROM outlook_history WHERE league_id = %(league_id)s
    GROUP BY season_id ORDER BY max(made_at) DESC LIMIT 3
)

-- name: outlook_history
SELECT round, made_at, teams FROM outlook_history
WHERE league_id = %(league_id)s AND season_id = %(season_id)s ORDER BY round
