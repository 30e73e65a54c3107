"""Where fetched lists are kept: content under its digest, and one small record that says which content counts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, time
from hashlib import sha256
from pathlib import Path

import orjson
from pydantic import ValidationError

from classifiers.lists.formats import check
from classifiers.lists.records import KnownList, ListError, ListFile, ListVersion
from classifiers.vendor_files import cache_folder

ASSETS = Path(__file__).parents[1] / "assets"
"""Packages that set-up fetches; not part of the source."""
_RECORD = "version.json"


def lists_folder() -> Path:
    """This user's; `CONSENTINEL_CACHE` or `XDG_CACHE_HOME` moves it."""
    return cache_folder() / "lists"


class Shelf:
    """The record is replaced last and at once, so a reader finds the old list or the new one, never half of each."""

    def __init__(self, folder: Path, *, assets: Path | None = ASSETS) -> None:
        self.folder = folder
        self._assets = assets

    def version(self, known: KnownList) -> ListVersion | None:
        """Of the fetched copy, else of the one that set-up brought; None: there is none."""
        return self.fetched(known) or self._packaged(known)

    def fetched(self, known: KnownList) -> ListVersion | None:
        """Raises ListError when its record cannot be read."""
        record = self._place(known) / _RECORD
        try:
            return ListVersion.model_validate_json(record.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise ListError(f"{record}: cannot be read; `consentinel lists update {known.id}` makes it anew") from error

    def read(self, known: KnownList) -> dict[str, bytes]:
        """File name → content, with the digests checked. Raises ListError; KeyError never: ask `version` first."""
        version = self.version(known)
        if version is None:
            raise ListError(f"{known.title} was never fetched; `consentinel lists update {known.id}` fetches it")
        return {file.name: self._content(known, version, file) for file in version.files}

    def path(self, known: KnownList, version: ListVersion, file: ListFile) -> Path:
        if version.source == "packaged":
            assert self._assets is not None
            assert known.packaged is not None
            return self._assets / known.packaged / file.name
        return self._place(known) / f"{file.sha256[:16]}-{file.name}"

    def put(
        self, known: KnownList, files: Mapping[str, bytes], *, entries: int, version: str, dated: datetime, source: str
    ) -> ListVersion:
        """Keeps what was checked before. The content that it replaces is removed afterwards."""
        listed = tuple(
            ListFile(name=name, sha256=sha256(data).hexdigest(), size=len(data)) for name, data in files.items()
        )
        made = ListVersion(
            id=known.id,
            title=known.title,
            version=version or listed[0].sha256[:12],
            dated=dated,
            source=source,
            licence=known.licence,
            entries=entries,
            files=listed,
        )
        place = self._place(known)
        place.mkdir(parents=True, exist_ok=True)
        for file in listed:
            write_whole(self.path(known, made, file), files[file.name])
        write_whole(place / _RECORD, made.model_dump_json(indent=2).encode())
        kept = {self.path(known, made, file).name for file in listed} | {_RECORD}
        for leftover in place.iterdir():
            if leftover.name not in kept and leftover.is_file():
                leftover.unlink()
        return made

    def _place(self, known: KnownList) -> Path:
        return self.folder / known.id

    def _content(self, known: KnownList, version: ListVersion, file: ListFile) -> bytes:
        path = self.path(known, version, file)
        try:
            data = path.read_bytes()
        except OSError as error:
            fix = f"`consentinel lists update {known.id}` fetches it anew"
            raise ListError(f"{path}: cannot be read ({error.strerror}); {fix}") from error
        if sha256(data).hexdigest() != file.sha256:
            raise ListError(f"{path}: was changed since it was fetched; `consentinel lists update {known.id}`")
        return data

    def _packaged(self, known: KnownList) -> ListVersion | None:
        if known.packaged is None or self._assets is None:
            return None
        folder = self._assets / known.packaged
        paths = [folder / name for name in known.files]
        manifest = folder / "package.json"
        if not manifest.is_file() or not all(path.is_file() for path in paths):
            return None
        content = {path.name: path.read_bytes() for path in paths}
        version = str(orjson.loads(manifest.read_bytes())["version"])
        newest = datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), UTC)
        released = known.released.get(version)
        return ListVersion(
            id=known.id,
            title=known.title,
            version=version,
            dated=datetime.combine(released, time(), UTC) if released else newest,
            source="packaged",
            licence=known.licence,
            entries=check(known.form, content),
            files=tuple(
                ListFile(name=name, sha256=sha256(data).hexdigest(), size=len(data)) for name, data in content.items()
            ),
        )


def write_whole(path: Path, data: bytes) -> None:
    """Replaces the file at once; whoever reads meanwhile gets the old content."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
