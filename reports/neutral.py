"""Makes hostile text harmless: names, URLs and titles in a report were written by the pages under audit."""

from __future__ import annotations

import re

_LINE = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
_LIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters: terminal escapes begin here
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # unseen, or turns text
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e0fff]"  # not encodable, or tags nobody sees
)
_JSON = re.compile(f"[<>&\u2028\u2029]|{_LIVE.pattern}")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#!|~&@$])")
_NAME = re.compile(r"[._/]|://|[a-z][A-Z]")
_FORMULA = re.compile(r"^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")


def visible(text: str) -> str:
    """One line in which everything unseen is written out (`⟨U+202E⟩`), so that what is read is what is there."""
    if text.isascii() and text.isprintable():
        return text
    return _LIVE.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", _LINE.sub(" ", text))


def json_safe(text: str) -> str:
    """JSON text with the same content, but safe to print on a terminal or to put into a page."""
    return _JSON.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\n\r\t":
        return character  # only ever between the tokens; inside strings the encoder wrote them out already
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def cell(text: str) -> str:
    """A spreadsheet cell that is never run as a formula."""
    shown = visible(text)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def markdown(text: str) -> str:
    """Literal text for GitHub's and GitLab's Markdown: no HTML, link, mention or reference comes alive."""
    escaped = _MARKDOWN.sub(r"\\\1", visible(text))
    escaped = re.sub(r"(?i)\bwww\.", "www<!-- -->.", escaped)  # bare addresses become links of their own accord
    escaped = re.sub(r":(?=//)", ":<!-- -->", escaped)
    return re.sub(r"\\([@#!])", r"\\\1<!-- -->", escaped)  # mentions and references are looked up after rendering


def code(text: str) -> str:
    """A Markdown code span, also inside tables."""
    shown = visible(text).replace("|", "¦").strip() or "(empty)"
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def capital(sentence: str) -> str:
    """Names and addresses stay as they are written."""
    first = sentence.partition(" ")[0].rstrip(".,:;")
    return sentence if _NAME.search(first) else sentence[:1].upper() + sentence[1:]


def shorten(text: str, length: int) -> str:
    """Cut in the middle, so that the host and the end both stay readable."""
    if len(text) <= length:
        return text
    head = (length - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"
