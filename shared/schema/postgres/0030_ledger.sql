-- The ledger: double entry, and the only tables that know how much money anybody has.
--
--   ledger_currencies ─ ledger_accounts ─┬─ ledger_postings ─── ledger_transactions ─── ledger_blocks
--                                        └─ ledger_holds        ledger_requests
--
-- A transaction is a list of postings whose amounts sum to zero in each currency: negative debits an account, positive
-- credits it. Transactions and postings are never changed. A mistake is corrected by a reversal, at most one for each
-- transaction. All amounts are integers in the minor unit of their currency.
--
-- An account counts what was posted to it and what holds reserve (`…_pending`), for debits and credits apart. Its balance
-- is read from its normal side: credits less debits for what the platform owes (a user's coins), debits less credits for
-- what the platform has (cash, coins that were issued). Its limits are CHECKs, and count holds.
--
-- Nothing but the functions of this file writes these tables. `shared/adapters/postgres/ledger.py` calls them, and SQL
-- functions of other areas that post in the same round trip. They lock rows in one order: the request's key, the hold,
-- then accounts by id, so no two of them wait for each other. Postings and transactions have no foreign keys: the rows they name are locked, or were written, by the same
-- function, and `touchline ledger verify` proves what a foreign key would.

CREATE TABLE ledger_currencies (
    code  text     PRIMARY KEY CHECK (code ~ '^[A-Z][A-Z0-9]{2,7}$'),
    -- Digits behind the point: 2 for EUR, 0 for COIN.
    scale smallint NOT NULL CHECK (scale BETWEEN 0 AND 9)
);

CREATE TYPE ledger_side AS ENUM ('debit', 'credit');
-- A frozen account is only credited. One that is closing is too, until it is empty and no hold is left; then it is closed
-- and takes part in nothing.
CREATE TYPE ledger_account_state AS ENUM ('open', 'frozen', 'closing', 'closed');

-- Few CHECKs, and short ones: each UPDATE reads all of them anew from their text, which for longer ones took longer than
-- the update. So limits are kept for credits less debits (`net_…`), whatever the normal side: a minimum of a debit account
-- is its `net_maximum` with the other sign. What never changes (names, parts) is checked by `ledger_open`.
CREATE TABLE ledger_accounts (
    id               bigint               GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Such as users/0199…: an id, never a name, as what is written here stays.
    owner            text                 NOT NULL,
    name             text                 NOT NULL,
    currency         text                 NOT NULL REFERENCES ledger_currencies (code),
    -- An account that everybody pays into has several rows, so that payers do not wait for each other.
    part             smallint             NOT NULL DEFAULT 0,
    normal_side      ledger_side          NOT NULL,
    debits_posted    bigint               NOT NULL DEFAULT 0,
    credits_posted   bigint               NOT NULL DEFAULT 0,
    debits_pending   bigint               NOT NULL DEFAULT 0,
    credits_pending  bigint               NOT NULL DEFAULT 0,
    -- The lowest and the highest of credits less debits; NULL is no limit.
    net_minimum      bigint,
    net_maximum      bigint,
    n_postings       bigint               NOT NULL DEFAULT 0,
    state            ledger_account_state NOT NULL DEFAULT 'open',
    opened_at        timestamptz          NOT NULL DEFAULT now(),
    state_changed_at timestamptz          NOT NULL DEFAULT now(),
    UNIQUE (owner, name, currency, part),
    CONSTRAINT ledger_accounts_pending CHECK (least(debits_pending, credits_pending) >= 0),
    CONSTRAINT ledger_accounts_minimum CHECK (credits_posted - debits_posted - debits_pending >= net_minimum),
    CONSTRAINT ledger_accounts_maximum CHECK (credits_posted - debits_posted + credits_pending <= net_maximum)
-- Room for new versions of a row on its own page, as balances change all the time and no index holds them.
) WITH (fillfactor = 70);

CREATE TABLE ledger_transactions (
    id           uuid        PRIMARY KEY DEFAULT uuidv7(),
    -- Of the database transaction that wrote it: what commits late is still sealed after what committed before.
    xid          xid8        NOT NULL DEFAULT pg_current_xact_id(),
    kind         text        NOT NULL CHECK (char_length(kind) <= 40),
    booked_at    timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    reverses     uuid,
    hold_id      uuid,
    detail       jsonb       NOT NULL DEFAULT '{}'
);

CREATE INDEX ledger_transactions_in_order ON ledger_transactions (xid, id);
CREATE UNIQUE INDEX ledger_transactions_reverses ON ledger_transactions (reverses) WHERE reverses IS NOT NULL;

CREATE TABLE ledger_postings (
    account_id     bigint   NOT NULL,
    -- Of the account's postings, without a gap.
    number         bigint   NOT NULL,
    transaction_id uuid     NOT NULL,
    line           smallint NOT NULL,
    amount         bigint   NOT NULL,
    -- Of the account, after this posting.
    balance        bigint   NOT NULL,
    PRIMARY KEY (account_id, number)
);

CREATE INDEX ledger_postings_transaction ON ledger_postings (transaction_id);

CREATE TABLE ledger_holds (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    debit_account  bigint      NOT NULL,
    credit_account bigint      NOT NULL CHECK (credit_account <> debit_account),
    amount         bigint      NOT NULL CHECK (amount > 0),
    held_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    state          text        NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'captured', 'released', 'expired')),
    resolved_at    timestamptz,
    captured       bigint      NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
    transaction_id uuid,
    detail         jsonb       NOT NULL DEFAULT '{}',
    CHECK ((state = 'pending') = (resolved_at IS NULL)),
    CHECK ((state = 'captured') = (captured > 0)),
    CHECK ((state = 'captured') = (transaction_id IS NOT NULL))
);

