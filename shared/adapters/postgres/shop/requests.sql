-- name: claim
SELECT id::text, response
FROM shop_claim(%(scope)s::text, %(key)s::text, %(sha256)s::bytea, %(id)s::uuid)
WHERE key IS NOT NULL;

-- name: answer
UPDATE shop_requests SET response = %(response)s::json WHERE scope = %(scope)s AND key = %(key)s;

-- name: forget
DELETE FROM shop_requests
WHERE ctid = ANY (ARRAY(SELECT ctid FROM shop_requests WHERE claimed_at < %(before)s LIMIT 10000));
