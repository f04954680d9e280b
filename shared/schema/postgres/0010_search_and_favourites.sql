-- Names that can be searched, and what users keep as their favourites.
--
-- Words come folded from the code (shared/domain/names.py), so no dictionary, parser or collation of the server has a
-- say: words are found in a tsvector by themselves or by their beginning, mistyped ones first become words that exist.
-- fastupdate off: a search would have to read the whole list of what was not sorted in yet.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE search_names (
    kind     text     NOT NULL CHECK (kind IN ('league', 'team', 'player', 'manager')),
    id       bigint   NOT NULL,
    name     text     NOT NULL,
    aliases  text[]   NOT NULL,
    country  text     NOT NULL,
    position text     NOT NULL,
    seasons  text[]   NOT NULL,
    -- How many matches are stored about it.
    weight   integer  NOT NULL CHECK (weight >= 0),
    -- The words of its name in their order.
    folded   text     NOT NULL,
    -- Those of all its names, and of each name all its words run together.
    words    tsvector NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX search_names_words ON search_names USING gin (words) WITH (fastupdate = off);
CREATE INDEX search_names_exact ON search_names (folded);

-- Every word of a name. Words one typo apart have a shadow in common (shared/domain/likeness.py); longer ones that are
-- further apart have trigrams in common. "C", so that words which begin alike lie together.
CREATE TABLE search_words (
    word    text      COLLATE "C" PRIMARY KEY,
    shadows integer[] NOT NULL,
    -- That of the heaviest name it ever was in: says which of many words that begin alike are looked for.
    weight  integer   NOT NULL
);

CREATE INDEX search_words_shadows ON search_words USING gin (shadows) WITH (fastupdate = off);
CREATE INDEX search_words_like ON search_words USING gin (word gin_trgm_ops) WITH (fastupdate = off);

-- The words that look most like one. Two letters exchanged and a third replaced leave a word of eleven letters five of
-- its twelve trigrams, so that the usual threshold of 0.3 would lose it.
CREATE FUNCTION search_words_like(typed text, at_most integer) RETURNS SETOF text
    LANGUAGE sql STABLE SET pg_trgm.similarity_threshold = 0.25
    AS 'SELECT word FROM search_words WHERE word % typed ORDER BY similarity(word, typed) DESC LIMIT at_most';

-- No foreign key to what is liked: it is stored in ClickHouse.
CREATE TABLE favourites (
    user_id  uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind     text        NOT NULL CHECK (kind IN ('league', 'team', 'player', 'manager')),
    id       bigint      NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind, id)
);