CREATE INDEX ledger_holds_due ON ledger_holds (expires_at) WHERE state = 'pending';

-- Requests that moved something, by caller and operation; forgotten after a stated time, so that the table stays small.
CREATE TABLE ledger_requests (
    scope          text        NOT NULL,
    key            text        NOT NULL,
    sha256         bytea       NOT NULL,
    transaction_id uuid        NOT NULL,
    claimed_at     timestamptz NOT NULL DEFAULT now(),
    -- What was answered, where the transaction alone does not say it.
    response       json,
    PRIMARY KEY (scope, key),
    CHECK (char_length(scope) <= 200 AND char_length(key) BETWEEN 1 AND 255 AND octet_length(sha256) = 32)
);

CREATE INDEX ledger_requests_claimed_at ON ledger_requests (claimed_at);

-- Transactions in the order in which they were committed, and a hash over them and over the block before: what is
-- changed later no longer fits. Made by the clock, as a chain in the hot path would let one writer in at a time.
CREATE TABLE ledger_blocks (
    number           bigint      PRIMARY KEY CHECK (number > 0),
    first_xid        xid8        NOT NULL,
    first_id         uuid        NOT NULL,
    last_xid         xid8        NOT NULL,
    last_id          uuid        NOT NULL,
    n_transactions   integer     NOT NULL CHECK (n_transactions > 0),
    n_postings       integer     NOT NULL CHECK (n_postings > 0),
    previous_sha256  bytea       NOT NULL CHECK (octet_length(previous_sha256) = 32),
    sha256           bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    sealed_at        timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only ever added to' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER ledger_transactions_are_kept
    BEFORE UPDATE OR DELETE ON ledger_transactions FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_postings_are_kept
    BEFORE UPDATE OR DELETE ON ledger_postings FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_blocks_are_kept
    BEFORE UPDATE OR DELETE ON ledger_blocks FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_accounts_are_kept
    BEFORE DELETE ON ledger_accounts FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();

-- Errors of the functions, by SQLSTATE; `shared/adapters/postgres/ledger.py` has the same list.
--   LG001 no such account         LG002 the account is frozen or closed    LG003 the postings do not balance
--   LG004 key of another request  LG005 no such transaction or hold        LG006 reversed already
--   LG007 the hold is resolved    LG008 the account differs from the one that is opened, or is not empty
-- Limits are the CHECKs of `ledger_accounts`, reported by their names.

-- Opens an account; one that is there already must be the same. Whether it is new.
CREATE FUNCTION ledger_open(
    p_owner text, p_name text, p_currency text, p_scale smallint, p_part smallint, p_normal_side text,
    p_minimum bigint, p_maximum bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_account ledger_accounts;
BEGIN
    SELECT * INTO v_account FROM ledger_accounts
    WHERE owner = p_owner AND name = p_name AND currency = p_currency AND part = p_part;
    IF NOT FOUND THEN
        IF char_length(p_owner) NOT BETWEEN 3 AND 100 OR char_length(p_name) NOT BETWEEN 1 AND 40
            OR p_part NOT BETWEEN 0 AND 255 THEN
            RAISE EXCEPTION 'an owner has 3 to 100 characters, an account''s name 1 to 40' USING ERRCODE = 'LG003';
        END IF;
        INSERT INTO ledger_currencies (code, scale) VALUES (p_currency, p_scale) ON CONFLICT DO NOTHING;
        PERFORM FROM ledger_currencies WHERE code = p_currency AND scale = p_scale;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'currency % has another scale', p_currency USING ERRCODE = 'LG008';
        END IF;
        INSERT INTO ledger_accounts (owner, name, currency, part, normal_side, net_minimum, net_maximum)
        VALUES (
            p_owner, p_name, p_currency, p_part, p_normal_side::ledger_side,
            CASE p_normal_side WHEN 'credit' THEN p_minimum ELSE -p_maximum END,
            CASE p_normal_side WHEN 'credit' THEN p_maximum ELSE -p_minimum END
        ) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            RETURN true;
        END IF;
        SELECT * INTO v_account FROM ledger_accounts
        WHERE owner = p_owner AND name = p_name AND currency = p_currency AND part = p_part;
    END IF;
    IF v_account.normal_side <> p_normal_side::ledger_side THEN
        RAISE EXCEPTION 'account %/% has another normal side', p_owner, p_name USING ERRCODE = 'LG008';
    END IF;
    RETURN false;
END
$$;

-- Claims a key for a request. NULL: the request is new, and `p_transaction_id` is its transaction. Else the row of the
-- first request. A request that is under way is waited for, so that most callers get its answer instead of a refusal.
CREATE FUNCTION ledger_claim(p_scope text, p_key text, p_sha256 bytea, p_transaction_id uuid)
RETURNS ledger_requests LANGUAGE plpgsql SET lock_timeout TO '2s' AS $$
DECLARE
    v_request ledger_requests;
BEGIN
    INSERT INTO ledger_requests (scope, key, sha256, transaction_id)
    VALUES (p_scope, p_key, p_sha256, p_transaction_id)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT v_request FROM ledger_requests WHERE scope = p_scope AND key = p_key;
    IF v_request.sha256 <> p_sha256 THEN
        RAISE EXCEPTION 'the idempotency key was used for another request' USING ERRCODE = 'LG004';
    END IF;
    RETURN v_request;
END
$$;

-- The ids of accounts, in the order in which they are named.
CREATE FUNCTION ledger_account_ids(p_owners text[], p_names text[], p_currencies text[], p_parts smallint[])
RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_ids bigint[] := p_parts;
    v_id bigint;
BEGIN
    FOR i IN 1 .. cardinality(p_owners) LOOP
        SELECT id INTO v_id FROM ledger_accounts
        WHERE owner = p_owners[i] AND name = p_names[i] AND currency = p_currencies[i] AND part = p_parts[i];
        IF v_id IS NULL THEN
            RAISE EXCEPTION 'no account %/%/%', p_owners[i], p_names[i], p_currencies[i]
                USING ERRCODE = 'LG001', DETAIL = p_owners[i];
        END IF;
        v_ids[i] := v_id;
    END LOOP;
    RETURN v_ids;
END
$$;

-- Writes a transaction: the one place where balances move. The balances after it, line by line. `p_enforced` is for
-- what must happen to a frozen account too, such as a reversal.
CREATE FUNCTION ledger_write(
    p_id uuid, p_kind text, p_accounts bigint[], p_amounts bigint[], p_effective_at timestamptz, p_detail jsonb,
    p_reverses uuid, p_hold_id uuid, p_enforced boolean
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    v_balances bigint[] := p_amounts;
    v_booked_at timestamptz;
    v_sum bigint := 0;
    v_currency text;
    v_n_currencies integer := 0;
    v_account record;
    v_order integer[];
    i integer;
BEGIN
    IF cardinality(p_accounts) IS DISTINCT FROM cardinality(p_amounts) OR cardinality(p_accounts) < 2 THEN
        RAISE EXCEPTION 'a transaction has two postings or more' USING ERRCODE = 'LG003';
    END IF;
    -- By the accounts' ids: the order in which rows are locked.
    IF cardinality(p_accounts) = 2 THEN
        v_order := CASE WHEN p_accounts[1] <= p_accounts[2] THEN '{1,2}'::integer[] ELSE '{2,1}'::integer[] END;
    ELSE
        v_order := ARRAY(SELECT n FROM generate_subscripts(p_accounts, 1) n ORDER BY p_accounts[n], n);
    END IF;
    FOREACH i IN ARRAY v_order LOOP
        UPDATE ledger_accounts
        SET debits_posted = debits_posted + greatest(-p_amounts[i], 0),
            credits_posted = credits_posted + greatest(p_amounts[i], 0),
            n_postings = n_postings + 1
        WHERE id = p_accounts[i] AND state <> 'closed'
        RETURNING owner, currency, state, n_postings,
            CASE normal_side WHEN 'credit' THEN credits_posted - debits_posted ELSE debits_posted - credits_posted END
            AS balance
        INTO v_account;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the account is closed' USING ERRCODE = 'LG002';
        END IF;
        IF v_account.state <> 'open' AND p_amounts[i] < 0 AND NOT p_enforced THEN
            RAISE EXCEPTION 'the account is %', v_account.state USING ERRCODE = 'LG002', DETAIL = v_account.owner;
        END IF;
        INSERT INTO ledger_postings (account_id, number, transaction_id, line, amount, balance)
        VALUES (p_accounts[i], v_account.n_postings, p_id, i, p_amounts[i], v_account.balance);
        v_balances[i] := v_account.balance;
        IF p_amounts[i] = 0 THEN
            RAISE EXCEPTION 'an amount is not zero' USING ERRCODE = 'LG003';
        END IF;
        v_sum := v_sum + p_amounts[i];
        IF v_currency IS DISTINCT FROM v_account.currency THEN
            v_n_currencies := v_n_currencies + 1;
            v_currency := v_account.currency;
        END IF;
    END LOOP;
    IF v_n_currencies > 1 THEN
        SELECT max(abs(total)) INTO v_sum FROM (
            SELECT sum(amount) AS total FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
            WHERE transaction_id = p_id GROUP BY currency
        ) sums;
    END IF;
    IF v_sum <> 0 THEN
        RAISE EXCEPTION 'the amounts do not sum to zero in each currency' USING ERRCODE = 'LG003';
    END IF;
    -- Taken with all locks held, so that it never runs backwards within an account.
    v_booked_at := clock_timestamp();
    INSERT INTO ledger_transactions (id, kind, booked_at, effective_at, reverses, hold_id, detail)
    VALUES (p_id, p_kind, v_booked_at, coalesce(p_effective_at, v_booked_at), p_reverses, p_hold_id, p_detail);
    RETURN v_balances;
END
$$;

-- Posts a transaction of named accounts, once for each key: its id, and whether a request before has posted it.
CREATE FUNCTION ledger_post(
    p_kind text, p_owners text[], p_names text[], p_currencies text[], p_parts smallint[], p_amounts bigint[],
    p_effective_at timestamptz, p_detail jsonb, p_scope text, p_key text, p_sha256 bytea, p_enforced boolean,
    OUT transaction_id uuid, OUT replayed boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_request ledger_requests;
BEGIN
    transaction_id := uuidv7();
    replayed := false;
    IF p_key <> '' THEN
        v_request := ledger_claim(p_scope, p_key, p_sha256, transaction_id);
        IF v_request.key IS NOT NULL THEN
            transaction_id := v_request.transaction_id;
            replayed := true;
            RETURN;
        END IF;
    END IF;
    PERFORM ledger_write(
        transaction_id, p_kind, ledger_account_ids(p_owners, p_names, p_currencies, p_parts), p_amounts,
        p_effective_at, p_detail, NULL, NULL, p_enforced
    );
END
$$;

-- Posts the opposite of a transaction; of two who try, the second is refused (LG006).
CREATE FUNCTION ledger_reverse(p_transaction_id uuid, p_kind text, p_effective_at timestamptz, p_detail jsonb)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := uuidv7();
    v_original ledger_transactions;
    v_accounts bigint[];
    v_amounts bigint[];
BEGIN
    SELECT * INTO v_original FROM ledger_transactions WHERE id = p_transaction_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no transaction %', p_transaction_id USING ERRCODE = 'LG005';
    END IF;
    IF v_original.reverses IS NOT NULL THEN
        RAISE EXCEPTION 'transaction % is a reversal itself', p_transaction_id USING ERRCODE = 'LG006';
    END IF;
    PERFORM FROM ledger_transactions WHERE reverses = p_transaction_id;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % was reversed before', p_transaction_id USING ERRCODE = 'LG006';
    END IF;
    SELECT array_agg(account_id ORDER BY line), array_agg(-amount ORDER BY line) INTO v_accounts, v_amounts
    FROM ledger_postings WHERE transaction_id = p_transaction_id;
    PERFORM ledger_write(v_id, p_kind, v_accounts, v_amounts, p_effective_at, p_detail, p_transaction_id, NULL, true);
    RETURN v_id;
END
$$;

-- Adds to what holds reserve on two accounts, in the order of their ids; a negative amount takes it back.
CREATE FUNCTION ledger_reserve(p_debit_account bigint, p_credit_account bigint, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_account record;
    v_currency text;
    v_id bigint;
BEGIN
    FOREACH v_id IN ARRAY ARRAY[least(p_debit_account, p_credit_account), greatest(p_debit_account, p_credit_account)]
    LOOP
        UPDATE ledger_accounts
        SET debits_pending = debits_pending + CASE WHEN id = p_debit_account THEN p_amount ELSE 0 END,
            credits_pending = credits_pending + CASE WHEN id = p_credit_account THEN p_amount ELSE 0 END
        WHERE id = v_id AND state <> 'closed'
        RETURNING owner, currency, state INTO v_account;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the account is closed' USING ERRCODE = 'LG002';
        END IF;
        IF p_amount > 0 AND v_account.state <> 'open' AND v_id = p_debit_account THEN
            RAISE EXCEPTION 'the account is %', v_account.state USING ERRCODE = 'LG002', DETAIL = v_account.owner;
        END IF;
        IF v_currency <> v_account.currency THEN
            RAISE EXCEPTION 'a hold has one currency' USING ERRCODE = 'LG003';
        END IF;
        v_currency := v_account.currency;
    END LOOP;
END
$$;

-- Brings an account into a state, all parts of it. Only an empty account without holds is closed.
CREATE FUNCTION ledger_set_state(p_owner text, p_name text, p_currency text, p_state text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_account record;
    v_found boolean := false;
BEGIN
    FOR v_account IN
        UPDATE ledger_accounts SET state = p_state::ledger_account_state, state_changed_at = clock_timestamp()
        WHERE owner = p_owner AND name = p_name AND currency = p_currency
        RETURNING credits_posted - debits_posted AS net, debits_pending + credits_pending AS pending
    LOOP
        v_found := true;
        IF p_state = 'closed' AND (v_account.net <> 0 OR v_account.pending <> 0) THEN
            RAISE EXCEPTION 'the account is not empty' USING ERRCODE = 'LG008';
        END IF;
    END LOOP;
    IF NOT v_found THEN
        RAISE EXCEPTION 'no account %/%/%', p_owner, p_name, p_currency USING ERRCODE = 'LG001', DETAIL = p_owner;
    END IF;
END
$$;

-- Reserves an amount of one account for another. Returns the hold's id.
CREATE FUNCTION ledger_hold(
    p_owners text[], p_names text[], p_currencies text[], p_parts smallint[], p_amount bigint, p_lasts interval,
    p_detail jsonb
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := uuidv7();
    v_accounts bigint[] := ledger_account_ids(p_owners, p_names, p_currencies, p_parts);
BEGIN
    INSERT INTO ledger_holds (id, debit_account, credit_account, amount, held_at, expires_at, detail)
    VALUES (v_id, v_accounts[1], v_accounts[2], p_amount, clock_timestamp(), clock_timestamp() + p_lasts, p_detail);
    PERFORM ledger_reserve(v_accounts[1], v_accounts[2], p_amount);
    RETURN v_id;
END
$$;

-- Posts a hold's amount or a part of it; the rest is released. The same capture again is answered with its transaction.
CREATE FUNCTION ledger_capture(
    p_hold_id uuid, p_amount bigint, p_kind text, p_effective_at timestamptz, p_detail jsonb,
    OUT transaction_id uuid, OUT replayed boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_hold ledger_holds;
BEGIN
    SELECT * INTO v_hold FROM ledger_holds WHERE id = p_hold_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hold %', p_hold_id USING ERRCODE = 'LG005';
    END IF;
    replayed := v_hold.state = 'captured' AND v_hold.captured = p_amount;
    IF replayed THEN
        transaction_id := v_hold.transaction_id;
        RETURN;
    END IF;
    IF v_hold.state <> 'pending' THEN
        RAISE EXCEPTION 'hold % is %', p_hold_id, v_hold.state USING ERRCODE = 'LG007';
    END IF;
    IF v_hold.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'hold % is expired', p_hold_id USING ERRCODE = 'LG007';
    END IF;
    IF p_amount NOT BETWEEN 1 AND v_hold.amount THEN
        RAISE EXCEPTION 'a capture is at least 1 and at most the % that are held', v_hold.amount
            USING ERRCODE = 'LG003';
    END IF;
    transaction_id := uuidv7();
    UPDATE ledger_holds h
    SET state = 'captured', resolved_at = clock_timestamp(), captured = p_amount,
        transaction_id = ledger_capture.transaction_id
    WHERE id = p_hold_id;
    PERFORM ledger_reserve(v_hold.debit_account, v_hold.credit_account, -v_hold.amount);
    PERFORM ledger_write(
        transaction_id, p_kind, ARRAY[v_hold.debit_account, v_hold.credit_account], ARRAY[-p_amount, p_amount],
        p_effective_at, p_detail, NULL, p_hold_id, true
    );
END
$$;

-- Gives back what a hold reserves. Whether it did: not again, and not once it is expired; a captured hold is refused.
CREATE FUNCTION ledger_release(p_hold_id uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_hold ledger_holds;
BEGIN
    SELECT * INTO v_hold FROM ledger_holds WHERE id = p_hold_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hold %', p_hold_id USING ERRCODE = 'LG005';
    END IF;
    IF v_hold.state = 'captured' THEN
        RAISE EXCEPTION 'hold % is captured', p_hold_id USING ERRCODE = 'LG007';
    END IF;
    IF v_hold.state <> 'pending' THEN
        RETURN false;
    END IF;
    UPDATE ledger_holds SET state = 'released', resolved_at = clock_timestamp() WHERE id = p_hold_id;
    PERFORM ledger_reserve(v_hold.debit_account, v_hold.credit_account, -v_hold.amount);
    RETURN true;
END
$$;

-- Ends holds whose time is over: how many. Accounts are locked in the order of their ids over all of these holds.
CREATE FUNCTION ledger_expire(p_at_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_ids uuid[];
    v_account record;
BEGIN
    SELECT array_agg(id) INTO v_ids FROM (
        SELECT id FROM ledger_holds WHERE state = 'pending' AND expires_at <= clock_timestamp()
        ORDER BY expires_at LIMIT p_at_most FOR UPDATE SKIP LOCKED
    ) due;
    IF v_ids IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE ledger_holds SET state = 'expired', resolved_at = clock_timestamp() WHERE id = ANY (v_ids);
    FOR v_account IN
        SELECT account_id, sum(debit) AS debit, sum(credit) AS credit FROM (
            SELECT debit_account AS account_id, amount AS debit, 0 AS credit FROM ledger_holds WHERE id = ANY (v_ids)
            UNION ALL
            SELECT credit_account, 0, amount FROM ledger_holds WHERE id = ANY (v_ids)
        ) reserved GROUP BY account_id ORDER BY account_id
    LOOP
        UPDATE ledger_accounts
        SET debits_pending = debits_pending - v_account.debit, credits_pending = credits_pending - v_account.credit
        WHERE id = v_account.account_id;
    END LOOP;
    RETURN cardinality(v_ids);
END
$$;

-- The bytes of one transaction that its block's hash is made of; every part of variable length says how long it is.
-- Stable, so that it is written out where it is called.
CREATE FUNCTION ledger_bytes(p_transaction ledger_transactions, p_postings bytea) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT uuid_send(p_transaction.id)
        || timestamptz_send(p_transaction.booked_at) || timestamptz_send(p_transaction.effective_at)
        || coalesce(uuid_send(p_transaction.reverses), '\x00') || coalesce(uuid_send(p_transaction.hold_id), '\x00')
        || int4send(octet_length(p_transaction.kind)) || convert_to(p_transaction.kind, 'UTF8')
        || int4send(octet_length(p_transaction.detail::text)) || convert_to(p_transaction.detail::text, 'UTF8')
        || int4send(octet_length(p_postings)) || p_postings
$$;

-- The transactions from one place in the order of commits to another, with the bytes and sums of their postings. Postings
-- are read once through by the ids of their transactions, which grow with time: one by one would take ten times as long.
CREATE FUNCTION ledger_range(p_first_xid xid8, p_first_id uuid, p_last_xid xid8, p_last_id uuid)
RETURNS TABLE (
    xid xid8, id uuid, bytes bytea, n_postings bigint, in_balance boolean, numbers numeric, amounts numeric,
    effective bigint
) LANGUAGE sql STABLE AS $$
    WITH wanted AS MATERIALIZED (
        SELECT t FROM ledger_transactions t
        WHERE (t.xid, t.id) >= (p_first_xid, p_first_id) AND (t.xid, t.id) <= (p_last_xid, p_last_id)
    ), written AS (
        SELECT transaction_id, count(*) AS n, sum(amount) = 0 AS in_balance, sum(number) AS numbers,
            sum(abs(amount)) AS amounts,
            string_agg(
                int8send(account_id) || int8send(number) || int8send(amount) || int8send(balance), '' ORDER BY line
            ) AS bytes
        FROM ledger_postings
        WHERE transaction_id >= (SELECT (t).id FROM wanted ORDER BY (t).id LIMIT 1)
            AND transaction_id <= (SELECT (t).id FROM wanted ORDER BY (t).id DESC LIMIT 1)
        GROUP BY transaction_id
    )
    SELECT (t).xid, (t).id, ledger_bytes(t, coalesce(p.bytes, '')), coalesce(p.n, 0), coalesce(p.in_balance, false),
        coalesce(p.numbers, 0), coalesce(p.amounts, 0),
        coalesce(p.n, 0) * (extract(epoch FROM (t).effective_at) * 1000000)::bigint
    FROM wanted LEFT JOIN written p ON p.transaction_id = (t).id
$$;

-- What blocks hold, beside what they say: `unbroken` tells whether the hash is right, `complete` whether transactions
-- and postings are as many, `in_balance` whether each transaction sums to zero. The sums are what the projection has too.
CREATE FUNCTION ledger_check(p_first bigint, p_last bigint)
RETURNS TABLE (
    number bigint, sealed_at timestamptz, unbroken boolean, complete boolean, in_balance boolean, n_postings bigint,
    numbers numeric, amounts numeric, effective numeric
) LANGUAGE sql STABLE AS $$
    WITH blocks AS MATERIALIZED (
        SELECT * FROM ledger_blocks WHERE number BETWEEN p_first AND p_last
    ), ends AS (
        SELECT (array_agg(first_xid ORDER BY number))[1] AS first_xid, (array_agg(first_id ORDER BY number))[1] AS first_id,
            (array_agg(last_xid ORDER BY number DESC))[1] AS last_xid,
            (array_agg(last_id ORDER BY number DESC))[1] AS last_id
        FROM blocks
    ), placed AS (
        -- A transaction is in the last block that begins at or before it.
        SELECT max(begins) OVER (ORDER BY xid, id, begins ROWS UNBOUNDED PRECEDING) AS block, rows.*
        FROM (
            SELECT number, first_xid, first_id, NULL, NULL, NULL, NULL, NULL, NULL FROM blocks
            UNION ALL
            SELECT NULL, r.* FROM ends, LATERAL ledger_range(first_xid, first_id, last_xid, last_id) r
        ) rows (begins, xid, id, bytes, n_postings, in_balance, numbers, amounts, effective)
    )
    SELECT b.number, b.sealed_at,
        coalesce(b.sha256 = sha256(b.previous_sha256 || string_agg(t.bytes, '' ORDER BY t.xid, t.id)), false),
        b.n_transactions = count(t.id) AND b.n_postings = sum(t.n_postings), coalesce(bool_and(t.in_balance), false),
        coalesce(sum(t.n_postings), 0)::bigint, coalesce(sum(t.numbers), 0), coalesce(sum(t.amounts), 0),
        coalesce(sum(t.effective), 0)
    FROM blocks b LEFT JOIN placed t ON t.block = b.number AND t.begins IS NULL
    GROUP BY b.number, b.sealed_at, b.sha256, b.previous_sha256, b.n_transactions, b.n_postings
    ORDER BY b.number
$$;

-- Seals what was committed since the last block: the new block's number, or NULL when there is nothing to seal. Only
-- transactions older than any that still runs are taken, so none can commit later with a place before them.
CREATE FUNCTION ledger_seal(p_transactions_at_most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_last ledger_blocks;
    v_new ledger_blocks;
BEGIN
    -- Who finds another at work leaves the rest to it.
    IF NOT pg_try_advisory_xact_lock(7266102013) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_last FROM ledger_blocks ORDER BY number DESC LIMIT 1;
    v_last.number := coalesce(v_last.number, 0);
    v_new.number := v_last.number + 1;
    v_new.previous_sha256 := coalesce(v_last.sha256, decode(repeat('00', 32), 'hex'));
    SELECT min(xid), max(xid), count(*),
        (array_agg(id ORDER BY xid, id))[1], (array_agg(id ORDER BY xid DESC, id DESC))[1]
    INTO v_new.first_xid, v_new.last_xid, v_new.n_transactions, v_new.first_id, v_new.last_id
    FROM (
        SELECT xid, id FROM ledger_transactions
        WHERE (xid, id) > (coalesce(v_last.last_xid, '0'), coalesce(v_last.last_id, '00000000-0000-0000-0000-000000000000'::uuid))
            AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT p_transactions_at_most
    ) fresh;
    IF v_new.n_transactions = 0 THEN
        RETURN NULL;
    END IF;
    SELECT sha256(v_new.previous_sha256 || string_agg(r.bytes, '' ORDER BY r.xid, r.id)), sum(r.n_postings)
    INTO v_new.sha256, v_new.n_postings
    FROM ledger_range(v_new.first_xid, v_new.first_id, v_new.last_xid, v_new.last_id) r;
    v_new.sealed_at := clock_timestamp();
    INSERT INTO ledger_blocks SELECT v_new.*;
    RETURN v_new.number;
END
$$;

-- Changes the limits of an account; the CHECKs refuse limits that its balance already breaks.
CREATE FUNCTION ledger_set_limits(
    p_owner text, p_name text, p_currency text, p_minimum bigint, p_maximum bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_accounts
    SET net_minimum = CASE normal_side WHEN 'credit' THEN p_minimum ELSE -p_maximum END,
        net_maximum = CASE normal_side WHEN 'credit' THEN p_maximum ELSE -p_minimum END
    WHERE owner = p_owner AND name = p_name AND currency = p_currency;
END
$$;
