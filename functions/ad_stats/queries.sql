-- What advertising brought, from the market's hours; FINAL, as an hour is reported again until it is settled.

-- name: by_campaign
SELECT
    campaign_id, '' AS period, sum(impressions) AS impressions, sum(clicks) AS clicks, sum(spend) AS spend,
    sum(orders) AS orders, sum(revenue) AS revenue, sum(position_sum) AS position_sum
FROM ads_hours FINAL
WHERE campaign_id IN {campaign_ids:Array(String)}
    AND hour >= {begins:DateTime('UTC')} AND hour < {ends:DateTime('UTC')}
GROUP BY campaign_id
ORDER BY campaign_id
LIMIT {limit:UInt32}

-- name: by_day
SELECT
    campaign_id, toString(toDate(hour, {zone:String})) AS period, sum(impressions) AS impressions, sum(clicks) AS clicks,
    sum(spend) AS spend, sum(orders) AS orders, sum(revenue) AS revenue, sum(position_sum) AS position_sum
FROM ads_hours FINAL
WHERE campaign_id IN {campaign_ids:Array(String)}
    AND hour >= {begins:DateTime('UTC')} AND hour < {ends:DateTime('UTC')}
GROUP BY campaign_id, period
ORDER BY campaign_id, period
LIMIT {limit:UInt32}

-- name: by_hour
SELECT
    campaign_id, formatDateTime(hour, '%Y-%m-%dT%H:00:00Z', 'UTC') AS period, impressions, clicks, spend, orders, revenue,
    position_sum
FROM ads_hours FINAL
WHERE campaign_id IN {campaign_ids:Array(String)}
    AND hour >= {begins:DateTime('UTC')} AND hour < {ends:DateTime('UTC')}
ORDER BY campaign_id, period
LIMIT {limit:UInt32}

-- name: pacing
-- The latest decision of each campaign: spent and planned are those of its day.
SELECT
    campaign_id, max(at) AS decided_at, toString(argMax(day, at)) AS day, argMax(allowance, at) AS allowance,
    argMax(planned, at) AS planned, argMax(spent, at) AS spent, argMax(bid, at) AS bid, argMax(reason, at) AS reason
FROM ads_decisions
WHERE campaign_id IN {campaign_ids:Array(String)} AND at >= {begins:DateTime64(3, 'UTC')}
GROUP BY campaign_id
ORDER BY campaign_id

-- name: decisions
SELECT
    at, toString(day) AS day, bid, previous_bid, reason, pacing_bid, ceiling, spent, allowance, planned, clicks, position
FROM ads_decisions FINAL
WHERE campaign_id = {campaign_id:String}
    AND at >= {begins:DateTime64(3, 'UTC')} AND at < {before:DateTime64(3, 'UTC')}
ORDER BY at DESC
LIMIT {limit:UInt32}
