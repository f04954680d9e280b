-- The shop: sellers, their products, customers, and purchases for real currencies.
--
--   shop_sellers ─── shop_products ─── shop_purchases ─── shop_customers
--                                      shop_outbox        events of purchases that await the log
--                                      shop_requests      idempotency keys
--
-- Every id is a UUID. Amounts are integers in the minor unit of their currency. What is deleted keeps its row and loses
-- what is personal: purchases refer to it. Nothing in `shop_purchases` is changed but `cancelled_at`, once.
--
-- Rows are locked in one order: the request's key, the purchase, products by id. So no two statements wait for each other.

CREATE TABLE shop_sellers (
    id           uuid        PRIMARY KEY DEFAULT uuidv7(),
    -- The user who acts for the seller; NULL: operators alone do.
    user_id      uuid,
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    email        text        NOT NULL DEFAULT '',
    -- The form that is unique (shared/domain/accounts/contacts.py); NULL where there is no address.
    email_folded text        CONSTRAINT shop_sellers_email UNIQUE,
    phone        text        NOT NULL DEFAULT '' CHECK (char_length(phone) <= 40),
    address      text        NOT NULL DEFAULT '' CHECK (char_length(address) <= 500),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    deleted_at   timestamptz
);

CREATE INDEX shop_sellers_user ON shop_sellers (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE shop_products (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    seller_id   uuid        NOT NULL REFERENCES shop_sellers (id),
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    description text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 4000),
    category    text        NOT NULL CHECK (char_length(category) BETWEEN 1 AND 100),
    price       bigint      NOT NULL CHECK (price BETWEEN 1 AND 10000000000),
    currency    text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    stock       bigint      NOT NULL CONSTRAINT shop_products_stock CHECK (stock BETWEEN 0 AND 1000000000000),
    image       text        NOT NULL DEFAULT '' CHECK (char_length(image) <= 2000),
    words       tsvector    NOT NULL GENERATED ALWAYS AS (
        to_tsvector('simple'::regconfig, name || ' ' || category || ' ' || description)
    ) STORED,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz
    -- Room in each page for the next stock: without it every purchase would write every index.
) WITH (fillfactor = 80);

CREATE INDEX shop_products_seller ON shop_products (seller_id, id);
CREATE INDEX shop_products_category ON shop_products (category, id);
CREATE INDEX shop_products_words ON shop_products USING gin (words) WITH (fastupdate = off);

CREATE TABLE shop_customers (
    id           uuid        PRIMARY KEY DEFAULT uuidv7(),
    -- The user whom this customer is; NULL: one whom a seller or an archive knows.
    user_id      uuid        CONSTRAINT shop_customers_user UNIQUE,
    first_name   text        NOT NULL DEFAULT '' CHECK (char_length(first_name) <= 100),
    last_name    text        NOT NULL DEFAULT '' CHECK (char_length(last_name) <= 100),
    email        text        NOT NULL DEFAULT '',
    email_folded text        CONSTRAINT shop_customers_email UNIQUE,
    phone        text        NOT NULL DEFAULT '' CHECK (char_length(phone) <= 40),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    deleted_at   timestamptz
);

CREATE TABLE shop_purchases (
    -- A UUIDv7 of the moment at which it was recorded; of one from an archive, of the moment of the sale.
    id           uuid        PRIMARY KEY,
    customer_id  uuid        NOT NULL,
    seller_id    uuid        NOT NULL,
    product_id   uuid        NOT NULL,
    -- As of the sale.
    product_name text        NOT NULL,
    category     text        NOT NULL,
    quantity     bigint      NOT NULL CHECK (quantity > 0),
    unit_price   bigint      NOT NULL CHECK (unit_price > 0),
    discount     bigint      NOT NULL DEFAULT 0 CHECK (discount >= 0),
    total        bigint      NOT NULL,
    currency     text        NOT NULL,
    purchased_at timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz,
    CONSTRAINT shop_purchases_total CHECK (total = unit_price * quantity - discount AND total >= 0)
);

-- No foreign keys: `shop_buy` looks at the rows that they would name, which are never deleted.
CREATE INDEX shop_purchases_customer ON shop_purchases (customer_id, id);
CREATE INDEX shop_purchases_seller ON shop_purchases (seller_id, id);
CREATE INDEX shop_purchases_product ON shop_purchases (product_id, id);

-- A purchase's events in the order in which they happened; one that is on the log is deleted.
CREATE TABLE shop_outbox (
    position    bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purchase_id uuid    NOT NULL,
    -- 1: it was made, 2: it was cancelled.
    version     integer NOT NULL CHECK (version IN (1, 2)),
    traceparent text    NOT NULL DEFAULT ''
);

-- Requests that changed something, by caller and operation; forgotten after a stated time.
CREATE TABLE shop_requests (
    scope      text        NOT NULL,
    key        text        NOT NULL,
    sha256     bytea       NOT NULL,
    -- What it made; what is answered is made of it.
    id         uuid        NOT NULL,
    -- What is answered where the id alone does not say it.
    response   json,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
);

CREATE INDEX shop_requests_claimed_at ON shop_requests (claimed_at);

-- Errors, by SQLSTATE; `shared/adapters/postgres/shop/refusals.py` has the same list.
--   SH001 no such product     SH002 no such customer       SH003 no such purchase
--   SH004 key of another request                           SH005 the price is not the caller's to choose
--   SH006 the product belongs to another seller            SH007 the product has another currency
-- Too little stock is the CHECK `shop_products_stock`.

