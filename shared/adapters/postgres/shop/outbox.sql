-- name: try_lock
-- Held until the end of the transaction, so that a killed relay releases it.
SELECT pg_try_advisory_xact_lock(%(lock)s);

-- name: list_pending
SELECT o.position, o.version, o.traceparent, p.id::text AS purchase_id, p.customer_id::text, p.seller_id::text,
    p.product_id::text, p.product_name, p.category, p.quantity, p.unit_price, p.discount, p.total, p.currency,
    p.purchased_at, p.cancelled_at
FROM shop_outbox o
JOIN shop_purchases p ON p.id = o.purchase_id
ORDER BY o.position
LIMIT %(at_most)s;

-- name: delete_appended
DELETE FROM shop_outbox WHERE position = ANY (%(positions)s);
