-- Files of archives that were read from an address: what to tell their server, so that it sends only what is new, and
-- where they are kept as they came.
CREATE TABLE source_files (
    source        text        NOT NULL,
    address       text        NOT NULL,
    etag          text        NOT NULL,
    last_modified text        NOT NULL,
    -- Of the records made of it: milliseconds since 1970.
    version       bigint      NOT NULL,
    sha256        bytea       NOT NULL,
    object        text        NOT NULL,
    n_bytes       bigint      NOT NULL,
    read_at       timestamptz NOT NULL,
    PRIMARY KEY (source, address)
);
