-- The files of open archives that are kept fresh: when each is due, how it went last, and what was odd in it.
-- One row for each address of the settings; bounded by leagues, seasons and archives. Rows of addresses that the
-- settings do not name any more are deleted by the next run.
CREATE TABLE archive_files (
    source       text        NOT NULL,
    address      text        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('season', 'country', 'fixtures')),
    league       text        NOT NULL,
    starts_in    integer     NOT NULL,
    state        text        NOT NULL DEFAULT 'new'
        CHECK (state IN ('new', 'fresh', 'missing', 'refused', 'failing')),
    due_at       timestamptz NOT NULL DEFAULT '-infinity',
    -- Who reads it now, and until when nobody else of its source may.
    owner        text        NOT NULL DEFAULT '',
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    tried_at     timestamptz,
    changed_at   timestamptz,
    n_failures   integer     NOT NULL DEFAULT 0,
    fault        text        NOT NULL DEFAULT '',
    n_matches    integer     NOT NULL DEFAULT 0,
    -- At most a hundred, as text; the number of all stands beside.
    findings     jsonb       NOT NULL DEFAULT '[]',
    n_findings   integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (source, address)
);
CREATE INDEX archive_files_due ON archive_files (source, due_at);
