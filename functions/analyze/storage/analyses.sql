-- Statements of analyze on Postgres: marks, analyses, forecasts and rating histories.

-- name: insert_league
-- The row that the marks, forecasts and views of a league refer to.
INSERT INTO league_fits (league_id) VALUES (%(league_id)s) ON CONFLICT DO NOTHING

-- name: mark
-- A second mark of a season gets a new request number and moves `marked_at`; `first_marked_at` stays.
INSERT INTO analysis_marks (league_id, season_id, changed_at, request)
VALUES (%(league_id)s, %(season_id)s, %(changed_at)s, nextval('analysis_requests'))
ON CONFLICT (league_id, season_id) DO UPDATE SET
    changed_at = greatest(analysis_marks.changed_at, excluded.changed_at),
    request = excluded.request, marked_at = excluded.marked_at

-- name: next_due
-- The marked league that is due first, of all or this one, and in how many seconds: after a pause in its updates, or
-- `max_debounce_s` after its first mark.
SELECT league_id, extract(epoch FROM least(
    max(marked_at) + make_interval(secs => %(debounce_s)s),
    min(first_marked_at) + make_interval(secs => %(max_debounce_s)s)
) - now())::float8 AS in_s
FROM analysis_marks
WHERE league_id <> ALL(%(skip)s::bigint[]) AND (%(league_id)s::bigint IS NULL OR league_id = %(league_id)s)
GROUP BY league_id ORDER BY in_s, league_id LIMIT 1

-- name: lock_league
-- A lock of the session, not of a transaction: it ends with the connection, and no transaction waits for the fit.
SELECT pg_try_advisory_lock(hashtextextended('analyze: fit of a league', %(league_id)s)) AS is_locked

-- name: unlock_league
SELECT pg_advisory_unlock(hashtextextended('analyze: fit of a league', %(league_id)s))

-- name: newest_request
-- The number of the newest mark. Whoever marks stores the data first, so a fit that begins now covers this mark.
SELECT last_value AS request FROM analysis_requests

-- name: unmark
-- A mark made since the claim has a higher number and stays; one made at this moment waits for the row.
DELETE FROM analysis_marks WHERE league_id = %(league_id)s AND request <= %(request)s

-- name: save_fit
UPDATE league_fits SET
    season_id = %(season_id)s, season = %(season)s, name = %(name)s, fitted_at = now(),
    n_matches = %(n_matches)s, newest_match_at = %(newest_match_at)s, next_round = %(next_round)s,
    model = %(model)s, ratings = %(ratings)s, cautions = %(cautions)s, version = %(version)s, inputs = %(inputs)s
WHERE league_id = %(league_id)s

-- name: delete_forecasts
-- Only of matches that will not be played. All others stay, during and after the match too: they are scored.
DELETE FROM forecasts WHERE league_id = %(league_id)s AND match_id = ANY(%(match_ids)s::bigint[])

-- name: save_forecast
INSERT INTO forecasts (match_id, league_id, season_id, round, starts_at, made_at, forecast, version, inputs)
VALUES (
    %(match_id)s, %(league_id)s, %(season_id)s, %(round)s, %(starts_at)s, now(), %(forecast)s, %(version)s, %(inputs)s
)
ON CONFLICT (match_id) DO UPDATE SET
    season_id = excluded.season_id, round = excluded.round, starts_at = excluded.starts_at,
    made_at = excluded.made_at, forecast = excluded.forecast, version = excluded.version, inputs = excluded.inputs

-- name: league
SELECT league_id, name, season_id, season, fitted_at, n_matches, newest_match_at, next_round, version, inputs,
    model, ratings, cautions
FROM league_fits WHERE league_id = %(league_id)s AND fitted_at IS NOT NULL

-- name: leagues
SELECT league_id, name, season_id, season, fitted_at, n_matches, newest_match_at, next_round, version
FROM league_fits WHERE fitted_at IS NOT NULL ORDER BY league_id

-- name: forecasts
SELECT match_id, league_id, name AS league_name, f.season_id, round, starts_at, made_at, forecast,
    f.version, f.inputs
FROM forecasts AS f JOIN league_fits USING (league_id)
WHERE league_id = %(league_id)s AND f.season_id = %(season_id)s
    AND (%(round)s::int IS NULL OR round = %(round)s)
    AND (%(after_at)s::timestamptz IS NULL OR (starts_at, match_id) > (%(after_at)s, %(after_id)s))
    AND (%(made_since)s::timestamptz IS NULL OR made_at >= %(made_since)s)
ORDER BY starts_at, match_id LIMIT %(limit)s

-- name: forecasts_between
-- Of all leagues or one: by kick-off, from an instant on and before another one.
SELECT match_id, league_id, name AS league_name, f.season_id, round, starts_at, made_at, forecast,
    f.version, f.inputs
FROM forecasts AS f JOIN league_fits USING (league_id)
WHERE starts_at >= %(since)s AND starts_at < %(until)s
    AND (%(league_id)s::bigint IS NULL OR league_id = %(league_id)s)
    AND (%(after_at)s::timestamptz IS NULL OR (starts_at, match_id) > (%(after_at)s, %(after_id)s))
ORDER BY starts_at, match_id LIMIT %(limit)s

-- name: forecast
SELECT match_id, league_id, name AS league_name, f.season_id, round, starts_at, made_at, forecast,
    f.version, f.inputs
FROM forecasts AS f JOIN league_fits USING (league_id) WHERE match_id = %(match_id)s

-- name: save_history
INSERT INTO rating_history (league_id, season_id, starts_in, season, content)
VALUES (%(league_id)s, %(season_id)s, %(starts_in)s, %(season)s, %(content)s)
ON CONFLICT (league_id, season_id) DO UPDATE SET
    starts_in = excluded.starts_in, season = excluded.season, content = excluded.content
WHERE rating_history.content::text <> excluded.content::text OR rating_history.season <> excluded.season

-- name: history
-- The season with this id or label; an empty label means the newest.
SELECT season_id, season, starts_in, content FROM rating_history
WHERE league_id = %(league_id)s AND (%(season)s = '' OR %(season)s IN (season, season_id::text))
ORDER BY starts_in DESC LIMIT 1
