-- name: seed
-- A shop that has never sold anything begins with the first catalogue; items that operators took off the sale stay so.
WITH fresh AS (
    INSERT INTO merch_items (name) SELECT unnest(%(names)s::text[])
    WHERE NOT EXISTS (SELECT FROM merch_items)
    ON CONFLICT DO NOTHING
    RETURNING name
)
INSERT INTO merch_prices (item, valid_from, price)
SELECT name, '2025-01-01Z', price
FROM unnest(%(names)s::text[], %(prices)s::bigint[]) first (name, price) JOIN fresh USING (name)
ON CONFLICT DO NOTHING;

-- name: catalogue
SELECT i.name, p.price, p.valid_from, i.stock, i.on_sale
FROM merch_items i
JOIN LATERAL (
    SELECT price, valid_from FROM merch_prices
    WHERE item = i.name AND valid_from <= %(at)s ORDER BY valid_from DESC LIMIT 1
) p ON true
WHERE i.on_sale OR %(with_hidden)s
ORDER BY i.name;

-- name: put_item
INSERT INTO merch_items AS i (name, stock, on_sale) VALUES (%(name)s, %(stock)s, %(on_sale)s)
ON CONFLICT (name) DO UPDATE SET stock = excluded.stock, on_sale = excluded.on_sale;

-- name: put_price
INSERT INTO merch_prices AS p (item, valid_from, price) VALUES (%(name)s, %(valid_from)s, %(price)s)
ON CONFLICT (item, valid_from) DO UPDATE SET price = excluded.price;

-- name: buy
SELECT purchase_id::text, replayed, total
FROM merch_buy(
    %(user_id)s::uuid, %(items)s::text[], %(quantities)s::bigint[], %(now)s::timestamptz, %(first_coins)s::bigint,
    %(scope)s::text, %(key)s::text, %(sha256)s::bytea
);

-- name: return_items
SELECT transaction_id::text, replayed, total
FROM merch_return(
    %(user_id)s::uuid, %(purchase_id)s::uuid, %(items)s::text[], %(quantities)s::bigint[], %(scope)s::text,
    %(key)s::text, %(sha256)s::bytea
);

-- name: inventory
SELECT item, quantity
FROM merch_inventory
WHERE user_id = %(user_id)s AND quantity > 0
ORDER BY item;

-- name: purchases
SELECT id::text, bought_at, total
FROM merch_purchases
WHERE user_id = %(user_id)s AND (%(before)s = '' OR id < NULLIF(%(before)s, '')::uuid)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: lines
SELECT purchase_id::text, item, quantity, price, returned
FROM merch_purchase_lines
WHERE purchase_id = ANY (%(ids)s::uuid[])
ORDER BY item;

-- name: erase
DELETE FROM merch_inventory
WHERE user_id = %(user_id)s;
