-- Coins: what users pay each other and the shop with. Balances are accounts of the ledger; here is what it does not say.

-- How much each user sent each other, kept up to date by every transfer: a history grouped by the other user is then as
-- many rows as there are such users, not as there are transfers.
CREATE TABLE coin_flows (
    sender_id   uuid   NOT NULL,
    receiver_id uuid   NOT NULL,
    amount      bigint NOT NULL,
    PRIMARY KEY (sender_id, receiver_id),
    CHECK (receiver_id <> sender_id AND amount >= 0)
) WITH (fillfactor = 70);

CREATE INDEX coin_flows_received ON coin_flows (receiver_id);

-- What a manager did or asked for. Above a limit it waits for a second manager.
CREATE TABLE coin_orders (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    action         text        NOT NULL CHECK (action IN ('grant', 'reversal')),
    user_id        uuid        NOT NULL,
    -- Of a reversal: what is reversed.
    subject_id     uuid,
    amount         bigint      NOT NULL CHECK (amount > 0),
    reason         text        NOT NULL CHECK (char_length(reason) BETWEEN 3 AND 500),
    ordered_by     uuid        NOT NULL,
    ordered_at     timestamptz NOT NULL,
    state          text        NOT NULL CHECK (state IN ('waiting', 'done', 'refused')),
    decided_by     uuid,
    decided_at     timestamptz,
    transaction_id uuid,
    CHECK (decided_by <> ordered_by),
    CHECK ((state = 'done') = (transaction_id IS NOT NULL)),
    CHECK ((action = 'reversal') = (subject_id IS NOT NULL))
);

CREATE INDEX coin_orders_waiting ON coin_orders (id) WHERE state = 'waiting';
CREATE INDEX coin_orders_by_manager ON coin_orders (ordered_by, ordered_at);

-- Opens the account of a user with its first coins, once. Returns the account's id.
CREATE FUNCTION coins_open(p_user_id uuid, p_first_coins bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_owner text := 'users/' || p_user_id;
    v_part smallint := get_byte(uuid_send(p_user_id), 15) % 16;
    v_account_id bigint;
BEGIN
    SELECT id INTO v_account_id FROM ledger_accounts
    WHERE owner = v_owner AND name = 'coins' AND currency = 'COIN' AND part = 0;
    IF FOUND THEN
        RETURN v_account_id;
    END IF;
    PERFORM ledger_open('systems/coins', 'issued', 'COIN', 0::smallint, v_part, 'debit', NULL, NULL);
    IF ledger_open(v_owner, 'coins', 'COIN', 0::smallint, 0::smallint, 'credit', 0, NULL) AND p_first_coins > 0 THEN
        PERFORM ledger_post(
            'welcome', ARRAY['systems/coins', v_owner], ARRAY['issued', 'coins'], ARRAY['COIN', 'COIN'],
            ARRAY[v_part, 0::smallint], ARRAY[-p_first_coins, p_first_coins],
            NULL, '{}', '', '', '', false
        );
    END IF;
    SELECT id INTO STRICT v_account_id FROM ledger_accounts
    WHERE owner = v_owner AND name = 'coins' AND currency = 'COIN' AND part = 0;
    RETURN v_account_id;
END
$$;

-- Moves coins from one user to another in one round trip; accounts that are not open yet are opened.
CREATE FUNCTION coins_transfer(
    p_sender_id uuid, p_receiver_id uuid, p_amount bigint, p_first_coins bigint, p_scope text, p_key text,
    p_sha256 bytea, OUT transaction_id uuid, OUT replayed boolean, OUT balance bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_request ledger_requests;
    v_sender bigint;
    v_receiver bigint;
BEGIN
    transaction_id := uuidv7();
    replayed := false;
    IF p_key <> '' THEN
        v_request := ledger_claim(p_scope, p_key, p_sha256, transaction_id);
        IF v_request.key IS NOT NULL THEN
            transaction_id := v_request.transaction_id;
            replayed := true;
            SELECT p.balance INTO STRICT balance FROM ledger_postings p
            WHERE p.transaction_id = coins_transfer.transaction_id AND line = 1;
            RETURN;
        END IF;
    END IF;
    v_sender := coins_open(p_sender_id, p_first_coins);
    v_receiver := coins_open(p_receiver_id, p_first_coins);
    balance := (ledger_write(
        transaction_id, 'transfer', ARRAY[v_sender, v_receiver], ARRAY[-p_amount, p_amount], NULL, '{}', NULL, NULL,
        false
    ))[1];
    INSERT INTO coin_flows AS f (sender_id, receiver_id, amount) VALUES (p_sender_id, p_receiver_id, p_amount)
    ON CONFLICT (sender_id, receiver_id) DO UPDATE SET amount = f.amount + excluded.amount;
END
$$;
