-- Collection: the queue of record, what the source has answered, and what it asks of us.

CREATE TABLE scrape_jobs (
    id           uuid        PRIMARY KEY DEFAULT uuidv7(),
    -- What is asked, in one canonical text: two jobs of one digest would fetch the same.
    digest       text        NOT NULL,
    requested_by text        NOT NULL,
    leagues      text[]      NOT NULL,
    seasons      text[]      NOT NULL,
    refresh      boolean     NOT NULL DEFAULT false,
    state        text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'blocked')),
    fault        text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    invited_at   timestamptz NOT NULL DEFAULT '-infinity',
    ended_at     timestamptz,
    CHECK ((ended_at IS NULL) = (state IN ('running', 'blocked')))
);

CREATE UNIQUE INDEX scrape_jobs_one_alike ON scrape_jobs (digest) WHERE ended_at IS NULL;
CREATE INDEX scrape_jobs_newest ON scrape_jobs (created_at DESC, id DESC);

-- A caller's Idempotency-Key and what it led to.
CREATE TABLE scrape_requests (
    user_id    text        NOT NULL,
    key        text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 200),
    digest     text        NOT NULL,
    job_id     uuid        NOT NULL REFERENCES scrape_jobs (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);

-- One piece of work. Celery only invites; this row says what is to do, who does it, and how it ended.
CREATE TABLE scrape_units (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id       uuid        NOT NULL REFERENCES scrape_jobs (id) ON DELETE CASCADE,
    kind         text        NOT NULL CHECK (kind IN ('plan', 'round', 'match')),
    league_id    bigint      NOT NULL,
    season_id    bigint      NOT NULL DEFAULT 0,
    ref          text        NOT NULL,
    -- 'quarantined': fetched, but the numbers contradict each other, so nothing of it is stored.
    state        text        NOT NULL DEFAULT 'pending'
                             CHECK (state IN ('pending', 'done', 'absent', 'failed', 'quarantined')),
    attempts     smallint    NOT NULL DEFAULT 0,
    reason       text        NOT NULL DEFAULT '',
    version      bigint      NOT NULL DEFAULT 0,
    n_rows       integer     NOT NULL DEFAULT 0,
    not_before   timestamptz NOT NULL DEFAULT '-infinity',
    lease_owner  text,
    leased_until timestamptz,
    ended_at     timestamptz,
    UNIQUE (job_id, kind, league_id, season_id, ref),
    CHECK ((lease_owner IS NULL) = (leased_until IS NULL)),
    CHECK ((ended_at IS NULL) = (state = 'pending')),
    CHECK (lease_owner IS NULL OR state = 'pending')
);

CREATE INDEX scrape_units_open ON scrape_units (job_id, kind, id) WHERE state = 'pending';
CREATE INDEX scrape_units_leased ON scrape_units (lease_owner) WHERE lease_owner IS NOT NULL;

-- Matches as the lists of the source named them last: what is expected, and what is due.
CREATE TABLE scrape_matches (
    source                text        NOT NULL,
    match_id              bigint      NOT NULL,
    league_id             bigint      NOT NULL,
    season_id             bigint      NOT NULL,
    round_ref             text        NOT NULL,
    home_id               bigint      NOT NULL,
    away_id               bigint      NOT NULL,
    starts_at             timestamptz NOT NULL,
    status_code           integer     NOT NULL,
    -- Ended by playing (or by decision) as far as the source can say; only then details are asked for.
    finished              boolean     NOT NULL,
    has_xg                boolean     NOT NULL,
    has_player_statistics boolean     NOT NULL,
    version               bigint      NOT NULL,
    PRIMARY KEY (source, match_id)
);

CREATE INDEX scrape_matches_season ON scrape_matches (source, league_id, season_id, round_ref);

-- Every list read in full: its round or page, when, and the ETag that makes the next reading cheap.
CREATE TABLE scrape_lists (
    source    text        NOT NULL,
    path      text        NOT NULL,
    league_id bigint      NOT NULL,
    season_id bigint      NOT NULL,
    ref       text        NOT NULL,
    etag      text        NOT NULL,
    read_at   timestamptz NOT NULL,
    PRIMARY KEY (source, path)
);

CREATE INDEX scrape_lists_season ON scrape_lists (source, league_id, season_id);

-- The three outcomes of a slice of a match. 'failed' never turns into 'absent' by itself: an outage is not an answer.
CREATE TABLE match_slices (
    source        text        NOT NULL,
    match_id      bigint      NOT NULL,
    slice         text        NOT NULL
                              CHECK (slice IN ('detail', 'statistics', 'lineups', 'incidents', 'shotmap', 'managers')),
    outcome       text        NOT NULL CHECK (outcome IN ('present', 'absent', 'failed')),
    -- How often the source said "there is none"; absent is definitive from two on, or by the match's own flags.
    confirmations smallint    NOT NULL DEFAULT 0,
    reason        text        NOT NULL DEFAULT '',
    attempts      smallint    NOT NULL DEFAULT 0,
    -- Version of the match it was read for; a newer match is read anew.
    version       bigint      NOT NULL,
    read_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, match_id, slice)
);

-- One row per source: the next free moment of the shared token bucket, and the circuit.
CREATE TABLE source_state (
    source         text        PRIMARY KEY,
    next_at        timestamptz NOT NULL DEFAULT '-infinity',
    n_refusals     integer     NOT NULL DEFAULT 0,
    blocked_at     timestamptz,
    blocked_reason text        NOT NULL DEFAULT ''
);
