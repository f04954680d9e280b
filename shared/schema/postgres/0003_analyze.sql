-- What analyze knows: one fit per league, one forecast per match. json, not jsonb: answers keep the order of their keys.

-- Numbers every wish for a fit. A fit covers all wishes numbered before it began to read.
CREATE SEQUENCE analysis_requests;

CREATE TABLE league_fits (
    league_id bigint PRIMARY KEY,
    covers bigint NOT NULL DEFAULT 0,
    season_id bigint,
    season text NOT NULL DEFAULT '',
    name text NOT NULL DEFAULT '',
    fitted_at timestamptz,
    n_matches integer NOT NULL DEFAULT 0,
    newest_match_at timestamptz,
    next_round integer,
    model json NOT NULL DEFAULT '{}',
    ratings json NOT NULL DEFAULT '[]',
    cautions json NOT NULL DEFAULT '[]'
);

-- A forecast is renewed while its match is coming and never touched after kick-off, so that it can be scored later.
CREATE TABLE forecasts (
    match_id bigint PRIMARY KEY,
    league_id bigint NOT NULL REFERENCES league_fits,
    season_id bigint NOT NULL,
    round integer,
    starts_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    forecast json NOT NULL
);
CREATE INDEX forecasts_by_league ON forecasts (league_id, starts_at, match_id);
