"""A ZIP whose bytes follow from its contents alone, on every machine: stored, sorted, undated, nothing optional.

So an archive can be checked whole: written again from what it holds, it must come out the same byte by byte.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from consentinel.evidence.errors import PackError
from crawler.observations import Record

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20
_UTF8 = 0x800
_MIDNIGHT, _FIRST_DAY = 0, 0x21
"""The earliest time that the format can say: 1 January 1980."""
_UNIX = 3 << 8
_PLAIN_FILE = 0o100644 << 16
_MOST_BYTES = 0xFFFFFFFF
_MOST_FILES = 0xFFFF
_DIRECTORY = "the archive's directory"


class Contents(Record):
    """What could be read of an archive, and what could not."""

    files: dict[str, bytes]
    damaged: dict[str, str]
    """File (or part of the archive) → what is wrong with it."""


def archive(files: Mapping[str, bytes]) -> bytes:
    """Raises PackError for a name that must not be in a pack, and for more than the format holds."""
    parts = _parts(files)
    total = sum(len(part) for _, part in parts)
    if total > _MOST_BYTES or len(files) > _MOST_FILES:
        raise PackError(f"the pack would hold {len(files)} files and {total} bytes; at most 65535 and 4 GiB fit")
    return b"".join(part for _, part in parts)


def read_archive(path: Path) -> Contents:
    """Nothing is written anywhere. Raises PackError for what is no archive at all."""
    raw = path.read_bytes()
    try:
        opened = ZipFile(io.BytesIO(raw))
        names = [entry.filename for entry in opened.infolist()]
    except (BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError) as error:
        if not raw.startswith(b"PK"):
            raise PackError(f"{path}: is not an evidence pack; `consentinel pack` writes one") from error
        return Contents(files={}, damaged={_DIRECTORY: f"cannot be read ({error})"})
    files: dict[str, bytes] = {}
    damaged: dict[str, str] = {}
    with opened:
        for entry, name in zip(opened.infolist(), names, strict=True):
            shown = ascii(name)[1:-1]
            if (fault := name_fault(name)) is not None:
                damaged[shown] = fault
            elif name in files:
                damaged[shown] = "is there twice"
            elif entry.compress_type != ZIP_STORED or entry.file_size > len(raw):
                damaged[shown] = "is compressed or encrypted, which packs never are"
            else:
                try:
                    files[name] = opened.read(entry)
                except (
                    BadZipFile,
                    NotImplementedError,
                    RuntimeError,
                    OSError,
                    EOFError,
                    ValueError,
                    struct.error,
                ) as error:
                    damaged[shown] = f"cannot be read ({error})"
    if not damaged and (changed := _first_difference(files, raw)) is not None:
        damaged[changed] = "bytes of the archive around it are not as they were written"
    return Contents(files=files, damaged=damaged)


def name_fault(name: str) -> str | None:
    """Why a file of this name must not be written to a folder; None: it may."""
    path = PurePosixPath(name)
    if not name or name != str(path) or path.is_absolute() or ".." in path.parts:
        return "its name leads out of the pack"
    if any(character in name for character in '\\:*?"<>|') or not name.isprintable():
        return "its name is not one that every system can write"
    return None


def extract(files: Mapping[str, bytes], folder: Path) -> None:
    """Raises PackError before anything is written when a name leads out of the folder."""
    for name in files:
        if (fault := name_fault(name)) is not None:
            raise PackError(f"{ascii(name)[1:-1]}: {fault}; nothing was extracted")
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _parts(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """The archive in pieces, each with the file it belongs to."""
    parts: list[tuple[str, bytes]] = []
    directory: list[tuple[str, bytes]] = []
    at = 0
    for name in sorted(files):
        if (fault := name_fault(name)) is not None:
            raise PackError(f"{ascii(name)[1:-1]}: {fault}")
        content, written = files[name], name.encode()
        shared = (_UTF8, ZIP_STORED, _MIDNIGHT, _FIRST_DAY, zlib.crc32(content), len(content), len(content))
        header = _LOCAL.pack(b"PK\3\4", _VERSION, *shared, len(written), 0) + written
        entry = _CENTRAL.pack(
            b"PK\1\2", _UNIX | _VERSION, _VERSION, *shared, len(written), 0, 0, 0, 0, _PLAIN_FILE, at & _MOST_BYTES
        )
        parts += [(name, header), (name, content)]
        directory.append((name, entry + written))
        at += len(header) + len(content)
    size = sum(len(entry) for _, entry in directory)
    count = min(len(files), _MOST_FILES)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, size, at & _MOST_BYTES, 0)
    return [*parts, *directory, (_DIRECTORY, end)]


def _first_difference(files: Mapping[str, bytes], raw: bytes) -> str | None:
    at = 0
    for name, part in _parts(files):
        if raw[at : at + len(part)] != part:
            return name
        at += len(part)
    return None if at == len(raw) else _DIRECTORY
