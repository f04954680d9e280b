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
