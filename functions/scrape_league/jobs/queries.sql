-- Statements of jobs and of the queue of record.

-- name: find_request
-- The job of an Idempotency-Key.
SELECT digest, job_id FROM scrape_requests WHERE user_id = %(user_id)s AND key = %(key)s

-- name: store_request
-- Of two requests with one key at the same time, the second waits here and then finds the row of the first.
INSERT INTO scrape_requests (user_id, key, digest, job_id) VALUES (%(user_id)s, %(key)s, %(digest)s, %(job_id)s)
ON CONFLICT (user_id, key) DO NOTHING

-- name: forget_requests
-- Old Idempotency-Keys; the `resume` tick deletes them, so the table holds those of a day.
DELETE FROM scrape_requests WHERE created_at < now() - %(max_age)s::interval

-- name: forget_jobs
-- Jobs that ended long ago, with their units and keys. A blocked job has not ended: a resumed source continues it. A job
-- stays while the completeness report needs it: it has the last unit of a list that was not read well.
DELETE FROM scrape_jobs WHERE id IN (
    SELECT j.id FROM scrape_jobs j
    WHERE j.ended_at < now() - %(max_age)s::interval AND NOT EXISTS (
        SELECT FROM scrape_units u
        WHERE u.job_id = j.id AND u.kind IN ('plan', 'round') AND u.ended_at IS NOT NULL
          AND (u.state <> 'done' OR u.reason <> '')
          AND NOT EXISTS (
            SELECT FROM scrape_units later
            WHERE later.id > u.id AND later.kind = u.kind AND later.league_id = u.league_id
              AND later.season_id = u.season_id AND later.ref = u.ref
          )
    )
    ORDER BY j.ended_at
    LIMIT %(limit)s
)

-- name: insert_job
-- Unique indexes allow one running job of a digest and one of a scheduled task.
INSERT INTO scrape_jobs (digest, requested_by, leagues, seasons, refresh, task)
VALUES (%(digest)s, %(requested_by)s, %(leagues)s, %(seasons)s, %(refresh)s, %(task)s)
ON CONFLICT DO NOTHING
RETURNING id

-- name: find_running_job
-- The job that `insert_job` conflicts with.
SELECT id FROM scrape_jobs
WHERE ended_at IS NULL AND (digest = %(digest)s OR (task <> '' AND task = %(task)s))
LIMIT 1

-- name: add_units
-- New units of a job; those that it has already are left as they are.
INSERT INTO scrape_units (job_id, kind, league_id, season_id, ref, version)
SELECT %(job_id)s::uuid, kind, league_id, season_id, ref, version
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS unit (kind text, league_id bigint, season_id bigint, ref text, version bigint)
ON CONFLICT (job_id, kind, league_id, season_id, ref) DO NOTHING

-- name: get_job
-- One job.
SELECT id, requested_by, leagues, seasons, refresh, state, fault, created_at, ended_at
FROM scrape_jobs WHERE id = %(job_id)s

-- name: list_jobs
-- A page of jobs, the newest first.
SELECT id, requested_by, leagues, seasons, refresh, state, fault, created_at, ended_at
FROM scrape_jobs
WHERE %(after_at)s::timestamptz IS NULL OR (created_at, id) < (%(after_at)s, %(after_id)s::uuid)
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s

-- name: count_running
-- Running jobs of a scheduled task.
SELECT count(*) AS n FROM scrape_jobs WHERE ended_at IS NULL AND task = %(task)s

-- name: leagues_in_progress
-- Leagues whose lists a running job has yet to read.
SELECT DISTINCT u.league_id
FROM scrape_units u JOIN scrape_jobs j ON j.id = u.job_id
WHERE j.ended_at IS NULL AND u.state = 'pending' AND u.kind IN ('plan', 'round')

-- name: unit_counts
-- Units of a job by league, kind and state.
SELECT league_id, kind, state, count(*)::int AS n, sum(n_rows)::bigint AS n_rows
FROM scrape_units WHERE job_id = %(job_id)s
GROUP BY league_id, kind, state

