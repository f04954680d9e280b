-- name: read_key
SELECT sealed FROM ads_market_keys WHERE store_id = %(store_id)s::uuid;

-- name: keys_to_rotate
SELECT store_id::text FROM ads_market_keys WHERE key_id <> %(key_id)s LIMIT %(limit)s;

-- name: lock_key
SELECT sealed FROM ads_market_keys WHERE store_id = %(store_id)s::uuid AND key_id <> %(key_id)s FOR UPDATE;

-- name: replace_key
UPDATE ads_market_keys SET key_id = %(key_id)s, sealed = %(sealed)s WHERE store_id = %(store_id)s::uuid;

-- name: stores_to_tick
-- Stores with open campaigns and a key, whose last tick is long enough ago and which nobody bids for, the oldest first.
SELECT s.store_id::text
FROM (SELECT DISTINCT store_id FROM ads_bidding WHERE NOT closed) s
JOIN ads_market_keys k ON k.store_id = s.store_id
LEFT JOIN ads_bid_leases l ON l.store_id = s.store_id
WHERE l.store_id IS NULL OR (l.until <= %(now)s AND (l.ticked_at IS NULL OR l.ticked_at <= %(ticked_before)s))
ORDER BY l.ticked_at NULLS FIRST, s.store_id;

-- name: acquire_lease
INSERT INTO ads_bid_leases AS l (store_id, holder, until)
VALUES (%(store_id)s::uuid, %(holder)s, %(until)s)
ON CONFLICT (store_id) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE l.until <= %(now)s AND (l.ticked_at IS NULL OR l.ticked_at <= %(ticked_before)s)
RETURNING hours_read_at, CASE WHEN isfinite(hours_from) THEN to_char(hours_from, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') ELSE '' END AS hours_from;

-- name: check_lease
-- Locked, so that whoever takes it over waits for what its holder is committing.
SELECT holder FROM ads_bid_leases WHERE store_id = %(store_id)s::uuid FOR UPDATE;

-- name: end_lease
UPDATE ads_bid_leases
SET until = %(now)s, ticked_at = coalesce(%(ticked_at)s, ticked_at), hours_from = coalesce(%(hours_from)s, hours_from),
    hours_read_at = CASE WHEN %(hours_from)s::timestamptz IS NULL THEN hours_read_at ELSE %(now)s END
WHERE store_id = %(store_id)s::uuid AND holder = %(holder)s;

-- name: acquire_slot
-- The moment at which a request may be sent; each moves the next by `spacing`, whichever process sends it.
INSERT INTO ads_market_slots AS s (store_id, free_at)
VALUES (%(store_id)s::uuid, clock_timestamp() + %(spacing)s)
ON CONFLICT (store_id) DO UPDATE SET free_at = greatest(s.free_at, clock_timestamp()) + %(spacing)s
RETURNING extract(epoch FROM free_at - %(spacing)s - clock_timestamp())::double precision;

-- name: delay_slots
UPDATE ads_market_slots SET free_at = greatest(free_at, clock_timestamp() + %(delay)s)
WHERE store_id = %(store_id)s::uuid;

-- name: bidding
SELECT c.id::text AS campaign_id, c.name, c.region, c.zone, c.daily_budget, c.total_budget, c.begins_at, c.ends_at,
    c.position, c.cost_per_click, c.least_bid, c.largest_bid, c.state, b.reserved, b.released, b.charged, b.allowance,
    b.allowance_since, b.impressions, b.clicks, b.spent, b.position_sum, b.day, b.spent_before, b.day_allowance,
    b.bidder, b.bid, b.observed_at
FROM ads_bidding b JOIN ads_campaigns c ON c.id = b.campaign_id
WHERE b.store_id = %(store_id)s::uuid AND NOT b.closed
ORDER BY b.campaign_id;

-- name: store_tick
UPDATE ads_bidding b
SET reserved = b.reserved + t.reserve, released = b.released + t.release, charged = b.charged + t.charge,
    allowance = t.allowance, allowance_since = t.allowance_since, impressions = t.impressions, clicks = t.clicks,
    spent = t.spent, position_sum = t.position_sum, day = t.day, spent_before = t.spent_before,
    day_allowance = t.day_allowance, bidder = t.bidder::double precision[], bid = t.bid, reason = t.reason,
    observed_at = t.observed_at, closed = t.closed
FROM unnest(
    %(campaign_id)s::uuid[], %(reserve)s::bigint[], %(release)s::bigint[], %(charge)s::bigint[], %(allowance)s::bigint[],
    %(allowance_since)s::timestamptz[], %(impressions)s::bigint[], %(clicks)s::bigint[], %(spent)s::bigint[],
    %(position_sum)s::bigint[], %(day)s::date[], %(spent_before)s::bigint[], %(day_allowance)s::bigint[],
    %(bidder)s::text[], %(bid)s::bigint[], %(reason)s::smallint[], %(observed_at)s::timestamptz[], %(closed)s::boolean[]
) AS t (
    campaign_id, reserve, release, charge, allowance, allowance_since, impressions, clicks, spent, position_sum, day,
    spent_before, day_allowance, bidder, bid, reason, observed_at, closed
)
WHERE b.campaign_id = t.campaign_id;

-- name: add_pending
INSERT INTO ads_pending_rows (table_name, rows) VALUES (%(table_name)s, %(rows)s);

-- name: pending
SELECT id::text, table_name, rows FROM ads_pending_rows ORDER BY id LIMIT %(limit)s;

-- name: delete_pending
DELETE FROM ads_pending_rows WHERE id = ANY (%(ids)s::uuid[]);
