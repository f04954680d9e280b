-- name: put_names
INSERT INTO search_names AS old (kind, id, name, aliases, country, position, seasons, weight, folded, words)
SELECT kind, id, name, aliases, country, position, seasons, weight, folded, array_to_tsvector(words)
FROM json_to_recordset(%(names)s) AS new (
    kind text, id bigint, name text, aliases text[], country text, position text, seasons text[], weight integer,
    folded text, words text[]
)
ORDER BY kind, id
ON CONFLICT (kind, id) DO UPDATE SET
    name = EXCLUDED.name, aliases = EXCLUDED.aliases, country = EXCLUDED.country, position = EXCLUDED.position,
    seasons = EXCLUDED.seasons, weight = EXCLUDED.weight, folded = EXCLUDED.folded, words = EXCLUDED.words
-- An unchanged name costs no write: the same names come with every match.
WHERE (old.name, old.aliases, old.country, old.position, old.seasons, old.weight)
    IS DISTINCT FROM
    (EXCLUDED.name, EXCLUDED.aliases, EXCLUDED.country, EXCLUDED.position, EXCLUDED.seasons, EXCLUDED.weight);

-- name: put_words
INSERT INTO search_words AS old (word, shadows, weight)
SELECT word, shadows, weight
FROM json_to_recordset(%(words)s) AS new (word text, shadows integer[], weight integer)
ORDER BY word
ON CONFLICT (word) DO UPDATE SET weight = EXCLUDED.weight
WHERE old.weight < EXCLUDED.weight;

-- name: drop_names
DELETE FROM search_names;

-- name: drop_words
DELETE FROM search_words;

-- name: find_completions
-- The heaviest words with this beginning.
SELECT word
FROM search_words
WHERE word ^@ %(beginning)s
ORDER BY weight DESC, word
LIMIT %(at_most)s;

-- name: find_near_words
-- The words that each typed word may be a typo of. Trigrams find two typos: short words have too few, and a word that
-- exists was hardly meant to be another that is two typos away.
SELECT typed.word AS typed, near.word AS near
FROM json_to_recordset(%(typed)s) AS typed (word text, shadows integer[])
CROSS JOIN LATERAL (
    (SELECT word FROM search_words WHERE search_words.shadows && typed.shadows LIMIT %(at_most)s)
    UNION
    (SELECT word FROM search_words_like(typed.word, %(at_most)s) AS word
     WHERE length(typed.word) > 5 AND NOT EXISTS (SELECT FROM search_words WHERE search_words.word = typed.word))
) AS near;

-- name: find_by_words
-- The name itself comes first, else it could be lost among many heavier ones that begin alike. Where a word fits
-- nothing, names that look like the whole text come before heavier ones.
SELECT kind, id, name, aliases, country, position, seasons, weight
FROM search_names
WHERE (words @@ %(query)s::tsquery OR folded = %(folded)s)
    -- A filter that is empty lets everything through.
    AND (%(kind)s = '' OR kind = %(kind)s)
    AND (%(country)s = '' OR country = %(country)s)
    AND (%(position)s = '' OR position = %(position)s)
    AND (%(season)s = '' OR %(season)s = ANY (seasons))
ORDER BY
    folded = %(folded)s DESC, CASE WHEN %(one_fits_nothing)s THEN similarity(folded, %(folded)s) END DESC,
    weight DESC, kind, id
LIMIT %(at_most)s;
