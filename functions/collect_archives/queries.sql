-- Statements about the files of archives.

-- name: add
-- A file that the settings name; one that is known stays as it is.
INSERT INTO archive_files (source, address, kind, league, starts_in)
VALUES (%(source)s, %(address)s, %(kind)s, %(league)s, %(starts_in)s) ON CONFLICT DO NOTHING

-- name: drop_others
-- Files that the settings do not name any more.
DELETE FROM archive_files WHERE NOT address = ANY(%(addresses)s)

-- name: claim
-- The file of a source that is due the longest, the newest season first, for one reader; none while another reads it.
UPDATE archive_files SET owner = %(owner)s, leased_until = %(now)s + make_interval(secs => %(lease_s)s)
WHERE (source, address) = (
    SELECT source, address FROM archive_files AS due
    WHERE source = %(source)s AND due_at <= %(now)s AND leased_until <= %(now)s AND NOT EXISTS (
        SELECT FROM archive_files AS other
        WHERE other.source = due.source AND other.leased_until > %(now)s AND other.owner <> %(owner)s
    )
    ORDER BY kind = 'fixtures' DESC, due_at, starts_in DESC, address FOR UPDATE SKIP LOCKED LIMIT 1
)
RETURNING source, address, kind, league, starts_in, n_failures

-- name: finish
UPDATE archive_files
SET state = %(state)s, due_at = %(due_at)s, tried_at = %(now)s, leased_until = '-infinity', owner = '',
    n_failures = %(n_failures)s, fault = %(fault)s
WHERE source = %(source)s AND address = %(address)s

-- name: record_content
UPDATE archive_files
SET changed_at = %(now)s, n_matches = %(n_matches)s, findings = %(findings)s::jsonb, n_findings = %(n_findings)s
WHERE source = %(source)s AND address = %(address)s

-- name: release
-- Leases of a reader that ends before it has read them.
UPDATE archive_files SET leased_until = '-infinity', owner = '' WHERE owner = %(owner)s

-- name: make_due
UPDATE archive_files SET due_at = '-infinity'
WHERE %(source)s IN ('', source) AND leased_until <= %(now)s

-- name: list_files
SELECT source, address, kind, league, starts_in, state, nullif(due_at, '-infinity') AS due_at, tried_at, changed_at, n_failures, fault, n_matches,
    n_findings, findings
FROM archive_files WHERE %(source)s IN ('', source) AND (source, address) > (%(after_source)s, %(after_address)s)
ORDER BY source, address LIMIT %(limit)s

-- name: summary
SELECT source, count(*) AS n_files, count(*) FILTER (WHERE due_at <= %(now)s) AS n_due,
    count(*) FILTER (WHERE state = 'fresh') AS n_fresh, count(*) FILTER (WHERE state = 'missing') AS n_missing,
    count(*) FILTER (WHERE state IN ('refused', 'failing')) AS n_failing, sum(n_matches)::bigint AS n_matches,
    max(changed_at) AS changed_at
FROM archive_files GROUP BY source ORDER BY source
