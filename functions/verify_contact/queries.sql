-- name: claim
SELECT id::text, kind, address, address_folded AS folded
FROM contacts
WHERE user_id = %(user_id)s AND kind = %(kind)s AND verified_at IS NULL;

-- name: has_proven
SELECT EXISTS (
    SELECT FROM contacts
    WHERE user_id = %(user_id)s AND kind = %(kind)s AND verified_at IS NOT NULL
);

-- name: keep
INSERT INTO contact_codes (contact_id, code_hmac, sent_at, expires_at)
SELECT id, %(digest)s, %(now)s, %(expires_at)s
FROM contacts
WHERE user_id = %(user_id)s AND kind = %(kind)s AND address_folded = %(folded)s AND verified_at IS NULL
ON CONFLICT (contact_id) DO UPDATE
SET code_hmac = excluded.code_hmac, sent_at = excluded.sent_at, expires_at = excluded.expires_at, n_tries = 0;

-- name: try
-- Counts the try whatever comes of it; the user's row is locked, so tries stand in one line.
UPDATE contact_codes
SET n_tries = n_tries + 1
WHERE contact_id = %(contact_id)s AND n_tries < %(max_tries)s AND expires_at > %(now)s
RETURNING code_hmac AS digest;

-- name: use_up
DELETE FROM contact_codes
WHERE contact_id = %(contact_id)s;

-- name: drop_proven
DELETE FROM contacts
WHERE user_id = %(user_id)s AND kind = %(kind)s AND verified_at IS NOT NULL
RETURNING id::text, kind, address, address_folded AS folded;

-- name: mark_proven
UPDATE contacts
SET verified_at = %(now)s
WHERE id = %(contact_id)s
RETURNING kind, address, created_at, verified_at;
