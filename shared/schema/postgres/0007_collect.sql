-- Raw answers, quarantine and player profiles.

-- Where every body lies that a source has answered: kept before it is parsed, so that all tables of football can be made
-- again without a request. Bodies themselves are in the object store, those that came together in one object.
CREATE TABLE raw_answers (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text        NOT NULL,
    path       text        NOT NULL,
    status     integer     NOT NULL,
    etag       text        NOT NULL,
    fetched_at timestamptz NOT NULL,
    -- On whose behalf; season 0: a league's own lists.
    league_id  bigint      NOT NULL,
    season_id  bigint      NOT NULL,
    -- What was asked by one chunk of work is parsed together.
    reading    text        NOT NULL,
    object     text        NOT NULL,
    place      integer     NOT NULL,
    n_bytes    integer     NOT NULL,
    -- Of the body, compared whenever it is read back.
    sha256     bytea       NOT NULL
);

CREATE INDEX raw_answers_newest ON raw_answers (source, path, id DESC);
CREATE INDEX raw_answers_season ON raw_answers (source, league_id, season_id, id);

-- Answers that contradict themselves, with the rules they break. Nothing of a held part reaches the tables of football
-- until a later answer keeps the rules ('resolved') or a person decides that this one is right ('released').
CREATE TABLE quarantine (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text        NOT NULL,
    league_id  bigint      NOT NULL,
    season_id  bigint      NOT NULL,
    -- What was read: a match, or a list such as standings; `ref` says which.
    kind       text        NOT NULL,
    ref        text        NOT NULL,
    -- The slice that is held back; 'detail' holds back the whole match.
    part       text        NOT NULL,
    -- Of the match; a newer version is judged anew. 0 for lists.
    version    bigint      NOT NULL,
    -- [{"rule", "expected", "seen"}]
    violations jsonb       NOT NULL,
    -- The answers that show it: ids of raw_answers.
    evidence   bigint[]    NOT NULL,
    state      text        NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released', 'resolved')),
    n_seen     integer     NOT NULL DEFAULT 1,
    found_at   timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    decided_by text        NOT NULL DEFAULT '',
    note       text        NOT NULL DEFAULT '',
    UNIQUE (source, kind, league_id, season_id, ref, part, version),
    CHECK ((decided_at IS NULL) = (state = 'held'))
);

CREATE INDEX quarantine_held ON quarantine (source, league_id, season_id) WHERE state = 'held';

-- Players seen in line-ups, and what became of asking for their profiles.
CREATE TABLE scrape_players (
    source        text        NOT NULL,
    player_id     bigint      NOT NULL,
    -- Where they were seen first.
    league_id     bigint      NOT NULL,
    season_id     bigint      NOT NULL,
    outcome       text        NOT NULL DEFAULT '' CHECK (outcome IN ('', 'present', 'absent', 'failed')),
    confirmations smallint    NOT NULL DEFAULT 0,
    attempts      smallint    NOT NULL DEFAULT 0,
    reason        text        NOT NULL DEFAULT '',
    -- Not before then; profiles are refreshed seldom.
    due_at        timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (source, player_id)
);

CREATE INDEX scrape_players_due ON scrape_players (source, due_at);

ALTER TABLE scrape_units DROP CONSTRAINT scrape_units_kind_check;
ALTER TABLE scrape_units ADD CONSTRAINT scrape_units_kind_check CHECK (kind IN ('plan', 'round', 'match', 'player'));

-- When a slice was asked for last, whatever it said; `read_at` stays at the first saying of an absence until the second
-- one counts, which must come long enough after it.
ALTER TABLE match_slices ADD COLUMN asked_at timestamptz NOT NULL DEFAULT now();
