-- name: new_id
SELECT uuidv7()::text;

-- name: add_top_up
INSERT INTO ads_top_ups (
    id, store_id, provider, amount, currency, created_by, created_at, expires_at, next_ask_at
) VALUES (
    %(top_up_id)s::uuid, %(store_id)s::uuid, %(provider)s, %(amount)s, %(currency)s, %(created_by)s::uuid, %(now)s,
    %(expires_at)s, %(next_ask_at)s
);

-- name: lock_top_up
SELECT id::text, store_id::text, provider, coalesce(payment_id, '') AS payment_id, amount, currency,
    credited_at IS NOT NULL AS credited, cancelled_by, refunded, flag, confirmation, created_by::text, created_at,
    expires_at, n_asks, coalesce(transaction_id::text, '') AS transaction_id
FROM ads_top_ups
WHERE id = %(top_up_id)s::uuid
FOR UPDATE;

-- name: lock_by_payment
-- By the provider's id, else by ours, as its answer to our request may still be on its way.
SELECT id::text, store_id::text, provider, coalesce(payment_id, '') AS payment_id, amount, currency,
    credited_at IS NOT NULL AS credited, cancelled_by, refunded, flag, confirmation, created_by::text, created_at,
    expires_at, n_asks, coalesce(transaction_id::text, '') AS transaction_id
FROM ads_top_ups
WHERE provider = %(provider)s
    AND (payment_id = %(payment_id)s OR id = NULLIF(%(top_up_id)s, '')::uuid)
ORDER BY payment_id = %(payment_id)s DESC NULLS LAST
LIMIT 1
FOR UPDATE;

-- name: top_up
SELECT id::text, store_id::text, provider, coalesce(payment_id, '') AS payment_id, amount, currency,
    credited_at IS NOT NULL AS credited, cancelled_by, refunded, flag, confirmation, created_by::text, created_at,
    expires_at, n_asks, coalesce(transaction_id::text, '') AS transaction_id
FROM ads_top_ups
WHERE id = %(top_up_id)s::uuid;

-- name: top_ups
-- Those that their provider knows.
SELECT id::text, store_id::text, provider, coalesce(payment_id, '') AS payment_id, amount, currency,
    credited_at IS NOT NULL AS credited, cancelled_by, refunded, flag, confirmation, created_by::text, created_at,
    expires_at, n_asks, coalesce(transaction_id::text, '') AS transaction_id
FROM ads_top_ups
WHERE store_id = %(store_id)s::uuid AND payment_id IS NOT NULL
    AND (%(before)s = '' OR id < NULLIF(%(before)s, '')::uuid)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: identify
UPDATE ads_top_ups
SET payment_id = %(payment_id)s, confirmation = CASE %(confirmation)s WHEN '' THEN confirmation ELSE %(confirmation)s END
WHERE id = %(top_up_id)s::uuid;

-- name: credit
UPDATE ads_top_ups
SET credited_at = %(now)s, transaction_id = %(transaction_id)s::uuid, flag = %(flag)s
WHERE id = %(top_up_id)s::uuid;

-- name: cancel
UPDATE ads_top_ups
SET cancelled_by = %(by)s
WHERE id = %(top_up_id)s::uuid;

-- name: add_refunded
UPDATE ads_top_ups
SET refunded = refunded + %(amount)s
WHERE id = %(top_up_id)s::uuid;

-- name: take_due
-- Leased: whoever is killed with them leaves them to the next clock.
UPDATE ads_top_ups t
SET next_ask_at = %(leased_until)s
FROM (
    SELECT id FROM ads_top_ups WHERE next_ask_at <= %(now)s
    ORDER BY next_ask_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) due
WHERE t.id = due.id
RETURNING t.id::text;

-- name: set_ask
UPDATE ads_top_ups
SET n_asks = n_asks + 1, next_ask_at = %(next_ask_at)s
WHERE id = %(top_up_id)s::uuid;

-- name: add_refund
INSERT INTO ads_refunds (top_up_id, amount, requested_at, next_try_at)
VALUES (%(top_up_id)s::uuid, %(amount)s, %(now)s, %(now)s)
RETURNING id::text;

-- name: open_refunds
SELECT id::text, top_up_id::text, amount, state, coalesce(provider_refund_id, '') AS provider_refund_id, n_tries
FROM ads_refunds
WHERE top_up_id = %(top_up_id)s::uuid AND state IN ('requested', 'pending')
ORDER BY id;

