"""The mark of a club: a disc in its two colours, drawn beside its name."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from shared.domain.catalogue import club_colours


@lru_cache(maxsize=4096)
def badge(team_id: int, name: str) -> Markup:
    """Return the mark as SVG; its colours are attributes, which a policy without inline styles allows."""
    colours = club_colours.colours_of(team_id, name)
    return Markup(
        '<svg class="badge" viewBox="0 0 16 16" aria-hidden="true">'
        '<circle cx="8" cy="8" r="7.5" fill="{first}"/><path d="M8 .5a7.5 7.5 0 0 1 0 15z" fill="{second}"/></svg>'
    ).format(first=colours.first, second=colours.second)