-- Claims a key for a request. NULL: the request is new, and `p_id` is what it makes. Else the row of the first request.
-- A request that is under way is waited for, so that most callers get its answer instead of a refusal.
CREATE FUNCTION shop_claim(p_scope text, p_key text, p_sha256 bytea, p_id uuid)
RETURNS shop_requests LANGUAGE plpgsql SET lock_timeout TO '2s' AS $$
DECLARE
    v_request shop_requests;
BEGIN
    INSERT INTO shop_requests (scope, key, sha256, id) VALUES (p_scope, p_key, p_sha256, p_id) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT v_request FROM shop_requests WHERE scope = p_scope AND key = p_key;
    IF v_request.sha256 <> p_sha256 THEN
        RAISE EXCEPTION 'the idempotency key was used for another request' USING ERRCODE = 'SH004';
    END IF;
    RETURN v_request;
END
$$;

-- Records a purchase: the stock, the purchase and its event change together, or nothing does.
--
-- p_user_id acts: an operator for everybody, a seller's user for its products, a customer's user for themself and at the
-- product's own price. NULL price, discount, time and seller are the product's own, none, now, and any.
CREATE FUNCTION shop_buy(
    p_user_id uuid, p_is_operator boolean, p_product_id uuid, p_customer_id uuid, p_seller_id uuid, p_quantity bigint,
    p_unit_price bigint, p_discount bigint, p_currency text, p_purchased_at timestamptz, p_now timestamptz,
    p_scope text, p_key text, p_sha256 bytea, p_traceparent text, OUT purchase shop_purchases, OUT replayed boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := uuidv7();
    v_request shop_requests;
    v_product shop_products;
    v_seller_user uuid;
    v_customer_user uuid;
    v_price bigint;
BEGIN
    v_request := shop_claim(p_scope, p_key, p_sha256, v_id);
    replayed := v_request.key IS NOT NULL;
    IF replayed THEN
        SELECT * INTO STRICT purchase FROM shop_purchases WHERE id = v_request.id;
        purchase.cancelled_at := NULL; -- as it was answered
        RETURN;
    END IF;
    SELECT user_id INTO v_customer_user FROM shop_customers WHERE id = p_customer_id AND deleted_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no customer %', p_customer_id USING ERRCODE = 'SH002';
    END IF;
    UPDATE shop_products SET stock = stock - p_quantity WHERE id = p_product_id AND deleted_at IS NULL
    RETURNING * INTO v_product;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no product %', p_product_id USING ERRCODE = 'SH001';
    END IF;
    IF p_seller_id <> v_product.seller_id THEN
        RAISE EXCEPTION 'product % belongs to another seller', p_product_id USING ERRCODE = 'SH006';
    END IF;
    IF p_currency <> v_product.currency THEN
        RAISE EXCEPTION 'product % is sold for %', p_product_id, v_product.currency USING ERRCODE = 'SH007';
    END IF;
    IF NOT p_is_operator THEN
        SELECT user_id INTO v_seller_user FROM shop_sellers WHERE id = v_product.seller_id;
        IF v_seller_user IS DISTINCT FROM p_user_id THEN
            IF v_customer_user IS DISTINCT FROM p_user_id THEN
                RAISE EXCEPTION 'no customer %', p_customer_id USING ERRCODE = 'SH002';
            END IF;
            IF num_nonnulls(p_unit_price, p_discount, p_purchased_at) > 0 THEN
                RAISE EXCEPTION 'customers buy at the price and the time of the shop' USING ERRCODE = 'SH005';
            END IF;
        END IF;
    END IF;
    v_price := coalesce(p_unit_price, v_product.price);
    INSERT INTO shop_purchases (
        id, customer_id, seller_id, product_id, product_name, category, quantity, unit_price, discount, total, currency,
        purchased_at, recorded_at
    ) VALUES (
        v_id, p_customer_id, v_product.seller_id, p_product_id, v_product.name, v_product.category, p_quantity, v_price,
        coalesce(p_discount, 0), v_price * p_quantity - coalesce(p_discount, 0), v_product.currency,
        coalesce(p_purchased_at, p_now), p_now
    ) RETURNING * INTO purchase;
    INSERT INTO shop_outbox (purchase_id, version, traceparent) VALUES (v_id, 1, p_traceparent);
END
$$;

-- Cancels a purchase and gives its pieces back to the stock, once. Whether this call did it.
CREATE FUNCTION shop_cancel(
    p_user_id uuid, p_is_operator boolean, p_purchase_id uuid, p_now timestamptz, p_traceparent text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_purchase shop_purchases;
BEGIN
    SELECT p.* INTO v_purchase FROM shop_purchases p
    WHERE p.id = p_purchase_id AND (
        p_is_operator OR EXISTS (SELECT FROM shop_sellers s WHERE s.id = p.seller_id AND s.user_id = p_user_id)
    )
    FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no purchase %', p_purchase_id USING ERRCODE = 'SH003';
    END IF;
    IF v_purchase.cancelled_at IS NOT NULL THEN
        RETURN false;
    END IF;
    UPDATE shop_purchases SET cancelled_at = greatest(p_now, purchased_at) WHERE id = p_purchase_id;
    UPDATE shop_products SET stock = stock + v_purchase.quantity WHERE id = v_purchase.product_id;
    INSERT INTO shop_outbox (purchase_id, version, traceparent) VALUES (p_purchase_id, 2, p_traceparent);
    RETURN true;
END
$$;
