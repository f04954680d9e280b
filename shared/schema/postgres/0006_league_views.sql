-- What analyze makes of a league beside its fit: season outlook, schedules, form, expected points, its own track record.
CREATE TABLE league_views (
    league_id bigint NOT NULL REFERENCES league_fits,
    name text NOT NULL,
    request bigint NOT NULL,
    made_at timestamptz NOT NULL,
    content json NOT NULL,
    PRIMARY KEY (league_id, name)
);
