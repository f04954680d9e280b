# %% [markdown]
# # Expected goals from shots, in polars
# Which teams score more than their chances are worth?

# %%
import polars as pl
import touchline as tl

shots = tl.shots("england", season="2025/26", to="polars")
print(f"{shots.height} shots, {shots['xg'].null_count()} of them without an xG value")

# %%
teams = (
    shots.filter(pl.col("xg").is_not_null())
    .group_by("team_name")
    .agg(
        pl.len().alias("shots"),
        pl.col("xg").sum().round(2),
        (pl.col("outcome") == "goal").sum().alias("goals"),
        pl.col("xg").filter(pl.col("situation") != "penalty").mean().round(3).alias("xg_per_shot"),
    )
    .with_columns((pl.col("goals") - pl.col("xg")).round(2).alias("above_chances"))
    .sort("above_chances", descending=True)
)
print(teams)

# %%
match = shots["match_id"][0]
picture = tl.plot.shots(match)
picture  # a notebook shows it
