-- A league is marked when its data change and fitted once they pause; what is kept tells what it was made of.

-- Seasons changed since the last fit of their league. A fit covers the marks numbered before it began to read.
CREATE TABLE analysis_marks (
    league_id bigint NOT NULL,
    season_id bigint NOT NULL,
    changed_at timestamptz NOT NULL, -- the newest of its updates
    request bigint NOT NULL,
    first_marked_at timestamptz NOT NULL DEFAULT now(),
    marked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (league_id, season_id)
);

-- Which rules made it (0: before they were numbered), from what.
ALTER TABLE league_fits
    DROP COLUMN covers,
    ADD COLUMN version integer NOT NULL DEFAULT 0,
    ADD COLUMN inputs json NOT NULL DEFAULT '{}';
ALTER TABLE forecasts
    ADD COLUMN version integer NOT NULL DEFAULT 0,
    ADD COLUMN inputs json NOT NULL DEFAULT '{}';

-- Views are stored by the transaction of their fit, so none can be late.
ALTER TABLE league_views DROP COLUMN request;

-- Ratings of all teams week by week: one row per season, rewritten when a correction changes the past.
CREATE TABLE rating_history (
    league_id bigint NOT NULL REFERENCES league_fits,
    season_id bigint NOT NULL,
    starts_in integer NOT NULL,
    season text NOT NULL,
    content json NOT NULL,
    PRIMARY KEY (league_id, season_id)
);