-- name: match_counts
-- Finished matches of the job's seasons, and how many of them have a response for every expected slice.
WITH seasons AS (
    SELECT DISTINCT league_id, season_id FROM scrape_units WHERE job_id = %(job_id)s AND season_id > 0
), expected AS (
    SELECT m.league_id, m.match_id, m.has_xg, m.version
    FROM scrape_matches m JOIN seasons USING (league_id, season_id)
    WHERE m.source = %(source)s AND m.finished
), complete AS (
    SELECT e.match_id
    FROM expected e JOIN match_slices s ON s.source = %(source)s AND s.match_id = e.match_id
    WHERE s.version >= e.version AND s.outcome IN ('present', 'absent')
      AND (e.has_xg OR s.slice <> ALL(%(xg_slices)s::text[]))
    GROUP BY e.match_id, e.has_xg
    HAVING count(*) >= %(n_slices)s - CASE WHEN e.has_xg THEN 0 ELSE cardinality(%(xg_slices)s::text[]) END
)
SELECT e.league_id, count(*)::int AS expected, count(c.match_id)::int AS with_details
FROM expected e LEFT JOIN complete c USING (match_id)
GROUP BY e.league_id

-- name: pace
-- Matches that ended in the last 30 seconds, for the estimate of the remaining time.
SELECT
    count(*) FILTER (WHERE ended_at > now() - interval '30 seconds')::int AS n_recent,
    extract(epoch FROM now() - min(ended_at) FILTER (WHERE ended_at > now() - interval '30 seconds'))::float AS span_s
FROM scrape_units WHERE job_id = %(job_id)s AND kind = 'match'

-- name: faults
-- The first units that have failed or were quarantined.
SELECT kind, league_id, season_id, ref, state, reason
FROM scrape_units WHERE job_id = %(job_id)s AND state IN ('failed', 'quarantined')
ORDER BY id LIMIT 20

-- name: claim
-- The next chunk of one kind, league and season, with what it needs of its job. Rows that another worker is claiming are
-- skipped; rows of a dead worker are free when its lease has run out. A job has at most `at_most` leases at a time,
-- however many messages were dispatched.
WITH free AS (
    SELECT id, kind, league_id, season_id FROM scrape_units
    WHERE job_id = %(job_id)s AND state = 'pending' AND not_before <= now()
      AND (leased_until IS NULL OR leased_until < now())
), head AS (
    SELECT kind, league_id, season_id FROM free
    WHERE EXISTS (
        SELECT FROM scrape_jobs WHERE id = %(job_id)s AND state = 'running'
    ) AND NOT EXISTS (
        SELECT FROM source_state WHERE source = %(source)s AND (blocked_at IS NOT NULL OR opened_until > now())
    ) AND (
        SELECT count(DISTINCT lease_owner) FROM scrape_units
        WHERE job_id = %(job_id)s AND state = 'pending' AND leased_until >= now()
    ) < %(at_most)s
    ORDER BY kind <> %(prefer)s, CASE kind WHEN 'plan' THEN 0 WHEN 'round' THEN 1 WHEN 'match' THEN 2 ELSE 3 END, id
    LIMIT 1
), chosen AS (
    SELECT u.id FROM scrape_units u JOIN head USING (kind, league_id, season_id)
    WHERE u.job_id = %(job_id)s AND u.state = 'pending' AND u.not_before <= now()
      AND (u.leased_until IS NULL OR u.leased_until < now())
    ORDER BY u.id
    LIMIT (SELECT CASE kind WHEN 'plan' THEN 1 WHEN 'round' THEN %(n_rounds)s ELSE %(n_matches)s END FROM head)
    FOR UPDATE OF u SKIP LOCKED
)
UPDATE scrape_units u
SET lease_owner = %(owner)s, leased_until = now() + make_interval(secs => %(lease_s)s)
FROM chosen, scrape_jobs j WHERE u.id = chosen.id AND j.id = u.job_id
RETURNING u.id, u.kind, u.league_id, u.season_id, u.ref, u.attempts, u.reason, u.version,
          j.requested_by <> %(cron)s AS is_manual, j.seasons, j.refresh

