"""Parser of the rounds of a season, which are the lists to fetch when matches are collected round by round."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.sofascore.json_reader import optional_objects, part, read_object, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round; cups and play-offs have a slug and a name, sometimes a prefix (`Qualification` ...)."""

    number: int
    slug: str = ""
    prefix: str = ""
    name: str = ""

    @property
    def path(self) -> str:
        """The path of its matches after ``events/round/``."""
        path = str(self.number)
        if self.slug:
            path += f"/slug/{self.slug}"
        if self.prefix:
            path += f"/prefix/{self.prefix}"
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The rounds of a season in the source's order, and the number of the current one."""

    current: int | None
    rounds: tuple[Round, ...]


def parse_rounds(body: str | bytes, *, what: str = "rounds") -> Rounds:
    """Read the rounds; a league without numbered rounds has none.

    Raises
    ------
    InvalidInput : as every parser; `what` names the season in its message.
    """
    content = read_object(body, what)
    current = part(content, "currentRound", what)
    return Rounds(
        current=whole(current, "round", what, "currentRound.round") if current else None,
        rounds=tuple(
            Round(
                number=whole(one, "round", what, "rounds[].round"),
                slug=text(one, "slug", what, "rounds[].slug"),
                prefix=text(one, "prefix", what, "rounds[].prefix"),
                name=text(one, "name", what, "rounds[].name"),
            )
            for one in optional_objects(content, "rounds", what)
        ),
    )
