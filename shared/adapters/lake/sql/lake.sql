-- The lake's own books: what came, which files it lies in, which days are to be built again, and what the runs did.

-- name: receive
INSERT INTO lake_inbox (source, id, dataset, day, payload, received_at)
VALUES (%(source)s, %(id)s, %(dataset)s, %(day)s, %(payload)s, %(now)s)
ON CONFLICT (source, id) DO NOTHING;

-- name: next_pending
-- The day that waited longest; its rows are locked, so that two loaders write two days.
WITH first AS (
    SELECT dataset, day FROM lake_inbox WHERE file IS NULL ORDER BY received_at, source, id
    FOR UPDATE SKIP LOCKED LIMIT 1
)
SELECT i.source, i.id, i.dataset, i.day, i.payload
FROM lake_inbox i JOIN first USING (dataset, day)
WHERE i.file IS NULL
ORDER BY i.received_at, i.source, i.id
FOR UPDATE OF i SKIP LOCKED
LIMIT %(limit)s;

-- name: set_file
UPDATE lake_inbox i SET file = %(file)s, payload = ''
FROM unnest(%(sources)s::text[], %(ids)s::text[]) loaded (source, id)
WHERE i.source = loaded.source AND i.id = loaded.id;

-- name: add_file
INSERT INTO lake_files (name, dataset, day, n_rows, n_staged, n_quarantined, size_bytes, loaded_at)
VALUES (%(name)s, %(dataset)s, %(day)s, %(n_rows)s, %(n_staged)s, %(n_quarantined)s, %(size_bytes)s, %(now)s)
ON CONFLICT (name) DO NOTHING
RETURNING name;

-- name: restaged
UPDATE lake_files SET n_staged = %(n_staged)s, n_quarantined = %(n_quarantined)s WHERE name = %(name)s;

-- name: has_file
SELECT true FROM lake_files WHERE name = %(name)s;

-- name: add_drift
INSERT INTO lake_drift AS d (dataset, field, kind, n_rows, first_seen, last_seen)
VALUES (%(dataset)s, %(field)s, %(kind)s, %(n_rows)s, %(now)s, %(now)s)
ON CONFLICT (dataset, field, kind) DO UPDATE SET n_rows = d.n_rows + excluded.n_rows, last_seen = excluded.last_seen;

-- name: mark_dirty
INSERT INTO lake_dirty_days AS d (day, marks, reason, since) VALUES (%(day)s, 1, %(reason)s, %(now)s)
ON CONFLICT (day) DO UPDATE SET marks = d.marks + 1, reason = excluded.reason;

-- name: dirty_days
SELECT day, marks FROM lake_dirty_days ORDER BY day;

-- name: clean_day
DELETE FROM lake_dirty_days WHERE day = %(day)s AND marks = %(marks)s;

-- name: files
SELECT name, day, n_staged, size_bytes FROM lake_files
WHERE dataset = %(dataset)s AND day = ANY(%(days)s) AND n_staged > 0
ORDER BY day, name;

-- name: files_of_day
SELECT name, day, n_staged, size_bytes FROM lake_files WHERE dataset = %(dataset)s AND day = %(day)s ORDER BY name;

-- name: latest_file
SELECT name, day, n_staged, size_bytes FROM lake_files WHERE dataset = %(dataset)s ORDER BY loaded_at DESC, name LIMIT 1;

-- name: old_snapshots
-- Copies of tables that are older than the latest of their kind and than they are kept.
SELECT name FROM lake_files f
WHERE dataset <> 'purchases' AND loaded_at < %(before)s
    AND loaded_at < (SELECT max(loaded_at) FROM lake_files l WHERE l.dataset = f.dataset);

-- name: delete_file
DELETE FROM lake_files WHERE name = %(name)s;

-- name: forget_loaded
DELETE FROM lake_inbox WHERE file IS NOT NULL AND received_at < %(before)s;

-- name: try_lock
SELECT pg_try_advisory_lock(hashtextextended('sales-run', 0));

-- name: unlock
SELECT pg_advisory_unlock(hashtextextended('sales-run', 0));

-- name: begin_run
INSERT INTO sales_runs (id, state, engine, days, started_at) VALUES (%(id)s, 'running', %(engine)s, %(days)s, %(now)s);

-- name: abandon_runs
-- Whoever has the lock knows that no other run is alive.
UPDATE sales_runs SET state = 'failed', detail = 'its process ended', finished_at = %(now)s WHERE state = 'running';

-- name: finish_run
UPDATE sales_runs SET state = %(state)s, n_purchases = %(n_purchases)s, up_to = %(up_to)s, detail = %(detail)s,
    finished_at = %(now)s
WHERE id = %(id)s;

-- name: runs
SELECT id, state, engine, days, up_to, n_purchases, detail, started_at, finished_at
FROM sales_runs ORDER BY started_at DESC, id LIMIT %(limit)s;

-- name: latest_run
SELECT id, state, engine, days, up_to, n_purchases, detail, started_at, finished_at
FROM sales_runs WHERE state = 'finished' ORDER BY finished_at DESC LIMIT 1;

-- name: forget_runs
DELETE FROM sales_runs WHERE started_at < %(before)s
    AND id <> (SELECT id FROM sales_runs WHERE state = 'finished' ORDER BY finished_at DESC LIMIT 1);

-- name: n_pending
SELECT count(*) FROM lake_inbox WHERE file IS NULL;

-- name: oldest_pending
SELECT min(received_at) FROM lake_inbox WHERE file IS NULL;

-- name: dataset_sizes
SELECT dataset, count(*) AS n_files, sum(n_rows)::bigint AS n_rows, sum(n_staged)::bigint AS n_staged,
    sum(n_quarantined)::bigint AS n_quarantined, sum(size_bytes)::bigint AS size_bytes, max(loaded_at) AS loaded_at
FROM lake_files GROUP BY dataset ORDER BY dataset;

-- name: loaded_by_hour
SELECT date_trunc('hour', loaded_at) AS hour, sum(n_staged)::bigint AS n_staged, sum(n_quarantined)::bigint AS n_quarantined
FROM lake_files WHERE dataset = 'purchases' AND loaded_at >= %(since)s GROUP BY hour ORDER BY hour;

-- name: drift
SELECT dataset, field, kind, n_rows, first_seen, last_seen FROM lake_drift ORDER BY last_seen DESC, dataset, field, kind LIMIT 100;

-- name: products
SELECT id::text AS id, jsonb_build_object('id', id::text, 'seller_id', seller_id::text, 'name', name,
    'category', category, 'price', price, 'currency', currency,
    'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'deleted_at', to_char(deleted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text AS payload
FROM shop_products ORDER BY id;

-- name: customers
SELECT id::text AS id, jsonb_build_object('id', id::text,
    'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'deleted_at', to_char(deleted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text AS payload
FROM shop_customers ORDER BY id;
