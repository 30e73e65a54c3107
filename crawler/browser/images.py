"""Width and height of an image from its first bytes: what makes a pixel a pixel."""

from __future__ import annotations

import re
from struct import unpack
from typing import Final

_SVG_ROOT = re.compile(rb"<svg\b[^>]*>", re.I | re.S)
_SVG_SIZE = re.compile(rb"\b(width|height)\s*=\s*[\"']\s*([\d.]+)(?:px)?\s*[\"']", re.I)
_SVG_BOX = re.compile(rb"\bviewBox\s*=\s*[\"']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)", re.I)
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

Size = tuple[int, int]


def dimensions(content: bytes) -> Size | None:
    """None: not an image that is known, or too short to tell."""
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        return _pair(unpack("<HH", content[6:10]))
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        return _pair(unpack(">II", content[16:24]))
    if content[:2] == b"\xff\xd8":
        return _jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    if content[:2] == b"BM" and len(content) >= 26:
        width, height = unpack("<ii", content[18:26])
        return width, abs(height)
    if content[:4] in (b"\0\0\1\0", b"\0\0\2\0") and len(content) >= 8:
        return content[6] or 256, content[7] or 256
    if content[4:8] == b"ftyp":
        return _iso_media(content)
    return _svg(content)


def _pair(numbers: tuple[int, ...]) -> Size:
    return numbers[0], numbers[1]


def _jpeg(content: bytes) -> Size | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], unpack(">H", content[at + 2 : at + 4])[0]
        if marker in _JPEG_FRAMES:
            height, width = unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


def _webp(content: bytes) -> Size | None:
    kind, body = content[12:16], content[20:]
    if kind == b"VP8 " and len(body) >= 10:
        width, height = unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(body) >= 5:
        bits = unpack("<I", body[1:5])[0]
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    return None


def _iso_media(content: bytes) -> Size | None:
    """AVIF and HEIC: the first `ispe` property is the primary image in every encoder met."""
    at = content.find(b"ispe")
    if at < 0 or len(content) < at + 16:
        return None
    return _pair(unpack(">II", content[at + 8 : at + 16]))


def _svg(content: bytes) -> Size | None:
    root = _SVG_ROOT.search(content[:4096])
    if root is None:
        return None
    sizes = {name.lower(): float(number) for name, number in _SVG_SIZE.findall(root[0])}
    if b"width" in sizes and b"height" in sizes:
        return round(sizes[b"width"]), round(sizes[b"height"])
    box = _SVG_BOX.search(root[0])
    return None if box is None else (round(float(box[1])), round(float(box[2])))
