-- Accounts, second part: the whole life of a user.
--
--   users ─┬─ contacts        e-mail addresses and phone numbers, each proven or not
--          └─ sessions ──── refresh_tokens    one login, and the chain of tokens that prolongs it
--   outbox          facts that others act on, in the transaction that made them true
--   audit_trail     who did what, when, from where
--
-- State   new ─► contact_verified ─► active       registered; a contact is proven; the identity is approved
--          └──────────┴────────────────┴─► blocked ─► deleted       or deleted at once
-- blocked and deleted are terminal: nobody logs in or refreshes from there; of a blocked user only erasure is left.
-- `shared.domain.accounts.MOVES` says the same and a test compares the two. The trigger below refuses every other
-- move, so that no statement can get it wrong. A deletion with a period of grace is `deletion_due_at`: until then
-- the state stands and the user may come back.
--
-- Sessions end at `expires_at` whatever happens (absolute limit); a session's newest refresh token expires earlier
-- when it is not used (idle limit: `refresh_tokens.expires_at`). Access tokens name their session (`sid`).
--
-- Not here: signing keys (the environment, see shared/keys.py), throttles and revoked access tokens (Valkey, they
-- may be forgotten after minutes).

ALTER TABLE users
    ADD COLUMN state             text        NOT NULL DEFAULT 'new'
        CHECK (state IN ('new', 'contact_verified', 'active', 'blocked', 'deleted')),
    ADD COLUMN state_changed_at  timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN deletion_due_at   timestamptz,
    -- What a reader would take the name for, whatever script it is written in; NULL for names older than that rule.
    ADD COLUMN username_skeleton text UNIQUE,
    -- Erasure takes the hash away; everyone else has one.
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD CONSTRAINT users_password_hash_kept CHECK (password_hash IS NOT NULL OR state = 'deleted');

-- Operators are made by the migration itself, from the environment: somebody has vouched for them.
UPDATE users SET state = 'active' WHERE 'operator' = ANY (roles);

CREATE FUNCTION users_state_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('new', 'contact_verified'), ('contact_verified', 'active'),
        ('new', 'blocked'), ('contact_verified', 'blocked'), ('active', 'blocked'),
        ('new', 'deleted'), ('contact_verified', 'deleted'), ('active', 'deleted'), ('blocked', 'deleted')
    ) THEN
        RAISE EXCEPTION 'a user who is % cannot become %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'users_state_moves';
    END IF;
    NEW.state_changed_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER users_state_moves
    BEFORE UPDATE OF state ON users
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION users_state_moves();

-- An address may stand unproven with many users, so registering it tells nobody whose it is; proven it is one user's.
CREATE TABLE contacts (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    user_id        uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind           text        NOT NULL CHECK (kind IN ('email', 'phone')),
    address        text        NOT NULL CHECK (char_length(address) BETWEEN 3 AND 254),
    -- `shared.domain.contacts`: what two spellings of one address have in common.
    address_folded text        NOT NULL CHECK (address_folded <> ''),
    created_at     timestamptz NOT NULL DEFAULT now(),
    verified_at    timestamptz,
    UNIQUE (user_id, kind, address_folded)
);

CREATE UNIQUE INDEX contacts_verified ON contacts (kind, address_folded) WHERE verified_at IS NOT NULL;

ALTER TABLE sessions
    -- As its owner sees it in the list of sessions.
    ADD COLUMN device       text        NOT NULL DEFAULT '' CHECK (char_length(device) <= 64),
    ADD COLUMN user_agent   text        NOT NULL DEFAULT '' CHECK (char_length(user_agent) <= 200),
    ADD COLUMN address      inet,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN expires_at   timestamptz,
    DROP CONSTRAINT sessions_revoked_reason_check,
    ADD CONSTRAINT sessions_revoked_reason_check CHECK (
        revoked_reason IN ('logout', 'reuse', 'revoked', 'password_changed', 'blocked', 'deleted')
    );

UPDATE sessions SET last_used_at = created_at, expires_at = created_at + interval '180 days';

ALTER TABLE sessions
    ALTER COLUMN last_used_at SET NOT NULL,
    ALTER COLUMN expires_at SET NOT NULL,
    ADD CONSTRAINT sessions_end_after_they_begin CHECK (expires_at > created_at);

-- Relayed in order of `position`; a row stays after its delivery until the relay tidies up. The id is made from what
-- happened, so the same fact told twice is one row and one event.
CREATE TABLE outbox (
    position     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source       text        NOT NULL,
    event_id     text        NOT NULL,
    type         text        NOT NULL,
    subject      text        NOT NULL DEFAULT '',
    occurred_at  timestamptz NOT NULL,
    data         json        NOT NULL,
    delivered_at timestamptz,
    UNIQUE (source, event_id)
);

CREATE INDEX outbox_waiting ON outbox (position) WHERE delivered_at IS NULL;

-- No foreign keys: what was done stays known when the user is gone. `detail` never holds a secret, a token or a code.
CREATE TABLE audit_trail (
    id          uuid        PRIMARY KEY DEFAULT uuidv7(),
    at          timestamptz NOT NULL DEFAULT now(),
    -- NULL: a stranger, such as who tried to log in.
    actor_id    uuid,
    actor_kind  text        NOT NULL CHECK (actor_kind IN ('stranger', 'user', 'operator', 'service')),
    action      text        NOT NULL CHECK (action ~ '^[a-z]+(\.[a-z_]+)+$'),
    outcome     text        NOT NULL CHECK (outcome IN ('done', 'refused')),
    -- Whom it was done to.
    user_id     uuid,
    address     inet,
    user_agent  text        NOT NULL DEFAULT '' CHECK (char_length(user_agent) <= 200),
    detail      json        NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_trail_user ON audit_trail (user_id, at);
CREATE INDEX audit_trail_actor ON audit_trail (actor_id, at);

CREATE FUNCTION audit_trail_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_trail_is_kept
    BEFORE UPDATE OR DELETE ON audit_trail
    FOR EACH STATEMENT EXECUTE FUNCTION audit_trail_is_kept();
