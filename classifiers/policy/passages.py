"""A policy page or text as passages: paragraphs, list items and headings that know their lines and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

_BLOCK_TAGS = (
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_UNREAD = frozenset(("script", "style", "noscript", "template", "nav", "head", "svg", "select"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SENTENCE_END = re.compile(r"(?<=[.!?])[”\")]?\s+(?=[A-Z“\"(])")
_LONGEST_HEADING = 90
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|Inc|Ltd|Co|No|vs|approx)\.$")
_WRAP = 60
"""A text whose lines are mostly shorter than this is wrapped by hand, so blank lines part its paragraphs."""


@dataclass(frozen=True, slots=True)
class Link:
    start: int
    end: int
    href: str


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    start: int
    """Offset in its passage."""


@dataclass(frozen=True, slots=True)
class Passage:
    text: str
    marks: tuple[tuple[int, int], ...]
    """Offset in the text and line of the file, ascending."""
    heading: str
    """The heading above; of a heading: its own text."""
    is_heading: bool = False
    lead: str = ""
    """What introduces the list that this is an item of (`… for the following purposes:`)."""
    links: tuple[Link, ...] = ()

    def line_at(self, offset: int) -> int:
        return [line for start, line in self.marks if start <= offset][-1]

    def sentences(self) -> tuple[Sentence, ...]:
        found, start = [], 0
        for end in _SENTENCE_END.finditer(self.text):
            if _ABBREVIATION.search(self.text[start : end.start()]):
                continue
            found.append(Sentence(self.text[start : end.end()].rstrip(), start))
            start = end.end()
        if start < len(self.text):
            found.append(Sentence(self.text[start:], start))
        return tuple(found)


@dataclass
class _Draft:
    """A passage while it is put together; white space is collapsed as it comes."""

    text: str = ""
    marks: list[tuple[int, int]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def add(self, text: str, line: int) -> None:
        for number, part in enumerate(text.split("\n")):
            words = re.sub(r"\s+", " ", part)
            if number and self.text and not self.text.endswith(" "):
                self.text += " "
            if not self.text or self.text.endswith(" "):
                words = words.lstrip()
            if words:
                self.marks.append((len(self.text), line + number))
                self.text += words


def is_html(text: str) -> bool:
    return re.search(r"<(?:!doctype html|html|body|p|div|table|h[1-6])\b", text[:20_000], re.IGNORECASE) is not None


def passages(text: str) -> tuple[Passage, ...]:
    return tuple(_from_html(text) if is_html(text) else _from_text(text))


def language_of_page(text: str) -> str | None:
    """What the page says it is written in, `en`."""
    found = re.search(r"<html[^>]*\slang=[\"']?([A-Za-z]{2})", text[:20_000], re.IGNORECASE)
    return found.group(1).lower() if found else None


def _from_text(text: str) -> Iterator[Passage]:
    lines = text.split("\n")
    filled = sorted(len(line) for line in lines if line.strip())
    wrapped = bool(filled) and filled[len(filled) // 2] < _WRAP * 2 and filled[-1] < _WRAP * 3
    blocks: list[_Draft] = []
    going_on = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            going_on = False
            continue
        if not (wrapped and going_on) or re.match(r"\s*(?:[-*•]|\d+[.)])\s", line):
            blocks.append(_Draft())
        elif blocks[-1].text and not blocks[-1].text.endswith(" "):
            blocks[-1].text += " "
        blocks[-1].add(line.strip(), number)
        going_on = True
    heading = lead = ""
    for block in blocks:
        body = block.text.strip()
        if _reads_as_heading(body):
            heading, lead = body, ""
            yield Passage(body, tuple(block.marks), heading, is_heading=True)
            continue
        yield Passage(body, tuple(block.marks), heading, lead=lead)
        if body.endswith(":"):
            lead = body


def _reads_as_heading(line: str) -> bool:
    return (
        len(line) <= _LONGEST_HEADING
        and not line.endswith((".", ":", ";", ","))
        and not re.match(r"[-*•]", line)
        and len(line.split()) <= 12
        and re.search(r"\d{4}|@", line) is None  # a date or an address stands for itself
    )


def _from_html(text: str) -> Iterator[Passage]:
    body = BeautifulSoup(text, "html.parser")
    heading = lead = ""
    for tag, draft in _blocks(body):
        words = draft.text.strip()
        if not words or not draft.marks:
            continue
        if tag in _HEADINGS:
            heading, lead = words, ""
            yield Passage(words, tuple(draft.marks), heading, is_heading=True, links=tuple(draft.links))
            continue
        in_list = tag in ("li", "dd")
        yield Passage(words, tuple(draft.marks), heading, lead=lead if in_list else "", links=tuple(draft.links))
        if not in_list:
            lead = "" if words.endswith((".", "!", "?")) else words


def _blocks(soup: BeautifulSoup) -> Iterator[tuple[str, _Draft]]:
    """Runs of text between block elements, with the element that holds them."""
    state = _Walk()
    yield from state.walk(soup, "body")
    yield "body", state.draft


class _Walk:
    def __init__(self) -> None:
        self.draft = _Draft()
        self.line = 1

    def walk(self, tag: Tag, block: str) -> Iterator[tuple[str, _Draft]]:
        for child in tag.children:
            if isinstance(child, Tag):
                self.line = child.sourceline or self.line
                if child.name in _UNREAD:
                    continue
                if child.name in _BLOCKS:
                    yield block, self._next()
                    inner = block if child.name == "br" else child.name
                    yield from self.walk(child, inner)
                    yield inner, self._next()
                else:
                    start = len(self.draft.text)
                    yield from self.walk(child, block)
                    if child.name == "a":
                        self.draft.links.append(Link(start, len(self.draft.text), str(child.get("href") or "")))
            elif isinstance(child, NavigableString):
                if not isinstance(child, PreformattedString):  # comments and doctypes are no text
                    self.draft.add(str(child), self.line)
                self.line += str(child).count("\n")

    def _next(self) -> _Draft:
        done, self.draft = self.draft, _Draft()
        return done
