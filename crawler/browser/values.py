"""Turning values into keyed digests and shapes, because the values themselves are personal data."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, md5, sha1, sha256
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

import orjson

from crawler.observations import CarriedForm, ValueDigest

_WINDOW: Final = timedelta(days=730)
"""Numbers that read as a time within two years of the visit are times, not identifiers."""
_LENGTHS: Final = range(8, 513)
_DISTINCT: Final = 4
_BITS: Final = 26.0
_MOST_TOKENS: Final = 64
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[a-z]{2,24}", re.I)
_WITHIN = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,24}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_DIGIT = re.compile(r"\d")
_HEX = re.compile(r"[0-9a-f]{8,}", re.I)
_BASE64 = re.compile(r"[\w+/-]{8,}={0,2}")
_WORD = re.compile(r"[A-Za-z]+([_-][A-Za-z]+)*")
_SPLIT = re.compile(r"[^A-Za-z0-9_-]+")
_HASHES: Final = {CarriedForm.MD5: md5, CarriedForm.SHA1: sha1, CarriedForm.SHA256: sha256}
_FLAGS = frozenset({"0", "1", "true", "false", "yes", "no", "y", "n", "on", "off", "null", "undefined", "-"})


class Digester:
    """Digests with the scan's key, so that equal values compare equal within one scan and in no other."""

    def __init__(self, *, key: bytes, keep_values: bool, now: datetime) -> None:
        self._key = key
        self._keep = keep_values
        self._now = now
        self._known: dict[str, ValueDigest] = {}
        self._tokens: dict[str, tuple[str, ...]] = {}
        self.hashed: dict[str, tuple[str, CarriedForm]] = {}
        """Digest of an identifier's hash → digest of the identifier, and which hash; of all values seen so far."""

        self.addresses: set[str] = set()
        """Digests of the e-mail addresses that were typed."""

    def digest(self, content: bytes) -> str:
        return blake2b(content, digest_size=16, key=self._key).hexdigest()

    def value(self, text: str) -> ValueDigest:
        known = self._known.get(text)
        if known is None:
            tokens = identifier_tokens(text, now=self._now)
            known = ValueDigest(
                digest=self._text(text),
                length=len(text),
                shape=shape_of(text, now=self._now),
                tokens=tuple(self._hashing(token) for token in tokens),
                raw=text if self._keep else None,
            )
            if len(text) <= 4096:
                self._known[text] = known
        return known

    def tokens(self, text: str) -> tuple[str, ...]:
        """Digests of the identifier-like parts, without remembering their hashes: what a request carries."""
        known = self._tokens.get(text)
        if known is None:
            known = tuple(self._text(token) for token in identifier_tokens(text, now=self._now))
            if len(text) <= 4096:
                self._tokens[text] = known
        return known

    def typed(self, text: str) -> str | None:
        """Remembers an e-mail address, in lower case, with its hashes; its digest. None: it is none."""
        address = text.strip()
        if not _EMAIL.fullmatch(address):
            return None
        digest = self._text(address.lower())
        self.addresses.add(digest)
        for plain in {address, address.lower()}:
            for form, of in _HASHES.items():
                hashed = of(plain.encode("utf-8", "surrogatepass"), usedforsecurity=False)
                short = base64.urlsafe_b64encode(hashed.digest()).decode().rstrip("=")
                for written in (hashed.hexdigest(), hashed.hexdigest().upper(), short):
                    self.hashed[self._text(written)] = (digest, form)
        return digest

    def addresses_in(self, text: str) -> tuple[str, ...]:
        """Digests of the typed addresses that stand in a text."""
        if not self.addresses or "@" not in text:
            return ()
        found = {self._text(match.lower()) for match in _WITHIN.findall(text)}
        return tuple(sorted(found & self.addresses))

    def _hashing(self, token: str) -> str:
        digest = self._text(token)
        plain = token.encode("utf-8", "surrogatepass")
        for form, of in _HASHES.items():
            self.hashed[self._text(of(plain, usedforsecurity=False).hexdigest())] = (digest, form)
        return digest

    def _text(self, text: str) -> str:
        return self.digest(text.encode("utf-8", "surrogatepass"))


