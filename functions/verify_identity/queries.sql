-- name: has_pending
SELECT EXISTS (SELECT FROM identity_requests WHERE user_id = %(user_id)s AND state = 'pending');

-- name: add_request
INSERT INTO identity_requests (user_id, submitted_at)
VALUES (%(user_id)s, %(now)s)
RETURNING id::text AS request_id;

-- name: add_file
INSERT INTO identity_files (id, request_id, part, content_type, n_bytes, sha256)
VALUES (%(id)s, %(request_id)s, %(part)s, %(content_type)s, %(n_bytes)s, %(sha256)s);

-- name: of_user
SELECT
    id::text, user_id::text, state, submitted_at, decided_at, COALESCE(decided_by::text, '') AS decided_by, reason
FROM identity_requests
WHERE user_id = %(user_id)s
ORDER BY id DESC;

-- name: queue
SELECT
    id::text, user_id::text, state, submitted_at, decided_at, COALESCE(decided_by::text, '') AS decided_by, reason
FROM identity_requests
WHERE state = %(state)s AND (%(after)s = '' OR id > NULLIF(%(after)s, '')::uuid)
ORDER BY id
LIMIT %(limit)s;

-- name: request
SELECT
    id::text, user_id::text, state, submitted_at, decided_at, COALESCE(decided_by::text, '') AS decided_by, reason
FROM identity_requests
WHERE id = %(request_id)s;

-- name: files
SELECT request_id::text, id::text, part, content_type, n_bytes, sha256
FROM identity_files
WHERE request_id = ANY (%(request_ids)s::uuid[])
ORDER BY part;

-- name: decide
UPDATE identity_requests
SET state = %(state)s, decided_at = %(now)s, decided_by = %(by)s, reason = %(reason)s
WHERE id = %(request_id)s;

-- name: forget
DELETE FROM identity_requests
WHERE user_id = %(user_id)s;
