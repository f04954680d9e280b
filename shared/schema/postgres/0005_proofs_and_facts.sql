-- Accounts, third part: how contacts and identities are proven, and what the outbox hands over.
--
--   contacts ── contact_codes                  the code that was sent last; at most one per address
--   users ───── identity_requests ─ identity_files    what was shown to prove an identity; bytes are in the object store

-- An event's own attributes beyond the columns, such as its partition key and its trace.
ALTER TABLE outbox ADD COLUMN extensions json NOT NULL DEFAULT '{}';

CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;

-- Beside what is proven stands at most one claim that may replace it.
CREATE UNIQUE INDEX contacts_one_verified ON contacts (user_id, kind) WHERE verified_at IS NOT NULL;
CREATE UNIQUE INDEX contacts_one_claimed ON contacts (user_id, kind) WHERE verified_at IS NULL;

-- Only the HMAC is kept: six digits are guessed in a moment by whoever can try them all without the key.
CREATE TABLE contact_codes (
    contact_id uuid        PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    code_hmac  bytea       NOT NULL CHECK (octet_length(code_hmac) = 32),
    sent_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > sent_at),
    n_tries    integer     NOT NULL DEFAULT 0 CHECK (n_tries >= 0)
);

CREATE TABLE identity_requests (
    id           uuid        PRIMARY KEY DEFAULT uuidv7(),
    user_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state        text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected')),
    submitted_at timestamptz NOT NULL,
    decided_at   timestamptz,
    -- No foreign key: who decided stays known when they are gone.
    decided_by   uuid,
    reason       text        NOT NULL DEFAULT '' CHECK (char_length(reason) <= 500),
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK ((state = 'pending') = (decided_by IS NULL))
);

CREATE UNIQUE INDEX identity_requests_one_pending ON identity_requests (user_id) WHERE state = 'pending';
CREATE INDEX identity_requests_queue ON identity_requests (state, id);
CREATE INDEX identity_requests_user ON identity_requests (user_id, id);

-- The object's name is made of ids alone, never of what a caller sent.
CREATE TABLE identity_files (
    id           uuid    PRIMARY KEY,
    request_id   uuid    NOT NULL REFERENCES identity_requests (id) ON DELETE CASCADE,
    part         text    NOT NULL CHECK (part IN ('document_front', 'document_back', 'selfie')),
    content_type text    NOT NULL CHECK (content_type IN ('image/jpeg', 'image/png', 'application/pdf')),
    n_bytes      integer NOT NULL CHECK (n_bytes > 0),
    sha256       bytea   NOT NULL CHECK (octet_length(sha256) = 32),
    UNIQUE (request_id, part)
);

-- Operators look users up by the beginning of the name, whatever the server's collation.
CREATE INDEX users_by_name ON users (username_folded text_pattern_ops);
CREATE INDEX users_deletion_due ON users (deletion_due_at) WHERE deletion_due_at IS NOT NULL;
