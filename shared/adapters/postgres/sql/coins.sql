-- name: open
SELECT coins_open(%(user_id)s::uuid, %(first_coins)s::bigint);

-- name: transfer
SELECT transaction_id::text, replayed, balance
FROM coins_transfer(
    %(sender_id)s::uuid, %(receiver_id)s::uuid, %(amount)s::bigint, %(first_coins)s::bigint, %(scope)s::text,
    %(key)s::text, %(sha256)s::bytea
);

-- name: info
SELECT coins_info(%(user_id)s::uuid)::text AS info;