-- name: count_pending
-- Units of a job that have not ended.
SELECT count(*)::int AS n FROM scrape_units WHERE job_id = %(job_id)s AND state = 'pending'

-- name: renew
-- Leases of live workers.
UPDATE scrape_units SET leased_until = now() + make_interval(secs => %(lease_s)s)
WHERE lease_owner = ANY(%(owners)s)

-- name: release
-- Units that go back undone, after a wait.
UPDATE scrape_units
SET lease_owner = NULL, leased_until = NULL,
    not_before = now() + make_interval(secs => %(wait_s)s)
WHERE lease_owner = %(owner)s

-- name: lock_job
-- Commits of one job wait here for each other, so that the last one sees that no unit is left.
SELECT state, fault FROM scrape_jobs WHERE id = %(job_id)s FOR UPDATE

-- name: store_fault
-- Shown while the job runs, so that callers see a missing browser or a source that does not answer.
UPDATE scrape_jobs SET fault = %(fault)s WHERE id = %(job_id)s AND state = 'running' AND fault <> %(fault)s

-- name: end_units
-- Only units that the owner still holds: if another worker has claimed them, its result counts. Both results are the
-- same, so nothing is lost.
WITH results AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
        AS e (id bigint, state text, reason text, n_rows int, attempts smallint, wait_s float8)
)
UPDATE scrape_units u
SET state = e.state, reason = e.reason, n_rows = u.n_rows + e.n_rows, attempts = e.attempts,
    lease_owner = NULL, leased_until = NULL,
    not_before = now() + make_interval(secs => e.wait_s),
    ended_at = CASE WHEN e.state = 'pending' THEN NULL ELSE clock_timestamp() END
FROM results e WHERE u.id = e.id AND u.lease_owner = %(owner)s

-- name: end_job
-- Ends a job without pending units. A quarantined match is a fault of the source, so it does not fail the job.
UPDATE scrape_jobs j SET
    state = CASE WHEN f.n > 0 THEN 'failed' ELSE 'done' END,
    fault = CASE WHEN f.n > 0 THEN format('%%s of %%s units failed; first: %%s', f.n, f.n_all, f.first) ELSE '' END,
    ended_at = clock_timestamp()
FROM (
    SELECT count(*) FILTER (WHERE state = 'failed') AS n, count(*) AS n_all,
           min(reason) FILTER (WHERE state = 'failed') AS first
    FROM scrape_units WHERE job_id = %(job_id)s
) f
WHERE j.id = %(job_id)s AND j.state = 'running'
  AND NOT EXISTS (SELECT FROM scrape_units WHERE job_id = %(job_id)s AND state = 'pending')
RETURNING j.state

-- name: store_matches
-- Matches as the lists name them now.
INSERT INTO scrape_matches (source, match_id, league_id, season_id, round_ref, home_id, away_id, starts_at,
                            status_code, finished, has_xg, has_player_statistics, version, result)
SELECT %(source)s::text, * FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS m (match_id bigint, league_id bigint, season_id bigint, round_ref text, home_id bigint, away_id bigint,
          starts_at timestamptz, status_code int, finished boolean, has_xg boolean, has_player_statistics boolean,
          version bigint, result text)
ON CONFLICT (source, match_id) DO UPDATE SET
    league_id = excluded.league_id, season_id = excluded.season_id, round_ref = excluded.round_ref,
    home_id = excluded.home_id, away_id = excluded.away_id, starts_at = excluded.starts_at,
    status_code = excluded.status_code, finished = excluded.finished, has_xg = excluded.has_xg,
    has_player_statistics = excluded.has_player_statistics, version = excluded.version, result = excluded.result
WHERE scrape_matches.version <= excluded.version

