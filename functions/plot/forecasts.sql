-- Statements of plot on Postgres: what analyze stored.

-- name: forecast
SELECT forecast FROM forecasts WHERE match_id = %(match_id)s

-- name: outlook
-- The outlook of the newest season.
SELECT content, league_fits.name, season FROM league_views JOIN league_fits USING (league_id)
WHERE league_id = %(league_id)s AND league_views.name = 'outlook'

-- name: ratings
-- The rating history of the season with this id or label, or of the newest.
SELECT content, name, rating_history.season FROM rating_history JOIN league_fits USING (league_id)
WHERE league_id = %(league_id)s AND (%(season)s = '' OR %(season)s IN (rating_history.season, rating_history.season_id::text))
ORDER BY starts_in DESC LIMIT 1
