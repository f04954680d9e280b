-- Merch: what is sold for coins. What was paid is in the ledger, under the purchase's id.
--
--   merch_items ─┬─ merch_prices             what it costs from when on
--                ├─ merch_inventory          what each user has
--                └─ merch_purchase_lines ─── merch_purchases

CREATE TABLE merch_items (
    name       text        PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    -- NULL: as many as anybody wants.
    stock      bigint      CONSTRAINT merch_items_stock CHECK (stock >= 0),
    on_sale    boolean     NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A price holds until the next one of the same item begins.
CREATE TABLE merch_prices (
    item       text        NOT NULL REFERENCES merch_items (name),
    valid_from timestamptz NOT NULL,
    price      bigint      NOT NULL CHECK (price BETWEEN 1 AND 1000000000),
    PRIMARY KEY (item, valid_from)
);

CREATE TABLE merch_inventory (
    user_id  uuid   NOT NULL,
    -- No foreign key: every first purchase of an item would lock the item's row.
    item     text   NOT NULL,
    quantity bigint NOT NULL CONSTRAINT merch_inventory_quantity CHECK (quantity >= 0),
    PRIMARY KEY (user_id, item)
) WITH (fillfactor = 70);

CREATE TABLE merch_purchases (
    -- The transaction that paid for it.
    id        uuid        PRIMARY KEY,
    user_id   uuid        NOT NULL,
    bought_at timestamptz NOT NULL,
    total     bigint      NOT NULL CHECK (total > 0)
);

CREATE INDEX merch_purchases_user ON merch_purchases (user_id, id);

CREATE TABLE merch_purchase_lines (
    purchase_id uuid   NOT NULL REFERENCES merch_purchases (id),
    item        text   NOT NULL,
    quantity    bigint NOT NULL CHECK (quantity > 0),
    price       bigint NOT NULL CHECK (price > 0),
    returned    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (purchase_id, item),
    CONSTRAINT merch_purchase_lines_returned CHECK (returned BETWEEN 0 AND quantity)
);

-- Errors: MR001 no such item, or not on sale. Too little stock and too much returned are the CHECKs above. Rows are
-- locked in one order: the request's key, the purchase, items and inventory by the item's name, then accounts.

-- What an item costs at a moment; NULL when it has no price then.
CREATE FUNCTION merch_price(p_item text, p_at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT price FROM merch_prices WHERE item = p_item AND valid_from <= p_at ORDER BY valid_from DESC LIMIT 1
$$;

-- Buys items, each named once: the stock, the coins and the inventory change together, or nothing does.
CREATE FUNCTION merch_buy(
    p_user_id uuid, p_items text[], p_quantities bigint[], p_now timestamptz, p_first_coins bigint, p_scope text,
    p_key text, p_sha256 bytea, OUT purchase_id uuid, OUT replayed boolean, OUT total bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_request ledger_requests;
    v_account bigint;
    v_revenue bigint;
    v_part smallint := get_byte(uuid_send(p_user_id), 15) % 16;
    v_price bigint;
    v_prices bigint[] := p_quantities;
    i integer;
BEGIN
    purchase_id := uuidv7();
    replayed := false;
    IF p_key <> '' THEN
        v_request := ledger_claim(p_scope, p_key, p_sha256, purchase_id);
        IF v_request.key IS NOT NULL THEN
            purchase_id := v_request.transaction_id;
            replayed := true;
            SELECT p.total INTO STRICT total FROM merch_purchases p WHERE p.id = purchase_id;
            RETURN;
        END IF;
    END IF;
    total := 0;
    FOR i IN SELECT n FROM generate_subscripts(p_items, 1) n ORDER BY p_items[n] LOOP
        SELECT merch_price(name, p_now) INTO v_price FROM merch_items WHERE name = p_items[i] AND on_sale;
        IF v_price IS NULL THEN
            RAISE EXCEPTION 'item % is not for sale', p_items[i] USING ERRCODE = 'MR001';
        END IF;
        UPDATE merch_items SET stock = stock - p_quantities[i] WHERE name = p_items[i] AND stock IS NOT NULL;
        INSERT INTO merch_inventory AS o (user_id, item, quantity) VALUES (p_user_id, p_items[i], p_quantities[i])
        ON CONFLICT (user_id, item) DO UPDATE SET quantity = o.quantity + excluded.quantity;
        v_prices[i] := v_price;
        total := total + v_price * p_quantities[i];
    END LOOP;
    v_account := coins_open(p_user_id, p_first_coins);
    PERFORM ledger_open('systems/merch', 'revenue', 'COIN', 0::smallint, v_part, 'credit', NULL, NULL);
    v_revenue := (ledger_account_ids(
        ARRAY['systems/merch'], ARRAY['revenue'], ARRAY['COIN'], ARRAY[v_part]
    ))[1];
    PERFORM ledger_write(
        purchase_id, 'purchase', ARRAY[v_account, v_revenue], ARRAY[-total, total], NULL,
        jsonb_build_object('items', to_jsonb(p_items), 'quantities', to_jsonb(p_quantities)), NULL, NULL, false
    );
    INSERT INTO merch_purchases (id, user_id, bought_at, total) VALUES (purchase_id, p_user_id, p_now, total);
    INSERT INTO merch_purchase_lines (purchase_id, item, quantity, price)
    SELECT merch_buy.purchase_id, * FROM unnest(p_items, p_quantities, v_prices);
END
$$;

-- Takes back items of a purchase and pays what they cost then.
CREATE FUNCTION merch_return(
    p_user_id uuid, p_purchase_id uuid, p_items text[], p_quantities bigint[], p_scope text, p_key text,
    p_sha256 bytea, OUT transaction_id uuid, OUT replayed boolean, OUT total bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_request ledger_requests;
    v_accounts bigint[];
    v_line merch_purchase_lines;
    i integer;
BEGIN
    transaction_id := uuidv7();
    replayed := false;
    IF p_key <> '' THEN
        v_request := ledger_claim(p_scope, p_key, p_sha256, transaction_id);
        IF v_request.key IS NOT NULL THEN
            transaction_id := v_request.transaction_id;
            replayed := true;
            SELECT max(abs(amount)) INTO STRICT total FROM ledger_postings p
            WHERE p.transaction_id = merch_return.transaction_id;
            RETURN;
        END IF;
    END IF;
    PERFORM FROM merch_purchases WHERE id = p_purchase_id AND user_id = p_user_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no purchase %', p_purchase_id USING ERRCODE = 'LG005';
    END IF;
    total := 0;
    FOR i IN SELECT n FROM generate_subscripts(p_items, 1) n ORDER BY p_items[n] LOOP
        UPDATE merch_purchase_lines SET returned = returned + p_quantities[i]
        WHERE purchase_id = p_purchase_id AND item = p_items[i] RETURNING * INTO v_line;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'item % is not in this purchase', p_items[i] USING ERRCODE = 'MR001';
        END IF;
        UPDATE merch_items SET stock = stock + p_quantities[i] WHERE name = p_items[i] AND stock IS NOT NULL;
        UPDATE merch_inventory SET quantity = quantity - p_quantities[i]
        WHERE user_id = p_user_id AND item = p_items[i];
        total := total + v_line.price * p_quantities[i];
    END LOOP;
    -- Back from where it was paid to.
    SELECT array_agg(account_id ORDER BY line DESC) INTO STRICT v_accounts FROM ledger_postings p
    WHERE p.transaction_id = p_purchase_id;
    PERFORM ledger_write(
        transaction_id, 'return', v_accounts, ARRAY[-total, total], NULL,
        jsonb_build_object('purchase', p_purchase_id), NULL, NULL, false
    );
END
$$;

-- What the staff shop shows a user, of one moment: coins, inventory, and what was sent to whom and came from whom.
CREATE FUNCTION coins_info(p_user_id uuid) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'coins', (
            SELECT credits_posted - debits_posted - debits_pending FROM ledger_accounts
            WHERE owner = 'users/' || p_user_id AND name = 'coins' AND currency = 'COIN' AND part = 0
        ),
        'inventory', (
            SELECT coalesce(json_agg(json_build_object('type', item, 'quantity', quantity) ORDER BY item), '[]')
            FROM merch_inventory WHERE user_id = p_user_id AND quantity > 0
        ),
        'received', (
            SELECT coalesce(json_agg(json_build_object('user', sender_id, 'amount', amount) ORDER BY sender_id), '[]')
            FROM coin_flows WHERE receiver_id = p_user_id AND amount > 0
        ),
        'sent', (
            SELECT coalesce(
                json_agg(json_build_object('user', receiver_id, 'amount', amount) ORDER BY receiver_id), '[]'
            ) FROM coin_flows WHERE sender_id = p_user_id AND amount > 0
        )
    )
$$;
