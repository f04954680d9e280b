-- name: new_id
SELECT uuidv7()::text;

-- name: add
INSERT INTO ads_campaigns (
    id, store_id, name, region, zone, daily_budget, total_budget, begins_at, ends_at, target, position, cost_per_click,
    least_bid, largest_bid, created_at, changed_at
) VALUES (
    %(campaign_id)s::uuid, %(store_id)s::uuid, %(name)s, %(region)s, %(zone)s, %(daily_budget)s, %(total_budget)s, %(begins_at)s, %(ends_at)s,
    %(target)s, %(position)s, %(cost_per_click)s, %(least_bid)s, %(largest_bid)s, %(now)s, %(now)s
);

-- name: add_bidding
INSERT INTO ads_bidding (campaign_id, store_id) VALUES (%(campaign_id)s::uuid, %(store_id)s::uuid);

-- name: count
SELECT count(*)::integer FROM ads_campaigns WHERE store_id = %(store_id)s::uuid AND state <> 'deleted';

-- name: lock_store
-- Two campaigns of one store come one after the other, so that both count against the limit.
SELECT pg_advisory_xact_lock(hashtextextended('campaigns of store ' || %(store_id)s, 0));

-- name: list
SELECT c.id::text, c.store_id::text, c.name, c.region, c.zone, c.daily_budget, c.total_budget, c.begins_at, c.ends_at,
    c.target, c.position, c.cost_per_click, c.least_bid, c.largest_bid, c.state, c.version, c.created_at, c.changed_at,
    b.spent, b.reserved - b.released - b.charged AS balance, b.bid, b.reason
FROM ads_campaigns c JOIN ads_bidding b ON b.campaign_id = c.id
WHERE c.store_id = %(store_id)s::uuid AND (%(before)s = '' OR c.id < NULLIF(%(before)s, '')::uuid)
    AND c.state <> 'deleted'
ORDER BY c.id DESC
LIMIT %(limit)s;

-- name: find
SELECT c.id::text, c.store_id::text, c.name, c.region, c.zone, c.daily_budget, c.total_budget, c.begins_at, c.ends_at,
    c.target, c.position, c.cost_per_click, c.least_bid, c.largest_bid, c.state, c.version, c.created_at, c.changed_at,
    b.spent, b.reserved - b.released - b.charged AS balance, b.bid, b.reason
FROM ads_campaigns c JOIN ads_bidding b ON b.campaign_id = c.id
WHERE c.id = %(campaign_id)s::uuid;

-- name: lock
SELECT id FROM ads_campaigns WHERE id = %(campaign_id)s::uuid FOR UPDATE;

-- name: update
UPDATE ads_campaigns
SET name = %(name)s, region = %(region)s, zone = %(zone)s, daily_budget = %(daily_budget)s,
    total_budget = %(total_budget)s, begins_at = %(begins_at)s, ends_at = %(ends_at)s, target = %(target)s,
    position = %(position)s, cost_per_click = %(cost_per_click)s, least_bid = %(least_bid)s,
    largest_bid = %(largest_bid)s, state = %(state)s, version = version + 1, changed_at = %(now)s
WHERE id = %(campaign_id)s::uuid;

-- name: put_key
INSERT INTO ads_market_keys (store_id, key_id, sealed, added_at)
VALUES (%(store_id)s::uuid, %(key_id)s, %(sealed)s, %(now)s)
ON CONFLICT (store_id) DO UPDATE
SET key_id = excluded.key_id, sealed = excluded.sealed, added_at = excluded.added_at;

-- name: key_added_at
SELECT added_at FROM ads_market_keys WHERE store_id = %(store_id)s::uuid;

-- name: delete_key
DELETE FROM ads_market_keys WHERE store_id = %(store_id)s::uuid;
