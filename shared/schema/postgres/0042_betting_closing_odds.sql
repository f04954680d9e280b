-- What the market thought at kick-off of matches we had lines of, where an archive knows it: lines are scored beside it.

CREATE TABLE betting_closing_odds (
    event_id        bigint      PRIMARY KEY REFERENCES betting_events (id) ON DELETE CASCADE,
    bookmaker       text        NOT NULL CHECK (char_length(bookmaker) BETWEEN 1 AND 60),
    home_hundredths integer     NOT NULL CHECK (home_hundredths > 100),
    draw_hundredths integer     NOT NULL CHECK (draw_hundredths > 100),
    away_hundredths integer     NOT NULL CHECK (away_hundredths > 100),
    recorded_at     timestamptz NOT NULL
);
