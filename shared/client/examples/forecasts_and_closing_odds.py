# %% [markdown]
# # Forecasts against closing odds
# What the market thought at kick-off, its margin taken out, beside what the platform says of the same pairing today.

# %%
import touchline as tl

odds = tl.odds("england", season="2025/26", market="result", closing=True)
prices = odds.pivot_table(index=["match_id", "home_id", "away_id"], columns="outcome", values="decimal")
market = (1 / prices).div((1 / prices).sum(axis=1), axis=0).reset_index()
print(f"{len(market)} matches have closing prices; the mean margin is {((1 / prices).sum(axis=1).mean() - 1):.1%}")

# %%
rows = []
for row in market.head(10).itertuples():
    forecast = tl.pairing("england", int(row.home_id), int(row.away_id))
    ours = forecast["probabilities"]
    rows.append((forecast["home"]["name"], forecast["away"]["name"], row.home, ours["home"], ours["home"] - row.home))
for home, away, theirs, own, difference in sorted(rows, key=lambda each: -abs(each[-1])):
    print(f"{home:>20} - {away:<20} market {theirs:.2f}  ours {own:.2f}  {difference:+.2f}")

# %% [markdown]
# The next round.

# %%
coming = tl.forecasts("england", round="next")
print(coming[["home_name", "away_name", "home", "draw", "away"]].to_string(index=False))
