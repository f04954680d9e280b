-- Accounts: who may log in, and the sessions they hold.

CREATE TABLE users (
    id              uuid        PRIMARY KEY DEFAULT uuidv7(),
    username        text        NOT NULL CHECK (char_length(username) BETWEEN 3 AND 64),
    -- NFKC and case-folded by the application: what uniqueness means to a reader, whatever the server's collation.
    username_folded text        NOT NULL CHECK (username_folded <> ''),
    password_hash   text        NOT NULL CHECK (password_hash ~ '^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$'),
    roles           text[]      NOT NULL DEFAULT '{}' CHECK (array_position(roles, NULL) IS NULL),
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_username_folded_key UNIQUE (username_folded)
);

-- The start path asks whether there is any operator.
CREATE INDEX users_operators ON users (id) WHERE 'operator' = ANY (roles);

-- One login. Revocation lives here and not on its tokens: locking this row orders every refresh and every
-- revocation of the family, so that no successor issued at the same moment escapes.
CREATE TABLE sessions (
    id             uuid        PRIMARY KEY DEFAULT uuidv7(),
    user_id        uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoked_reason text        CHECK (revoked_reason IN ('logout', 'reuse')),
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);

CREATE INDEX sessions_user ON sessions (user_id, created_at);

-- The refresh tokens of a session, one of them not yet rotated. Only the SHA-256 is kept: 256 random bits need no salt.
CREATE TABLE refresh_tokens (
    token_sha256 bytea       PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    session_id   uuid        NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at    timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CHECK (expires_at > issued_at),
    rotated_at   timestamptz
);

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id, expires_at);
CREATE UNIQUE INDEX refresh_tokens_one_live ON refresh_tokens (session_id) WHERE rotated_at IS NULL;
