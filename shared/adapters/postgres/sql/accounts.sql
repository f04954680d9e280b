-- name: is_name_taken
SELECT EXISTS (
    SELECT FROM users
    WHERE username_folded = %(folded)s OR username_skeleton = ANY (%(readings)s)
);

-- name: add_user
-- Of two users who register a name at once, the unique indexes on both forms of it let one in: the other gets no row.
WITH made AS (
    INSERT INTO users (username, username_folded, username_skeleton, password_hash)
    VALUES (%(username)s, %(folded)s, %(skeleton)s, %(password_hash)s)
    ON CONFLICT DO NOTHING
    RETURNING id, username, roles, created_at, state
), told AS (
    INSERT INTO contacts (user_id, kind, address, address_folded)
    SELECT id, 'email', %(email)s, %(email_folded)s FROM made WHERE %(email)s <> ''
)
SELECT id::text, username, roles, created_at, state FROM made;

-- name: find_login
SELECT id::text, username, roles, created_at, state, password_hash
FROM users
WHERE username_folded = %(folded)s;

-- name: find_id
SELECT id::text
FROM users
WHERE username_folded = %(folded)s AND state <> 'deleted';

-- name: usernames
-- A deleted user has no name.
SELECT id::text, CASE WHEN state = 'deleted' THEN '' ELSE username END AS username
FROM users
WHERE id = ANY (%(user_ids)s::uuid[]);

-- name: rehash
UPDATE users
SET password_hash = %(new)s
WHERE id = %(user_id)s AND password_hash = %(old)s;

-- name: read_state
-- A shared lock: blocking a user waits for sessions that begin, and they wait for the blocking.
SELECT state
FROM users
WHERE id = %(user_id)s
FOR SHARE;

-- name: open_session
INSERT INTO sessions (user_id, created_at, last_used_at, expires_at, device, user_agent, address)
VALUES (%(user_id)s, %(now)s, %(now)s, %(expires_at)s, %(device)s, %(user_agent)s, NULLIF(%(address)s, '')::inet)
RETURNING id::text AS session_id;

-- name: end_oldest_sessions
-- Ends the least used sessions beyond the limit of one user.
UPDATE sessions
SET revoked_at = %(now)s, revoked_reason = 'revoked'
WHERE id IN (
    SELECT id FROM sessions
    WHERE user_id = %(user_id)s AND revoked_at IS NULL AND expires_at > %(now)s
    ORDER BY last_used_at DESC, id DESC
    OFFSET %(at_most)s
);

-- name: delete_ended_sessions
DELETE FROM sessions
WHERE user_id = %(user_id)s AND LEAST(revoked_at, expires_at) < %(before)s;

-- name: add_token
INSERT INTO refresh_tokens (token_sha256, session_id, issued_at, expires_at)
VALUES (%(token_sha256)s, %(session_id)s, %(now)s, %(expires_at)s);

-- name: lock_session
-- Every refresh and every revocation locks this row first, so they run one after the other per session.
SELECT s.id::text AS session_id
FROM sessions s
JOIN refresh_tokens t ON t.session_id = s.id
WHERE t.token_sha256 = %(token_sha256)s
FOR UPDATE OF s;

-- name: find_token
-- Separate from the lock: a joined row would show the state from before the wait.
SELECT
    s.id::text AS session_id, s.user_id::text, t.expires_at, t.rotated_at,
    s.expires_at AS session_expires_at, s.revoked_at AS session_revoked_at, u.state AS user_state
FROM refresh_tokens t
JOIN sessions s ON s.id = t.session_id
JOIN users u ON u.id = s.user_id
WHERE t.token_sha256 = %(token_sha256)s;

-- name: mark_rotated
UPDATE refresh_tokens
SET rotated_at = %(now)s
WHERE token_sha256 = %(token_sha256)s;

-- name: mark_used
UPDATE sessions
SET last_used_at = %(now)s, user_agent = %(user_agent)s, address = NULLIF(%(address)s, '')::inet
WHERE id = %(session_id)s;

-- name: delete_expired_tokens
-- An expired token is refused whether or not it is stored.
DELETE FROM refresh_tokens
WHERE session_id = %(session_id)s AND expires_at < %(now)s;

-- name: end_session
UPDATE sessions
SET revoked_at = %(now)s, revoked_reason = %(reason)s
WHERE id = %(session_id)s AND revoked_at IS NULL;

-- name: lock_sessions
-- In the order of ids, so that two transactions that end several sessions never deadlock.
SELECT id::text AS session_id
FROM sessions
WHERE user_id = %(user_id)s
    AND (revoked_at IS NULL OR revoked_at > %(still_known)s)
    AND expires_at > %(now)s
    AND (%(only)s = '' OR id::text = %(only)s)
    AND id::text <> %(but)s
ORDER BY id
FOR UPDATE;

-- name: list_active_sessions
SELECT
    s.id::text, s.device, s.user_agent, COALESCE(host(s.address), '') AS address, s.created_at, s.last_used_at,
    LEAST(s.expires_at, t.expires_at) AS expires_at
FROM sessions s
JOIN refresh_tokens t ON t.session_id = s.id AND t.rotated_at IS NULL
WHERE s.user_id = %(user_id)s AND s.revoked_at IS NULL AND LEAST(s.expires_at, t.expires_at) > %(now)s
ORDER BY s.last_used_at DESC, s.id DESC;

-- name: find_user
SELECT id::text, username, roles, created_at, state
FROM users
WHERE id = %(user_id)s;
