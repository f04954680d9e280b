-- Statements of the expiry of raw responses.

-- name: forget_old
-- Removes the responses of objects whose every response is old and no longer needed: it is no evidence of a quarantine
-- entry that is held, or released but not stored yet, and belongs to no match that still lacks a slice. The responses
-- of one object were fetched together, so they are of one age.
WITH evidence AS (
    SELECT unnest(q.evidence) AS id FROM quarantine q
    WHERE q.source = %(source)s AND (q.state = 'held' OR (q.state = 'released' AND EXISTS (
        SELECT FROM scrape_units u WHERE u.kind = 'release' AND u.ref = q.id::text AND u.state <> 'done'
    )))
), unsettled AS (
    SELECT DISTINCT m.match_id FROM scrape_matches m JOIN match_slices s USING (source, match_id)
    WHERE m.source = %(source)s
      AND (s.outcome = 'failed' OR s.version < m.version OR (s.outcome = 'absent' AND s.confirmations < 2))
), old AS (
    SELECT a.object FROM raw_answers a
    LEFT JOIN evidence e ON e.id = a.id
    LEFT JOIN unsettled m ON m.match_id = substring(a.path FROM '^/api/v1/event/(\d+)')::bigint
    WHERE a.source = %(source)s AND a.fetched_at < %(before)s
    GROUP BY a.object HAVING bool_and(e.id IS NULL AND m.match_id IS NULL)
    ORDER BY min(a.id) LIMIT %(limit)s
), removed AS (
    DELETE FROM raw_answers a USING old
    WHERE a.object = old.object AND a.source = %(source)s AND a.fetched_at < %(before)s
    RETURNING a.object, a.league_id, a.season_id, a.fetched_at
), counted AS (
    INSERT INTO raw_expired AS known (source, league_id, season_id, n_answers, fetched_until)
    SELECT %(source)s::text, league_id, season_id, count(*), max(fetched_at) FROM removed GROUP BY league_id, season_id
    ORDER BY league_id, season_id
    ON CONFLICT (source, league_id, season_id) DO UPDATE SET
        n_answers = known.n_answers + excluded.n_answers,
        fetched_until = greatest(known.fetched_until, excluded.fetched_until)
)
INSERT INTO raw_expiring (object) SELECT DISTINCT object FROM removed ON CONFLICT DO NOTHING

-- name: list_deletable
-- Objects that the index no longer names.
SELECT object FROM raw_expiring ORDER BY object LIMIT %(limit)s

-- name: remove_deleted
-- Objects that are gone from the object store.
DELETE FROM raw_expiring WHERE object = ANY(%(objects)s)

-- name: list_expired
-- What has expired of a league and season, or of all.
SELECT league_id, season_id, n_answers AS n_responses, fetched_until FROM raw_expired
WHERE source = %(source)s AND (%(league_id)s::bigint IS NULL OR league_id = %(league_id)s)
  AND (%(season_id)s::bigint IS NULL OR season_id IN (0, %(season_id)s))
ORDER BY league_id, season_id
