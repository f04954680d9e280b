-- Statements of plot on Postgres: what analyze stored.

-- name: forecast
SELECT forecast FROM forecasts WHERE match_id = %(match_id)s
