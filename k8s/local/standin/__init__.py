"""A stand-in for a football results site: pages, JSON interface and challenge, with simulated or replayed seasons.

It models an outside website: nothing in the product imports it, and it imports only the product's league catalogue.
"""
