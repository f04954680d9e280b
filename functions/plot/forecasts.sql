-- Statements of plot on Postgres: what analyze stored.

-- name: forecast
SELECT forecast FROM forecasts WHERE match_id = %(match_id)s

-- name: outlook
-- The newest season's.
SELECT content, league_fits.name, season FROM league_views JOIN league_fits USING (league_id)
WHERE league_id = %(league_id)s AND league_views.name = 'outlook'
