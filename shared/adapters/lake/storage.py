"""Where the lake's files lie, for engines that read and write them in place: a folder, or a bucket that speaks S3."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from shared import lazy
from shared.settings.stores import ObjectStoreSettings

if TYPE_CHECKING:
    from pyarrow import dataset, fs
else:
    fs, dataset = lazy.Module("pyarrow.fs"), lazy.Module("pyarrow.dataset")

STAGE = "lake/stage"
WAREHOUSE = "lake/warehouse"


class LakeStorage:
    """The store of `OBJECT_STORE_URL`, as file systems know it."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        parts = urlsplit(settings.url)
        self.is_local = parts.scheme == "file"
        self._root = unquote(parts.path).rstrip("/") if self.is_local else parts.path.strip("/")
        self._endpoint = parts.netloc.rpartition("@")[2]
        self._scheme = "http" if parts.scheme == "s3+http" else "https"
        self._key, self._secret = unquote(parts.username or ""), unquote(parts.password or "")
        self._region = parse_qs(parts.query).get("region", ["us-east-1"])[0]

    def path(self, name: str) -> str:
        """Return the path of a file within its file system."""
        return f"{self._root}/{name}"

    def uri(self, name: str) -> str:
        """Return the address of a file, as Iceberg writes it into its metadata."""
        return f"file://{self._root}/{name}" if self.is_local else f"s3://{self._root}/{name}"

    def path_of_uri(self, uri: str) -> str:
        """Return the path of an address that `uri` made."""
        return uri.partition("://")[2]

    @property
    def filesystem(self) -> Any:
        """The file system of pyarrow."""
        if self.is_local:
            return fs.LocalFileSystem()
        return fs.S3FileSystem(
            access_key=self._key,
            secret_key=self._secret,
            endpoint_override=self._endpoint,
            scheme=self._scheme,
            region=self._region,
        )

    def iceberg_properties(self) -> dict[str, str]:
        """Return what pyiceberg's own file access needs."""
        if self.is_local:
            return {}
        return {
            "s3.endpoint": f"{self._scheme}://{self._endpoint}",
            "s3.access-key-id": self._key,
            "s3.secret-access-key": self._secret,
            "s3.region": self._region,
        }

    def dataset(self, paths: Sequence[str]) -> Any:
        """Return Parquet files as one dataset of pyarrow, which engines scan in portions."""
        return dataset.dataset(list(paths), format="parquet", filesystem=self.filesystem)

    def move_in(self, local: Path, name: str) -> None:
        """Move a local file into the store."""
        if self.is_local:
            target = Path(self.path(name))
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = target.with_name(f".{target.name}")
            shutil.move(local, draft)
            draft.replace(target)
            return
        with local.open("rb") as source, self.filesystem.open_output_stream(self.path(name)) as target_stream:
            shutil.copyfileobj(source, target_stream, 1 << 20)
        local.unlink()

    def delete_uris(self, uris: Sequence[str]) -> None:
        """Delete files by their addresses; they may be gone already."""
        system = self.filesystem
        for info in system.get_file_info([self.path_of_uri(uri) for uri in uris]):
            if info.is_file:
                system.delete_file(info.path)
