-- Statements of the quarantine.

-- name: store_items
-- One entry for each version of a subject; an entry that breaks a rule again is held again.
INSERT INTO quarantine (source, kind, league_id, season_id, ref, part, version, violations, evidence)
SELECT %(source)s::text, kind, league_id, season_id, ref, part, version, violations,
       ARRAY(SELECT id::bigint FROM jsonb_array_elements_text(evidence) AS id)
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS h (kind text, league_id bigint, season_id bigint, ref text, part text, version bigint, violations jsonb,
          evidence jsonb)
ON CONFLICT (source, kind, league_id, season_id, ref, part, version) DO UPDATE SET
    violations = excluded.violations, evidence = excluded.evidence, state = 'held', decided_at = NULL, decided_by = '',
    note = '', seen_at = now(), n_seen = quarantine.n_seen + 1

-- name: resolve
-- A later response has passed the rules; for a match in quarantine as a whole, that is its own page.
UPDATE quarantine q SET state = 'resolved', decided_at = now()
FROM jsonb_to_recordset(%(rows)s::jsonb) AS s (kind text, league_id bigint, season_id bigint, ref text, part text)
WHERE q.source = %(source)s AND q.state = 'held' AND q.kind = s.kind AND q.league_id = s.league_id
  AND q.season_id = s.season_id AND q.ref = s.ref AND q.part = s.part

-- name: get_waivers
-- The rules of released entries.
SELECT ref, version, part, violation->>'rule' AS rule
FROM quarantine CROSS JOIN jsonb_array_elements(violations) AS violation
WHERE source = %(source)s AND state = 'released' AND kind = %(kind)s AND season_id = %(season_id)s
  AND (%(refs)s::text[] IS NULL OR ref = ANY(%(refs)s))

-- name: list_entries
-- A page of entries, the oldest first.
SELECT id, kind, league_id, season_id, ref, part, version, violations, evidence, state, n_seen, found_at, seen_at,
       decided_at, decided_by, note
FROM quarantine
WHERE source = %(source)s AND id > %(after)s
  AND (%(state)s = '' OR state = %(state)s) AND (%(league_id)s::bigint IS NULL OR league_id = %(league_id)s)
ORDER BY id LIMIT %(limit)s

-- name: get_entry
-- One entry.
SELECT id, kind, league_id, season_id, ref, part, version, violations, evidence, state, n_seen, found_at, seen_at,
       decided_at, decided_by, note
FROM quarantine WHERE source = %(source)s AND id = %(id)s

-- name: get_evidence
-- Raw responses without their bodies.
SELECT id, path, status, fetched_at, n_bytes, object, place AS index_in_pack, encode(sha256, 'hex') AS sha256
FROM raw_answers WHERE id = ANY(%(ids)s) ORDER BY id

-- name: release
-- Only an entry that is still held.
UPDATE quarantine SET state = 'released', decided_at = %(now)s, decided_by = %(by)s, note = %(note)s
WHERE source = %(source)s AND id = %(id)s AND state = 'held'

-- name: open_release_job
-- A job of one unit that stores a released entry.
WITH job AS (
    INSERT INTO scrape_jobs (digest, requested_by, leagues, seasons)
    VALUES (%(digest)s, %(by)s, %(leagues)s, '{}') RETURNING id
)
INSERT INTO scrape_units (job_id, kind, league_id, season_id, ref)
SELECT id, 'release', %(league_id)s, %(season_id)s, %(ref)s FROM job
RETURNING job_id
