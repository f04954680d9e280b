-- Statements of the index of raw responses.

-- name: add
-- New responses of one pack, in its order.
INSERT INTO raw_answers (source, path, status, etag, fetched_at, league_id, season_id, reading, object, place, n_bytes,
                         sha256, last_modified)
SELECT %(source)s::text, path, status, etag, fetched_at, league_id, season_id, fetch_id, object, index_in_pack, n_bytes,
       decode(sha256, 'hex'), last_modified
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS r (path text, status int, etag text, fetched_at timestamptz, league_id bigint, season_id bigint, fetch_id text,
          object text, index_in_pack int, n_bytes int, sha256 text, last_modified text)
ORDER BY object, index_in_pack
RETURNING id

-- name: find_newest
-- The newest response of status 200 for each of these paths.
SELECT DISTINCT ON (path) id, path, status, etag, fetched_at, league_id, season_id, reading AS fetch_id, object,
       place AS index_in_pack, n_bytes, encode(sha256, 'hex') AS sha256, last_modified
FROM raw_answers WHERE source = %(source)s AND path = ANY(%(paths)s) AND status = 200
ORDER BY path, id DESC

-- name: find
-- Responses by id, the oldest first.
SELECT id, path, status, etag, fetched_at, league_id, season_id, reading AS fetch_id, object, place AS index_in_pack,
       n_bytes, encode(sha256, 'hex') AS sha256, last_modified
FROM raw_answers WHERE id = ANY(%(ids)s) ORDER BY id

-- name: list_fetch_groups
-- Responses that were fetched together, the oldest first, of one league or all, of one season or all. With `since`: the
-- whole history of every season of which something was fetched from then on, because later responses are parsed with
-- the earlier ones in mind.
WITH groups AS (
    SELECT reading AS fetch_id, league_id, season_id, array_agg(id ORDER BY id) AS ids,
           bool_or(%(since)s::timestamptz IS NULL OR fetched_at >= %(since)s) AS is_in_scope
    FROM raw_answers
    WHERE source = %(source)s AND (%(league_id)s::bigint IS NULL OR league_id = %(league_id)s)
      AND (%(season_id)s::bigint IS NULL OR season_id IN (0, %(season_id)s))
    GROUP BY reading, league_id, season_id
)
SELECT fetch_id, league_id, season_id, ids, is_in_scope
FROM groups JOIN (
    SELECT league_id, season_id FROM groups GROUP BY league_id, season_id HAVING bool_or(is_in_scope)
) AS seasons USING (league_id, season_id)
ORDER BY league_id, season_id, ids[1]
