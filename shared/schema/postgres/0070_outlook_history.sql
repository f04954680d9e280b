-- The outlook of a season as it stood after each round, so that a team's chances can be followed. The row of a round is
-- replaced until the next one is complete and then stays. Three seasons of a league are kept; a fit deletes older ones.
CREATE TABLE outlook_history (
    league_id bigint NOT NULL REFERENCES league_fits,
    season_id bigint NOT NULL,
    round integer NOT NULL CHECK (round >= 0),
    made_at timestamptz NOT NULL,
    teams json NOT NULL,
    PRIMARY KEY (league_id, season_id, round)
);
