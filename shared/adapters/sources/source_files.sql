-- Statements about files that were read from an address.

-- name: known
SELECT etag, last_modified, version, encode(sha256, 'hex') AS sha256, object
FROM source_files WHERE source = %(source)s AND address = %(address)s

-- name: remember
INSERT INTO source_files (source, address, etag, last_modified, version, sha256, object, n_bytes, read_at)
VALUES (
    %(source)s, %(address)s, %(etag)s, %(last_modified)s, %(version)s, decode(%(sha256)s, 'hex'), %(object)s,
    %(n_bytes)s, %(read_at)s
)
ON CONFLICT (source, address) DO UPDATE SET
    etag = excluded.etag, last_modified = excluded.last_modified, version = excluded.version,
    sha256 = excluded.sha256, object = excluded.object, n_bytes = excluded.n_bytes, read_at = excluded.read_at
