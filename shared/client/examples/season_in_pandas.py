# %% [markdown]
# # A season in pandas
# Points per match at home and away, and who won the most by a single goal.

# %%
import touchline as tl

matches = tl.matches("england", season="2025/26")
played = matches[matches.status_type == "finished"]
print(f"{len(played)} of {len(matches)} matches are played; the newest kicked off at {played.starts_at.max():%d %b %Y}")

# %%
margin = played.score_home - played.score_away
points = played.assign(home=3 * (margin > 0) + (margin == 0), away=3 * (margin < 0) + (margin == 0))
at_home = points.groupby("home_name").home.mean()
away = points.groupby("away_name").away.mean()
both = at_home.to_frame().join(away).assign(difference=at_home - away).sort_values("difference", ascending=False)
print(both.round(2).to_string())

# %%
narrow = played[margin.abs() == 1]
winners = narrow.home_name.where(margin[narrow.index] > 0, narrow.away_name)
print(winners.value_counts().head(5).to_string())

# %% [markdown]
# The platform's own table ranks by the league's rules, deductions included.

# %%
table = tl.table("england", season="2025/26")
print(table[["rank", "team_name", "matches", "points", "goal_difference"]].to_string(index=False))
