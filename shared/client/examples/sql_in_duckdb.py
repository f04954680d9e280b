# %% [markdown]
# # SQL in DuckDB
# Arrow tables of the client are tables of DuckDB; nothing is copied.

# %%
import duckdb
import touchline as tl

matches = tl.matches("england", season="2025/26", to="arrow")
shots = tl.shots("england", season="2025/26", to="arrow")

# %%
print(
    duckdb.sql("""
        SELECT home_name, away_name, score_home, score_away, round(sum(xg), 2) AS xg, count(*) AS shots
        FROM matches JOIN shots USING (match_id)
        GROUP BY ALL ORDER BY xg DESC LIMIT 5
    """)
)

# %% [markdown]
# Where DuckDB has its httpfs extension, an address is a table as well:
# `FROM 'http://127.0.0.1:8080/stats/leagues/england/matches.parquet?season=2025-26'`.
