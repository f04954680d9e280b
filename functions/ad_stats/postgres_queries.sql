-- name: campaigns_of_store
SELECT id::text, name, zone FROM ads_campaigns WHERE store_id = %(store_id)s::uuid ORDER BY id;

-- name: store_of_campaign
SELECT store_id::text FROM ads_campaigns WHERE id = %(campaign_id)s::uuid;
