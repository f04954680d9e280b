"""The query parameters that search accepts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.search.ranking import NameSearch
from shared.web.request_models import PageQuery

_Name = Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]


class SearchQuery(PageQuery):
    """A name to search for, and filters; an empty filter allows everything."""

    q: str = Field(max_length=100, description="a name, its beginning, or nearly a name; in any order, without accents")
    kind: Literal["", "league", "team", "player", "manager"] = ""
    country: _Name = Field(default="", description="name of the country in the source")
    position: Literal["", "G", "D", "M", "F"] = Field(default="", description="of a player")
    season: _Name = Field(default="", description="of a league, such as 2024/25")

    def to_search(self) -> NameSearch:
        """Return the search in the domain's terms."""
        return NameSearch(
            text=self.q,
            kind=self.kind,
            country=self.country,
            position=self.position,
            season=self.season.replace("-", "/"),
        )