-- name: store_lists
-- Lists that were read, or that the source does not have.
INSERT INTO scrape_lists (source, path, league_id, season_id, ref, etag, read_at, last_modified, confirmations)
SELECT %(source)s::text, * FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS l (path text, league_id bigint, season_id bigint, ref text, etag text, read_at timestamptz, last_modified text,
          confirmations smallint)
ON CONFLICT (source, path) DO UPDATE SET
    league_id = excluded.league_id, season_id = excluded.season_id, ref = excluded.ref,
    etag = excluded.etag, read_at = excluded.read_at, last_modified = excluded.last_modified,
    confirmations = excluded.confirmations

-- name: store_slices
-- States of slices; never of an older version.
INSERT INTO match_slices (source, match_id, slice, outcome, confirmations, reason, attempts, version, read_at, asked_at)
SELECT %(source)s::text, * FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS s (match_id bigint, slice text, outcome text, confirmations smallint, reason text, attempts smallint,
          version bigint, read_at timestamptz, asked_at timestamptz)
ON CONFLICT (source, match_id, slice) DO UPDATE SET
    outcome = excluded.outcome, confirmations = excluded.confirmations, reason = excluded.reason,
    attempts = excluded.attempts, version = excluded.version, read_at = excluded.read_at, asked_at = excluded.asked_at
WHERE match_slices.version <= excluded.version

-- name: store_players
-- Players that a line-up names for the first time.
INSERT INTO scrape_players (source, player_id, league_id, season_id)
SELECT DISTINCT ON (player_id) %(source)s::text, player_id, league_id, season_id
FROM jsonb_to_recordset(%(rows)s::jsonb) AS p (player_id bigint, league_id bigint, season_id bigint)
ORDER BY player_id
ON CONFLICT DO NOTHING

-- name: store_profiles
-- States of players' profiles.
UPDATE scrape_players s SET
    outcome = p.outcome, confirmations = p.confirmations, attempts = p.attempts, reason = p.reason, due_at = p.due_at
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS p (player_id bigint, outcome text, confirmations smallint, attempts smallint, reason text, due_at timestamptz)
WHERE s.source = %(source)s AND s.player_id = p.player_id

-- name: get_profiles
-- States of players' profiles that were requested before.
SELECT player_id, outcome, confirmations, attempts, due_at, reason
FROM scrape_players WHERE source = %(source)s AND player_id = ANY(%(ids)s) AND outcome <> ''

-- name: list_due_players
-- Players whose profile is due, by the clock of the workers, which wrote `due_at`.
SELECT player_id, league_id, season_id FROM scrape_players
WHERE source = %(source)s AND due_at <= %(now)s::timestamptz
ORDER BY due_at, player_id LIMIT %(limit)s

-- name: get_lists
-- Lists of a season that were read, or that the source does not have.
SELECT path, ref, etag, read_at, last_modified, confirmations FROM scrape_lists
WHERE source = %(source)s AND league_id = %(league_id)s AND season_id = %(season_id)s

-- name: get_season_matches
-- Matches of a season.
SELECT match_id, league_id, season_id, round_ref, home_id, away_id, starts_at, status_code, finished,
       has_xg, has_player_statistics, version
FROM scrape_matches WHERE source = %(source)s AND league_id = %(league_id)s AND season_id = %(season_id)s

-- name: get_matches
-- Matches by id.
SELECT match_id, league_id, season_id, round_ref, home_id, away_id, starts_at, status_code, finished,
       has_xg, has_player_statistics, version, result
FROM scrape_matches WHERE source = %(source)s AND match_id = ANY(%(ids)s)

-- name: get_slices
-- States of the slices of matches.
SELECT match_id, slice, outcome, confirmations, attempts, version, reason, read_at, asked_at
FROM match_slices WHERE source = %(source)s AND match_id = ANY(%(ids)s)

