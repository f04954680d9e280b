-- Statements of analyze on Postgres.

-- name: number_request
SELECT nextval('analysis_requests') AS request

-- name: newest_request
-- What a fit that begins now will cover: every request numbered so far saw its data stored before.
SELECT last_value AS request FROM analysis_requests

-- name: open_league
INSERT INTO league_fits (league_id) VALUES (%(league_id)s) ON CONFLICT DO NOTHING

-- name: take_turn
SELECT covers FROM league_fits WHERE league_id = %(league_id)s FOR UPDATE

-- name: store_fit
UPDATE league_fits SET
    covers = %(covers)s, season_id = %(season_id)s, season = %(season)s, name = %(name)s, fitted_at = now(),
    n_matches = %(n_matches)s, newest_match_at = %(newest_match_at)s, next_round = %(next_round)s,
    model = %(model)s, ratings = %(ratings)s, cautions = %(cautions)s
WHERE league_id = %(league_id)s

-- name: drop_forecasts
-- Of matches that will not be played under this id. All others stay, also while a match runs, to be scored.
DELETE FROM forecasts WHERE league_id = %(league_id)s AND match_id = ANY(%(dropped)s::bigint[])

-- name: store_forecast
INSERT INTO forecasts (match_id, league_id, season_id, round, starts_at, made_at, forecast)
VALUES (%(match_id)s, %(league_id)s, %(season_id)s, %(round)s, %(starts_at)s, now(), %(forecast)s)
ON CONFLICT (match_id) DO UPDATE SET
    season_id = excluded.season_id, round = excluded.round, starts_at = excluded.starts_at,
    made_at = excluded.made_at, forecast = excluded.forecast

-- name: league
SELECT league_id, name, season_id, season, fitted_at, n_matches, newest_match_at, next_round, model, ratings, cautions
FROM league_fits WHERE league_id = %(league_id)s AND fitted_at IS NOT NULL

-- name: leagues
SELECT league_id, name, season_id, season, fitted_at, n_matches, newest_match_at, next_round
FROM league_fits WHERE fitted_at IS NOT NULL ORDER BY league_id

-- name: forecasts
SELECT match_id, league_id, name AS league_name, f.season_id, round, starts_at, made_at, forecast
FROM forecasts AS f JOIN league_fits USING (league_id)
WHERE league_id = %(league_id)s AND f.season_id = %(season_id)s
    AND (%(round)s::int IS NULL OR round = %(round)s)
    AND (%(after_at)s::timestamptz IS NULL OR (starts_at, match_id) > (%(after_at)s, %(after_id)s))
ORDER BY starts_at, match_id LIMIT %(limit)s

-- name: forecast
SELECT match_id, league_id, name AS league_name, f.season_id, round, starts_at, made_at, forecast
FROM forecasts AS f JOIN league_fits USING (league_id) WHERE match_id = %(match_id)s
