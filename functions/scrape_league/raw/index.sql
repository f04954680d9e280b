-- name: add
INSERT INTO raw_answers (source, path, status, etag, fetched_at, league_id, season_id, reading, object, place, n_bytes,
                         sha256, last_modified)
SELECT %(source)s::text, path, status, etag, fetched_at, league_id, season_id, reading, object, place, n_bytes,
       decode(sha256, 'hex'), last_modified
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS r (path text, status int, etag text, fetched_at timestamptz, league_id bigint, season_id bigint, reading text,
          object text, place int, n_bytes int, sha256 text, last_modified text)
ORDER BY object, place
RETURNING id

-- name: newest
SELECT DISTINCT ON (path) id, path, status, etag, fetched_at, league_id, season_id, reading, object, place, n_bytes,
       encode(sha256, 'hex') AS sha256, last_modified
FROM raw_answers WHERE source = %(source)s AND path = ANY(%(paths)s) AND status = 200
ORDER BY path, id DESC

-- name: places
SELECT id, path, status, etag, fetched_at, league_id, season_id, reading, object, place, n_bytes,
       encode(sha256, 'hex') AS sha256, last_modified
FROM raw_answers WHERE id = ANY(%(ids)s) ORDER BY id

-- name: readings
-- What was asked together, the oldest first: of one league or all, one season or all. Since a moment: the whole history
-- of the seasons of which something was fetched from then on, as the rest is read for what came before it.
WITH found AS (
    SELECT reading, league_id, season_id, array_agg(id ORDER BY id) AS ids,
           bool_or(%(since)s::timestamptz IS NULL OR fetched_at >= %(since)s) AS wanted
    FROM raw_answers
    WHERE source = %(source)s AND (%(league_id)s::bigint IS NULL OR league_id = %(league_id)s)
      AND (%(season_id)s::bigint IS NULL OR season_id IN (0, %(season_id)s))
    GROUP BY reading, league_id, season_id
)
SELECT reading, league_id, season_id, ids, wanted
FROM found JOIN (
    SELECT league_id, season_id FROM found GROUP BY league_id, season_id HAVING bool_or(wanted)
) AS touched USING (league_id, season_id)
ORDER BY league_id, season_id, ids[1]