-- name: refund
SELECT id::text, top_up_id::text, amount, state, coalesce(provider_refund_id, '') AS provider_refund_id, n_tries
FROM ads_refunds
WHERE id = %(refund_id)s::uuid;

-- name: refunds
SELECT id::text, top_up_id::text, amount, state, coalesce(provider_refund_id, '') AS provider_refund_id, n_tries
FROM ads_refunds
WHERE top_up_id = %(top_up_id)s::uuid
ORDER BY id;

-- name: take_due_refunds
-- Counted before they are sent: one that was, may have happened.
UPDATE ads_refunds r
SET next_try_at = %(leased_until)s, n_tries = n_tries + 1
FROM (
    SELECT id FROM ads_refunds WHERE next_try_at <= %(now)s
    ORDER BY next_try_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) due
WHERE r.id = due.id
RETURNING r.id::text, r.top_up_id::text, r.amount, r.state, coalesce(r.provider_refund_id, '') AS provider_refund_id,
    r.n_tries;

-- name: identify_refund
UPDATE ads_refunds
SET state = 'pending', provider_refund_id = %(provider_refund_id)s
WHERE id = %(refund_id)s::uuid AND state IN ('requested', 'pending');

-- name: resolve_refund
UPDATE ads_refunds
SET state = %(state)s, resolved_at = %(now)s, next_try_at = NULL,
    provider_refund_id = coalesce(NULLIF(%(provider_refund_id)s, ''), provider_refund_id)
WHERE id = %(refund_id)s::uuid;

-- name: set_refund_try
UPDATE ads_refunds
SET next_try_at = %(next_try_at)s
WHERE id = %(refund_id)s::uuid AND state IN ('requested', 'pending');

-- name: add_webhook
INSERT INTO ads_webhooks (provider, event_id, kind, top_up_id, payment_id, received_at, next_try_at)
VALUES (
    %(provider)s, %(event_id)s, %(kind)s, %(top_up_id)s::uuid, %(payment_id)s, %(now)s, %(next_try_at)s
)
ON CONFLICT DO NOTHING;

-- name: wait_again
-- Of a provider that signs nothing: whoever sent it before may have forged it.
INSERT INTO ads_webhooks AS w (provider, event_id, kind, top_up_id, payment_id, received_at, next_try_at)
VALUES (
    %(provider)s, %(event_id)s, %(kind)s, %(top_up_id)s::uuid, %(payment_id)s, %(now)s, %(next_try_at)s
)
ON CONFLICT (provider, event_id) DO UPDATE SET next_try_at = excluded.next_try_at, n_tries = 0;

-- name: webhook_is_known
SELECT true
FROM ads_webhooks
WHERE provider = %(provider)s AND event_id = %(event_id)s AND next_try_at IS NULL;

-- name: take_due_webhooks
UPDATE ads_webhooks w
SET next_try_at = %(leased_until)s, n_tries = n_tries + 1
FROM (
    SELECT provider, event_id FROM ads_webhooks WHERE next_try_at <= %(now)s
    ORDER BY next_try_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) due
WHERE w.provider = due.provider AND w.event_id = due.event_id
RETURNING w.provider, w.event_id, w.top_up_id::text, w.payment_id, w.n_tries;

-- name: set_webhook_try
UPDATE ads_webhooks
SET next_try_at = %(next_try_at)s
WHERE provider = %(provider)s AND event_id = %(event_id)s;

-- name: forget_webhooks
DELETE FROM ads_webhooks
WHERE received_at < %(before)s AND next_try_at IS NULL;

-- name: quarantine
INSERT INTO ads_quarantine (provider, payment_id, top_up_id, reason, payment, seen_at)
VALUES (
    %(provider)s, %(payment_id)s, %(top_up_id)s::uuid, %(reason)s, %(payment)s, %(now)s
)
ON CONFLICT DO NOTHING;

-- name: list_quarantine
SELECT id::text, provider, payment_id, coalesce(top_up_id::text, '') AS top_up_id, reason, payment, seen_at
FROM ads_quarantine
WHERE resolved_at IS NULL AND (%(after)s = '' OR id > NULLIF(%(after)s, '')::uuid)
ORDER BY id
LIMIT %(limit)s;

-- name: resolve_quarantine
UPDATE ads_quarantine
SET resolved_at = %(now)s, resolved_by = %(resolved_by)s::uuid
WHERE id = %(quarantine_id)s::uuid AND resolved_at IS NULL
RETURNING coalesce(top_up_id::text, '');
