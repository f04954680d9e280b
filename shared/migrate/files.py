"""Migration files: how they are named, what was changed after it was applied, and what is still to be applied."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import Conflict, TouchlineError

SQL = Path(__file__).parents[1] / "schema"
_FILE_NAME = re.compile(r"^([0-9]{4})_[a-z0-9_]+\.sql$")


class MigrationFailed(TouchlineError):
    """A migration was refused by its store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file to apply."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The digest of the text, in which the line endings of a checkout do not count."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """Read the files of a folder in the order of their numbers, which may have gaps.

    Raises
    ------
    Conflict : two files share a number, or a name has none.
    """
    files: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        numbered = _FILE_NAME.match(path.name)
        if numbered is None:
            raise Conflict(f"{path.name}: a migration is named 0001_what.sql")
        if numbered[1] in files:
            raise Conflict(f"{path.name} and {files[numbered[1]].name} share a number")
        files[numbered[1]] = Migration(name=path.name, text=path.read_text("utf-8"))
    return tuple(files.values())


def find_missing(applied: Mapping[str, str], files: Sequence[Migration]) -> list[Migration]:
    """Return the files that are not yet applied, also those with a lower number than one that is.

    Parameters
    ----------
    applied : sha256 by name, as recorded by the store. Names without a file belong to a newer release.
    files : the files at hand.

    Raises
    ------
    Conflict : an applied file has another text now.
    """
    changed = [file.name for file in files if applied.get(file.name, file.sha256) != file.sha256]
    if changed:
        raise Conflict(f"changed after they were applied: {', '.join(changed)}; write a new migration instead")
    return [file for file in files if file.name not in applied]
