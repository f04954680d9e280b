-- Raw answers that were kept long enough (RAW_KEEP_DAYS) and are no more, counted by whose they were: what
-- `touchline rebuild` cannot make again.
CREATE TABLE raw_expired (
    source        text        NOT NULL,
    league_id     bigint      NOT NULL,
    season_id     bigint      NOT NULL,
    n_answers     bigint      NOT NULL,
    fetched_until timestamptz NOT NULL,
    PRIMARY KEY (source, league_id, season_id)
);

-- Their objects, until the store has deleted them: a worker that dies in between is followed by one that goes on.
CREATE TABLE raw_expiring (
    object text PRIMARY KEY
);

-- Rows are written in order of their age; a summary of their blocks finds the oldest and costs next to nothing.
CREATE INDEX raw_answers_age ON raw_answers USING brin (fetched_at);
