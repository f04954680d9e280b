"""The tables of the shop in Postgres."""
