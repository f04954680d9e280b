-- Stores of advertisers. All money here is simulated, in XTS, the code that ISO 4217 keeps for tests. Balances are
-- accounts of the ledger (`shared/domain/ads/stores.py` names them); here is what it does not say.

CREATE TABLE ads_stores (
    id         uuid        PRIMARY KEY DEFAULT uuidv7(),
    -- Empty once its last owner is deleted.
    name       text        NOT NULL CHECK (char_length(name) <= 100),
    currency   text        NOT NULL,
    -- A store without an owner spends nothing; its money waits for a manager of the platform.
    state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'frozen', 'ownerless')),
    created_at timestamptz NOT NULL
);

CREATE INDEX ads_stores_ownerless ON ads_stores (id) WHERE state = 'ownerless';

CREATE TABLE ads_store_members (
    store_id uuid        NOT NULL REFERENCES ads_stores (id),
    user_id  uuid        NOT NULL,
    role     text        NOT NULL CHECK (role IN ('owner', 'buyer', 'viewer')),
    since    timestamptz NOT NULL,
    PRIMARY KEY (store_id, user_id)
);

CREATE INDEX ads_store_members_user ON ads_store_members (user_id, store_id);

-- A payment of a store is a hold of the ledger, whose state is the payment's; here is what it is for.
CREATE TABLE ads_payments (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    store_id    uuid        NOT NULL REFERENCES ads_stores (id),
    hold_id     uuid        NOT NULL UNIQUE,
    amount      bigint      NOT NULL CHECK (amount > 0),
    purpose     text        NOT NULL CHECK (char_length(purpose) BETWEEN 1 AND 200),
    -- Of whoever reserved it, such as a campaign and its day.
    reference   text        NOT NULL CHECK (char_length(reference) <= 200),
    reserved_by text        NOT NULL,
    reserved_at timestamptz NOT NULL
);

CREATE INDEX ads_payments_store ON ads_payments (store_id, id);

-- What a manager of the platform did or asked for. Above a limit it waits for a second manager.
CREATE TABLE ads_orders (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    action         text        NOT NULL CHECK (action IN ('adjustment', 'refund')),
    store_id       uuid        NOT NULL REFERENCES ads_stores (id),
    -- Of a refund: what is paid back.
    top_up_id      uuid,
    -- Of an adjustment: negative takes from the store.
    amount         bigint      NOT NULL CHECK (amount <> 0),
    reason         text        NOT NULL CHECK (char_length(reason) BETWEEN 3 AND 500),
    ordered_by     uuid        NOT NULL,
    ordered_at     timestamptz NOT NULL,
    state          text        NOT NULL CHECK (state IN ('waiting', 'done', 'refused')),
    decided_by     uuid,
    decided_at     timestamptz,
    transaction_id uuid,
    CHECK (decided_by <> ordered_by),
    CHECK ((state = 'done') = (transaction_id IS NOT NULL)),
    CHECK ((action = 'refund') = (top_up_id IS NOT NULL)),
    CHECK (action = 'adjustment' OR amount > 0)
);

CREATE INDEX ads_orders_waiting ON ads_orders (id) WHERE state = 'waiting';
CREATE INDEX ads_orders_by_manager ON ads_orders (ordered_by, ordered_at);
