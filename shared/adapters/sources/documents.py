"""Where files of a source come from: a path, everything below a folder, or an address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shared.adapters.sources.downloads import Reader
from shared.errors import InvalidInput, NotFound
from shared.ports.collection import Document

KINDS = (".csv", ".csv.gz", ".json", ".json.gz", ".parquet")


def is_address(place: str) -> bool:
    """Whether a place is not on this machine."""
    return place.startswith(("http://", "https://"))


def at(place: str, reader: Reader | None = None, *, again: bool = False) -> Iterator[Document]:
    """The files of a place, by `reader` if it is an address; none where the address has nothing new.

    Parameters
    ----------
    again : of an address what was kept of it, without a request.

    Raises
    ------
    NotFound : there is nothing.
    Blocked, Unavailable : the site refuses us, or does not answer.
    """
    if not is_address(place):
        return local(Path(place))
    if reader is None:
        raise InvalidInput(f"{place}: an address needs a running platform, which keeps what was read")
    document = reader.again(place) if again else reader.read(place)
    return iter([document] if document else [])


def local(place: Path) -> Iterator[Document]:
    """The file, or all files below the folder that may hold football; an edition is as old as the file.

    Raises
    ------
    NotFound : there is nothing.
    """
    if not place.exists():
        raise NotFound(f"{place}: no such file or folder")
    paths = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.name.endswith(KINDS))
    if not paths:
        raise NotFound(f"{place}: no file that ends in {', '.join(KINDS)}")
    for path in paths:
        yield _document(path)


def _document(path: Path) -> Document:
    def beside(name: str) -> bytes:
        try:
            return path.with_name(name).read_bytes()
        except OSError as exc:
            raise NotFound(f"{path.with_name(name)}: {exc.strerror}") from exc

    try:
        version, content = int(path.stat().st_mtime * 1000), path.read_bytes()
    except OSError as exc:
        raise InvalidInput(f"{path}: {exc.strerror}") from exc
    return Document(name=str(path), version=version, content=content, sibling=beside)
