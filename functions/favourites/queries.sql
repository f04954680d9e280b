-- name: of_user
SELECT kind, id, added_at
FROM favourites
WHERE user_id = %(user_id)s
ORDER BY kind, added_at, id;

-- name: add
-- Nothing is added beyond so many; the user is locked, so that nobody else counts meanwhile.
INSERT INTO favourites (user_id, kind, id, added_at)
SELECT %(user_id)s, %(kind)s, %(id)s, %(now)s
WHERE (SELECT count(*) FROM favourites WHERE user_id = %(user_id)s) < %(at_most)s
ON CONFLICT DO NOTHING;

-- name: one
SELECT kind, id, added_at
FROM favourites
WHERE user_id = %(user_id)s AND kind = %(kind)s AND id = %(id)s;

-- name: remove
DELETE FROM favourites
WHERE user_id = %(user_id)s AND kind = %(kind)s AND id = %(id)s;

-- name: erase
DELETE FROM favourites
WHERE user_id = %(user_id)s;