def shape_of(text: str, *, now: datetime) -> str:
    plain = unquote(text).strip()
    if plain == "":
        return "empty"
    if plain.lower() in _FLAGS:
        return "flag"
    if _is_time(plain, now):
        return "timestamp"
    if _holds_address(plain):
        return "email"
    for shape, pattern in (("number", _NUMBER), ("uuid", _UUID), ("jwt", _JWT), ("email", _EMAIL)):
        if pattern.fullmatch(plain):
            return shape
    if plain[0] in "[{" and _json(plain) is not None:
        return "json"
    if _HEX.fullmatch(plain) and _DIGIT.search(plain):
        return "hex"
    if _WORD.fullmatch(plain) and not (len(plain) >= 16 and _mixed(plain[: _LENGTHS.stop])):
        return "word"
    if len(plain) >= 16 and _BASE64.fullmatch(plain):
        return "base64"
    return "text"


def _holds_address(text: str) -> bool:
    """Alone, in JSON, or in Base64 of JSON as in a JWT."""
    coded = text.startswith(("ey", "W3", "Wy", "eW"))
    return ("@" in text or coded) and any(_EMAIL.fullmatch(leaf.strip()) for leaf in _leaves(text, depth=3))


def identifier_tokens(text: str, *, now: datetime) -> tuple[str, ...]:
    """Parts of a value that could single out a person: 8 to 512 characters, 4 different ones, 26 bits or more."""
    found: dict[str, None] = {}
    for part in _leaves(text, depth=3):
        for token in _parts(part):
            if len(token) in _LENGTHS and token not in found and _could_identify(token, now):
                found[token] = None
                if len(found) == _MOST_TOKENS:
                    return tuple(found)
    return tuple(found)


def _parts(text: str) -> Iterator[str]:
    yield from _SPLIT.split(text)
    if "." in text:  # `GA1.2.1234567890.1700000000`: the two numbers together are the identifier
        yield from re.findall(r"(?<![\w.])\d{6,}\.\d{6,}(?![\w.])|\d{8,}\.\d{9,10}(?![\w.])", text)


def _could_identify(token: str, now: datetime) -> bool:
    characters = set(token)
    is_word = _WORD.fullmatch(token) is not None and not _mixed(token)
    if len(characters) < _DISTINCT or is_word or _is_time(token, now):
        return False
    if characters <= set("0123456789."):
        alphabet = 10
    elif characters <= set("0123456789abcdefABCDEF-"):
        alphabet = 16
    elif not (characters & set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") and characters & set("abcdefghijklmnopqrstuvwxyz")):
        alphabet = 36
    else:
        alphabet = 64
    return len(token) * math.log2(alphabet) >= _BITS


def _mixed(token: str) -> bool:
    """Upper and lower case in turns, as random text has and words have not."""
    turns = sum(1 for a, b in pairwise(token) if a.isalpha() and b.isalpha() and a.islower() != b.islower())
    return len(token) >= 12 and turns > len(token) / 4


def _is_time(text: str, now: datetime) -> bool:
    if _DATE.fullmatch(text):
        return True
    if not text.isdecimal() or not text.isascii() or len(text) not in (10, 13, 16):
        return False
    seconds = int(text) / 10 ** (len(text) - 10)
    return bool(abs(seconds - now.timestamp()) <= _WINDOW.total_seconds())


def _leaves(text: str, *, depth: int) -> Iterator[str]:
    """The value itself, decoded; and what stands inside JSON, plain or in base64."""
    plain = unquote(text)
    parsed = _json(plain) if plain[:1] in ("{", "[", '"') else None
    if parsed is not None:
        yield from _walk(parsed, depth)
        return
    decoded = _base64_json(plain) if depth > 0 else None
    if decoded is not None:
        yield from _leaves(decoded, depth=depth - 1)
        return
    yield plain


def _walk(part: object, depth: int) -> Iterator[str]:
    if isinstance(part, dict):
        for value in part.values():
            yield from _walk(value, depth)
    elif isinstance(part, list):
        for value in part:
            yield from _walk(value, depth)
    elif isinstance(part, str):
        if depth > 0:
            yield from _leaves(part, depth=depth - 1)
        else:
            yield part
    elif isinstance(part, (int, float)) and not isinstance(part, bool):
        yield str(part)


def _json(text: str) -> object | None:
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return parsed


def _base64_json(text: str) -> str | None:
    if len(text) < 12 or not text.startswith(("ey", "W3", "Wy", "eW")):
        return None
    body = text.split(".")[1] if _JWT.fullmatch(text) else text
    try:
        decoded = base64.b64decode(body.replace("-", "+").replace("_", "/") + "=" * (-len(body) % 4), validate=True)
        return decoded.decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def aware(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
