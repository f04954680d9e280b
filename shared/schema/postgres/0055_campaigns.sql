-- Campaigns of stores, and what bidding for them remembers. All money is simulated, in minor units of XTS.
--
--   ads_campaigns ─── ads_bidding            ads_market_keys   ads_bid_leases   ads_market_slots   ads_pending_rows
--   what owners set   what place-bids writes, one row each     of a store
--
-- Money is in the ledger: what is reserved for a campaign is the account `budget` of `campaigns/<id>`. The totals here are
-- written in the transaction that posts them.

CREATE TABLE ads_campaigns (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    store_id       uuid        NOT NULL REFERENCES ads_stores (id),
    name           text        NOT NULL,
    region         text        NOT NULL,
    zone           text        NOT NULL,
    daily_budget   bigint      CHECK (daily_budget > 0),
    total_budget   bigint      CHECK (total_budget > 0),
    begins_at      timestamptz NOT NULL,
    ends_at        timestamptz CHECK (ends_at > begins_at),
    target         text        NOT NULL CHECK (target IN ('clicks', 'position', 'cost-per-click')),
    position       integer,
    cost_per_click bigint,
    least_bid      bigint      NOT NULL CHECK (least_bid > 0),
    largest_bid    bigint      NOT NULL CHECK (largest_bid >= least_bid),
    state          text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'deleted')),
    version        integer     NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    CHECK (daily_budget IS NOT NULL OR (total_budget IS NOT NULL AND ends_at IS NOT NULL)),
    CHECK ((target = 'position') = (position IS NOT NULL)),
    CHECK ((target = 'cost-per-click') = (cost_per_click IS NOT NULL))
);

CREATE INDEX ads_campaigns_store ON ads_campaigns (store_id, id);

-- Apart from the campaign, so that a tick over all campaigns does not wait for an owner, nor the other way round.
CREATE TABLE ads_bidding (
    campaign_id     uuid               PRIMARY KEY REFERENCES ads_campaigns (id),
    store_id        uuid               NOT NULL,
    -- Totals of the campaign's account: reserved - released - charged is its balance.
    reserved        bigint             NOT NULL DEFAULT 0,
    released        bigint             NOT NULL DEFAULT 0,
    charged         bigint             NOT NULL DEFAULT 0,
    -- What the market was last seen to be allowed to charge in all, and since when.
    allowance       bigint             NOT NULL DEFAULT 0,
    allowance_since timestamptz,
    -- Totals the market reported.
    impressions     bigint             NOT NULL DEFAULT 0,
    clicks          bigint             NOT NULL DEFAULT 0,
    spent           bigint             NOT NULL DEFAULT 0,
    position_sum    bigint             NOT NULL DEFAULT 0,
    -- The day of the budget: its date in the campaign's zone, what was spent before it, and what it may spend.
    day             date,
    spent_before    bigint             NOT NULL DEFAULT 0,
    day_allowance   bigint             NOT NULL DEFAULT 0,
    -- The state of the controllers, in the order of `decisions.STATE`; NULL before the first bid.
    bidder          double precision[],
    bid             bigint             NOT NULL DEFAULT 0,
    reason          smallint           NOT NULL DEFAULT 6,
    observed_at     timestamptz,
    -- The campaign is deleted, and nothing of its money is left.
    closed          boolean            NOT NULL DEFAULT false,
    CHECK (reserved >= released + charged),
    CHECK (charged >= 0 AND released >= 0)
) WITH (fillfactor = 50);

CREATE INDEX ads_bidding_open ON ads_bidding (store_id) WHERE NOT closed;

-- The API key of a store at the market, encrypted; `key_id` names the key it is encrypted with.
CREATE TABLE ads_market_keys (
    store_id uuid        PRIMARY KEY REFERENCES ads_stores (id),
    key_id   text        NOT NULL,
    sealed   text        NOT NULL,
    added_at timestamptz NOT NULL
);

-- Who bids for a store now. It ends by itself, so that others go on where a process was killed.
CREATE TABLE ads_bid_leases (
    store_id   uuid        PRIMARY KEY REFERENCES ads_stores (id),
    holder     text        NOT NULL,
    until      timestamptz NOT NULL,
    hours_from timestamptz NOT NULL DEFAULT '-infinity',
    -- The moment of the last tick that was completed.
    ticked_at  timestamptz
);

-- When the next request of a store may be sent to the market, over all processes.
CREATE TABLE ads_market_slots (
    store_id uuid        PRIMARY KEY,
    free_at  timestamptz NOT NULL
);

-- Decisions and hours on their way to ClickHouse, as an Arrow stream: written with the tick, deleted when they are stored.
CREATE TABLE ads_pending_rows (
    id    uuid        PRIMARY KEY DEFAULT uuidv7(),
    table_name text   NOT NULL CHECK (table_name IN ('ads_decisions', 'ads_hours')),
    rows  bytea       NOT NULL,
    at    timestamptz NOT NULL DEFAULT now()
);
