-- Statements of analyze's views on Postgres.

-- name: keep_view
-- Of two that race, the one whose request is later stays.
INSERT INTO league_views (league_id, name, request, made_at, content)
VALUES (%(league_id)s, %(name)s, %(request)s, now(), %(content)s)
ON CONFLICT (league_id, name) DO UPDATE SET
    request = excluded.request, made_at = excluded.made_at, content = excluded.content
WHERE league_views.request <= excluded.request

-- name: view
SELECT made_at, content FROM league_views WHERE league_id = %(league_id)s AND name = %(name)s

-- name: said
SELECT match_id, made_at, starts_at,
    (forecast #>> '{probabilities,home}')::float8 AS home,
    (forecast #>> '{probabilities,draw}')::float8 AS draw,
    (forecast #>> '{probabilities,away}')::float8 AS away
FROM forecasts WHERE league_id = %(league_id)s
