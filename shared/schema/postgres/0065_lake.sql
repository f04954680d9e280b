-- The lake of the shop: purchases that wait for a file, the files, the days to build again, and the runs that build them.

-- Purchases as they came, until they lie in a file, and their keys for a while after that, so that one delivered again is
-- not loaded again.
CREATE TABLE lake_inbox (
    source      text        NOT NULL,
    id          text        NOT NULL,
    dataset     text        NOT NULL,
    day         date        NOT NULL,
    payload     text        NOT NULL,
    received_at timestamptz NOT NULL,
    file        text,
    PRIMARY KEY (source, id)
);
CREATE INDEX lake_inbox_pending ON lake_inbox (dataset, day) WHERE file IS NULL;
CREATE INDEX lake_inbox_loaded ON lake_inbox (received_at) WHERE file IS NOT NULL;

-- A file of the lake: its name is made of its content, so that the same content is one file. Rows that keep the rules lie
-- under `stage`, the others under `quarantine`, each with its reason.
CREATE TABLE lake_files (
    name          text        PRIMARY KEY,
    dataset       text        NOT NULL,
    day           date        NOT NULL,
    n_rows        bigint      NOT NULL,
    n_staged      bigint      NOT NULL,
    n_quarantined bigint      NOT NULL,
    size_bytes    bigint      NOT NULL,
    loaded_at     timestamptz NOT NULL
);
CREATE INDEX lake_files_day ON lake_files (dataset, day);

-- Fields that a producer added, left out or gave another type.
CREATE TABLE lake_drift (
    dataset    text        NOT NULL,
    field      text        NOT NULL,
    kind       text        NOT NULL,
    n_rows     bigint      NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    PRIMARY KEY (dataset, field, kind)
);

-- Days with rows that no finished run has seen. `marks` rises with each file, and a run takes back only the marks it saw.
CREATE TABLE lake_dirty_days (
    day    date        PRIMARY KEY,
    marks  bigint      NOT NULL,
    reason text        NOT NULL,
    since  timestamptz NOT NULL
);

CREATE TABLE sales_runs (
    id          text        PRIMARY KEY,
    state       text        NOT NULL,
    engine      text        NOT NULL,
    days        date[]      NOT NULL,
    up_to       date,
    n_purchases bigint      NOT NULL DEFAULT 0,
    detail      text        NOT NULL DEFAULT '',
    started_at  timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX sales_runs_latest ON sales_runs (finished_at DESC) WHERE state = 'finished';

-- The catalogue of Iceberg tables, as JDBC catalogues of Iceberg have it (schema V1): pyiceberg and Spark read both.
CREATE TABLE iceberg_tables (
    catalog_name               varchar(255) NOT NULL,
    table_namespace            varchar(255) NOT NULL,
    table_name                 varchar(255) NOT NULL,
    metadata_location          varchar(1000),
    previous_metadata_location varchar(1000),
    iceberg_type               varchar(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE iceberg_namespace_properties (
    catalog_name   varchar(255) NOT NULL,
    namespace      varchar(255) NOT NULL,
    property_key   varchar(255) NOT NULL,
    property_value varchar(1000),
    PRIMARY KEY (catalog_name, namespace, property_key)
);
