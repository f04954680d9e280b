-- Statements of favourites on Postgres.

-- name: list_of_user
SELECT kind, id, added_at
FROM favourites
WHERE user_id = %(user_id)s
ORDER BY kind, added_at, id;

-- name: add
-- Adds nothing if the user has the maximum already. The user is locked, so no other transaction counts meanwhile.
INSERT INTO favourites (user_id, kind, id, added_at)
SELECT %(user_id)s, %(kind)s, %(id)s, %(now)s
WHERE (SELECT count(*) FROM favourites WHERE user_id = %(user_id)s) < %(max_favourites)s
ON CONFLICT DO NOTHING;

-- name: get
SELECT kind, id, added_at
FROM favourites
WHERE user_id = %(user_id)s AND kind = %(kind)s AND id = %(id)s;

-- name: remove
DELETE FROM favourites
WHERE user_id = %(user_id)s AND kind = %(kind)s AND id = %(id)s;

-- name: erase
DELETE FROM favourites
WHERE user_id = %(user_id)s;
