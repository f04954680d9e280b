-- Money that stores bring by payment providers. All of it is simulated.

CREATE TABLE ads_top_ups (
    id             uuid        PRIMARY KEY,
    store_id       uuid        NOT NULL REFERENCES ads_stores (id),
    provider       text        NOT NULL,
    -- At the provider; NULL until it answered.
    payment_id     text        CHECK (char_length(payment_id) BETWEEN 1 AND 100),
    amount         bigint      NOT NULL CHECK (amount > 0),
    currency       text        NOT NULL,
    credited_at    timestamptz,
    -- The posting: one for each payment, whichever way the news came.
    transaction_id uuid,
    cancelled_by   text        NOT NULL DEFAULT '' CHECK (cancelled_by IN ('', 'provider', 'us')),
    refunded       bigint      NOT NULL DEFAULT 0,
    flag           text        NOT NULL DEFAULT '',
    confirmation   text        NOT NULL DEFAULT '' CHECK (char_length(confirmation) <= 2000),
    created_by     uuid        NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    n_asks         integer     NOT NULL DEFAULT 0,
    -- NULL: the provider is not asked any more.
    next_ask_at    timestamptz,
    UNIQUE (provider, payment_id),
    CHECK (refunded BETWEEN 0 AND amount),
    CHECK (refunded = 0 OR credited_at IS NOT NULL),
    CHECK ((credited_at IS NULL) = (transaction_id IS NULL)),
    CHECK (credited_at IS NULL OR payment_id IS NOT NULL)
);

CREATE INDEX ads_top_ups_store ON ads_top_ups (store_id, id);
CREATE INDEX ads_top_ups_due ON ads_top_ups (next_ask_at) WHERE next_ask_at IS NOT NULL;

-- What managers pay back. The money leaves the store's funds when a refund is requested, and the store's account of
-- refunds when the provider says that it was paid; until then nobody knows, and nobody else can spend it.
CREATE TABLE ads_refunds (
    id                 uuid        PRIMARY KEY DEFAULT uuidv7(),
    top_up_id          uuid        NOT NULL REFERENCES ads_top_ups (id),
    amount             bigint      NOT NULL CHECK (amount > 0),
    state              text        NOT NULL DEFAULT 'requested'
        CHECK (state IN ('requested', 'pending', 'succeeded', 'failed')),
    provider_refund_id text        CHECK (char_length(provider_refund_id) BETWEEN 1 AND 100),
    requested_at       timestamptz NOT NULL,
    resolved_at        timestamptz,
    n_tries            integer     NOT NULL DEFAULT 0,
    next_try_at        timestamptz,
    CHECK ((state IN ('succeeded', 'failed')) = (resolved_at IS NOT NULL))
);

CREATE INDEX ads_refunds_top_up ON ads_refunds (top_up_id, id);
CREATE INDEX ads_refunds_due ON ads_refunds (next_try_at) WHERE next_try_at IS NOT NULL;

-- Webhooks that were received, each in the commit of what it changed. One that waits is decided by the provider's answer.
CREATE TABLE ads_webhooks (
    provider    text        NOT NULL,
    event_id    text        NOT NULL CHECK (char_length(event_id) BETWEEN 1 AND 200),
    kind        text        NOT NULL CHECK (char_length(kind) <= 100),
    top_up_id   uuid        NOT NULL REFERENCES ads_top_ups (id),
    payment_id  text        NOT NULL CHECK (char_length(payment_id) BETWEEN 1 AND 100),
    received_at timestamptz NOT NULL,
    n_tries     integer     NOT NULL DEFAULT 0,
    -- NULL: nothing is left to do.
    next_try_at timestamptz,
    PRIMARY KEY (provider, event_id)
);

CREATE INDEX ads_webhooks_due ON ads_webhooks (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX ads_webhooks_received ON ads_webhooks (received_at);

-- What does not fit its top-up. A person decides; no money moves by itself.
CREATE TABLE ads_quarantine (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    provider    text        NOT NULL,
    payment_id  text        NOT NULL,
    top_up_id   uuid,
    reason      text        NOT NULL,
    payment     jsonb       NOT NULL,
    seen_at     timestamptz NOT NULL,
    resolved_at timestamptz,
    resolved_by uuid,
    UNIQUE (provider, payment_id, reason),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
);

CREATE INDEX ads_quarantine_open ON ads_quarantine (id) WHERE resolved_at IS NULL;

-- Addresses of stores that are told of their top-ups, by Standard Webhooks.
CREATE TABLE ads_hook_endpoints (
    id              uuid        PRIMARY KEY DEFAULT uuidv7(),
    store_id        uuid        NOT NULL REFERENCES ads_stores (id),
    url             text        NOT NULL CHECK (char_length(url) BETWEEN 1 AND 500),
    -- Secrets are derived from the platform's key and this number; until the moment below the one before signs, too.
    generation      integer     NOT NULL DEFAULT 1,
    previous_until  timestamptz,
    created_at      timestamptz NOT NULL,
    failing_since   timestamptz,
    disabled_at     timestamptz,
    disabled_reason text        NOT NULL DEFAULT ''
);

CREATE INDEX ads_hook_endpoints_store ON ads_hook_endpoints (store_id, id);

CREATE TABLE ads_hook_messages (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    endpoint_id uuid        NOT NULL REFERENCES ads_hook_endpoints (id) ON DELETE CASCADE,
    kind        text        NOT NULL,
    -- As it is signed and sent, byte by byte.
    body        text        NOT NULL,
    created_at  timestamptz NOT NULL,
    n_tries     integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    delivered_at timestamptz,
    last_error  text        NOT NULL DEFAULT ''
);

CREATE INDEX ads_hook_messages_endpoint ON ads_hook_messages (endpoint_id, id);
CREATE INDEX ads_hook_messages_due ON ads_hook_messages (next_try_at) WHERE next_try_at IS NOT NULL;
