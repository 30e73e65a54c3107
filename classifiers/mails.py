"""Samples of e-mails: the pictures that opening one would fetch. Read offline; nothing is ever fetched."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from classifiers.normalise import normalise
from classifiers.parties import host_of
from classifiers.yaml_source import SourceError
from crawler.observations import NameValue, Record

if TYPE_CHECKING:
    from bs4 import Tag

SUFFIXES = (".eml", ".html", ".htm")
TINY = 3
"""Pixels; a picture of at most this width and height shows nothing."""
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted")
_URL = re.compile(r"url\(\s*['\"]?([^'\")\s]+)", re.IGNORECASE)
_LENGTH = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*(?:!important)?\s*", re.IGNORECASE)
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)", re.IGNORECASE)
_TOKEN = re.compile(r"(?=.*\d)[\w.~-]{8,}|[\w-]{16,}|.*@.*")


class RemotePicture(Record):
    """A picture that a mail program fetches from a server when the message is opened."""

    address: str
    """Equal for pictures of one address, and read for nothing else: an evidence pack puts a number in its place."""
    host: str
    template: str
    """The address without what can tell one recipient from another: host, path with `*`, names of parameters."""
    tokens: tuple[str, ...] = ()
    """Names of the parameters (or `path`) that hold what could be one recipient's own."""
    line: int | None
    """In the HTML part."""
    width: int | None = None
    height: int | None = None
    hidden: bool = False

    @property
    def shows_nothing(self) -> bool:
        return self.hidden or (self.width is not None and self.height is not None and self.extent <= TINY)

    @property
    def extent(self) -> int:
        return max(self.width or 0, self.height or 0)


class Mail(Record):
    file: str
    sha256: str
    campaign: str = ""
    """Digest of the subject: samples of one subject are copies of one message. Bare HTML has none, so all is one."""
    pictures: tuple[RemotePicture, ...] = ()
    unread: str | None = None
    """Why its pictures cannot be seen; None: they were."""

    def told(self) -> NameValue:
        return NameValue(name="mail", value=f"{self.file}, sha256:{self.sha256[:16]}")


class MailError(SourceError):
    """A sample cannot be used; the message names the file and what is accepted."""


def read_mails(paths: Iterable[Path]) -> tuple[Mail, ...]:
    """Files, and those of folders, each once. Raises MailError."""
    files = dict.fromkeys(file for path in paths for file in _files(path))
    return tuple(_read(file) for file in files)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not found:
        raise MailError([f"{path}: this folder holds no sample of an e-mail; accepted: {', '.join(SUFFIXES)}"])
    return found


def _read(path: Path) -> Mail:
    if path.suffix.lower() not in SUFFIXES:
        raise MailError([f"{path}: is not a sample of an e-mail; accepted: {', '.join(SUFFIXES)}"])
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MailError([f"{path}: cannot be read ({error.strerror})"]) from error
    if not content.strip():
        raise MailError([f"{path}: is empty"])
    return parse_mail(content, file=str(path))


def parse_mail(content: bytes, *, file: str) -> Mail:
    """`file`: its suffix tells a message from the bare HTML of one. Raises MailError."""
    digest = sha256(content).hexdigest()
    if not file.lower().endswith(".eml"):
        return Mail(file=file, sha256=digest, pictures=tuple(_pictures(content)))
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage), "the default policy makes these"
    if not message.keys():
        raise MailError(
            [f"{file}:1: has no header of an e-mail; save the message as a file (`.eml`) in a mail program"]
        )
    pictures: list[RemotePicture] = []
    unread: str | None = None
    for part in message.walk():
        kind = part.get_content_type()
        if kind in _SEALED:
            unread = f"it is encrypted or sealed ({kind})"
        elif kind == "text/html" and not part.is_attachment():
            try:
                pictures += _pictures(part.get_content())
            except (LookupError, ValueError) as error:  # of a character set that nobody knows, or broken Base64
                unread = f"its HTML part cannot be decoded ({error})"
    subject = " ".join(str(message.get("Subject", "")).split())
    return Mail(
        file=file,
        sha256=digest,
        campaign=sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        pictures=tuple(pictures),
        unread=unread,
    )


def _pictures(html: str | bytes) -> Iterator[RemotePicture]:
    from bs4 import BeautifulSoup, Tag  # slow to load, and hardly any judgement has mails

    for tag in BeautifulSoup(html, "html.parser").find_all(True):
        if not isinstance(tag, Tag):
            continue
        style = _text(tag, "style")
        places = [_text(tag, "background"), *_URL.findall(style)]
        if tag.name == "img":
            places.append(_text(tag, "src"))
        elif tag.name == "style":
            places += _URL.findall(tag.get_text())
        for url in places:
            if (address := _absolute(url)) is not None:
                yield RemotePicture(
                    address=address,
                    host=host_of(address),
                    template=_template(address),
                    tokens=_tokens(address),
                    line=tag.sourceline,
                    width=_pixels(tag, "width", style),
                    height=_pixels(tag, "height", style),
                    hidden=tag.has_attr("hidden") or bool(_UNSEEN.search(style)),
                )


def _pixels(tag: Tag, name: str, style: str) -> int | None:
    """The style wins, as in a browser."""
    styled = re.search(rf"(?:^|;)\s*{name}\s*:([^;]*)", style, re.IGNORECASE)
    found = _LENGTH.fullmatch(styled[1] if styled else _text(tag, name))
    return int(found[1]) if found else None


def _text(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return value.strip() if isinstance(value, str) else ""


def _absolute(url: str) -> str | None:
    """None: nothing is fetched from there."""
    address = f"https:{url}" if url.startswith("//") else url
    try:
        remote = urlsplit(address).scheme in ("http", "https")
    except ValueError:  # `http://[`, which no mail program can resolve either
        return None
    return address if remote else None


def _template(url: str) -> str:
    parts = urlsplit(url)
    path = "/".join("*" if _own(part) else normalise(part) for part in parts.path.split("/"))
    names = ",".join(sorted(name for name, _ in _query(url)))
    return f"{host_of(url)}{path}{f' ({names})' if names else ''}"


def _tokens(url: str) -> tuple[str, ...]:
    named = [name for name, value in _query(url) if _TOKEN.fullmatch(value)]
    segments = [part for part in urlsplit(url).path.split("/")[1:] if _TOKEN.fullmatch(_stem(part))]
    return tuple(dict.fromkeys([*(["path"] if segments else []), *named]))


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return []


def _own(part: str) -> bool:
    return part.isdigit() or bool(_TOKEN.fullmatch(_stem(part)))


def _stem(part: str) -> str:
    return part.rpartition(".")[0] or part