-- name: list_due_matches
-- Matches of the `details` tick: finished matches that lack a slice, and matches within the correction window. A failed
-- slice waits one hour for each attempt; an absent slice is requested again when its first 404 is old enough.
SELECT m.match_id, m.league_id, m.season_id, m.round_ref, m.home_id, m.away_id, m.starts_at, m.status_code, m.finished,
       m.has_xg, m.has_player_statistics, m.version
FROM scrape_matches m
WHERE m.source = %(source)s AND m.finished AND (
    (
        SELECT count(*) FROM match_slices s
        WHERE s.source = m.source AND s.match_id = m.match_id AND s.version >= m.version
          AND (s.outcome = 'present' OR (s.outcome = 'absent' AND s.confirmations >= 2))
          AND (m.has_xg OR s.slice <> ALL(%(xg_slices)s::text[]))
    ) < %(n_slices)s - CASE WHEN m.has_xg THEN 0 ELSE cardinality(%(xg_slices)s::text[]) END
    AND NOT EXISTS (
        SELECT FROM match_slices s
        WHERE s.source = m.source AND s.match_id = m.match_id AND s.outcome = 'failed'
          AND s.asked_at > %(now)s::timestamptz - make_interval(hours => least(s.attempts, 24))
    )
    AND NOT EXISTS (
        SELECT FROM match_slices s
        WHERE s.source = m.source AND s.match_id = m.match_id AND s.outcome = 'absent' AND s.version >= m.version
          AND s.confirmations < 2 AND s.read_at > %(now)s::timestamptz - %(confirm_after)s
    )
    OR m.starts_at > %(now)s::timestamptz - %(correction_window)s AND EXISTS (
        SELECT FROM match_slices s
        WHERE s.source = m.source AND s.match_id = m.match_id AND s.slice = 'detail' AND s.outcome = 'present'
          AND s.asked_at <= %(now)s::timestamptz - %(recheck_every)s
    )
)
  -- Not those that a running job will fetch.
  AND NOT EXISTS (
    SELECT FROM scrape_units u JOIN scrape_jobs j ON j.id = u.job_id
    WHERE j.ended_at IS NULL AND u.state = 'pending' AND u.kind = 'match' AND u.ref = m.match_id::text
  )
ORDER BY m.league_id, m.season_id, m.match_id
LIMIT 5000

-- name: get_newest_seasons
-- The newest known season of each league.
SELECT DISTINCT ON (league_id) league_id, season_id FROM scrape_matches
WHERE source = %(source)s AND league_id = ANY(%(league_ids)s)
ORDER BY league_id, starts_at DESC

-- name: list_stalled
-- Running jobs with unclaimed units that were not dispatched a moment ago: free units, and workers that hold a lease.
SELECT u.job_id,
       count(*) FILTER (WHERE u.not_before <= now() AND (u.leased_until IS NULL OR u.leased_until < now()))::int AS n_free,
       count(DISTINCT u.lease_owner) FILTER (WHERE u.leased_until >= now())::int AS n_working
FROM scrape_units u JOIN scrape_jobs j ON j.id = u.job_id
WHERE u.state = 'pending' AND j.state = 'running' AND j.invited_at < now() - make_interval(secs => %(quiet_s)s)
  AND NOT EXISTS (SELECT FROM source_state WHERE source = %(source)s AND opened_until > now())
GROUP BY u.job_id
HAVING count(*) FILTER (WHERE u.not_before <= now() AND (u.leased_until IS NULL OR u.leased_until < now())) > 0

-- name: mark_dispatched
-- Only if no other process has dispatched the job a moment ago.
UPDATE scrape_jobs SET invited_at = now()
WHERE id = %(job_id)s AND invited_at < now() - make_interval(secs => %(quiet_s)s)
RETURNING id

-- name: list_finished
-- Running jobs without pending units, whose last worker died before it could end them.
SELECT j.id FROM scrape_jobs j
WHERE j.state = 'running' AND NOT EXISTS (SELECT FROM scrape_units WHERE job_id = j.id AND state = 'pending')
