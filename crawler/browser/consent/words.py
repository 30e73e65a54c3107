"""What a control's words mean (accept, reject, settings, save …) in the languages of words.yaml."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ruamel.yaml import YAML


class Meaning(StrEnum):
    """What a control does. The order of the spoken ones is their precedence when several occur in one label."""

    REJECT = "reject"
    SAVE = "save"
    SETTINGS = "settings"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    POLICY = "policy"
    CLOSE = "close"
    TOGGLE = "toggle"
    UNKNOWN = "unknown"


_SPOKEN = (
    Meaning.REJECT,
    Meaning.SAVE,
    Meaning.SETTINGS,
    Meaning.WITHDRAW,
    Meaning.ACCEPT,
    Meaning.POLICY,
    Meaning.CLOSE,
)
SHORT = 3
"""Characters of a phrase that counts only as a whole label or at its beginning. Ideographs carry more, so not there."""
LONGEST_LABEL = 90
"""Characters: a longer text is a sentence, not a label."""
_IN_SOURCES = (
    "gdpr",
    "dsgvo",
    "ccpa",
    "tcfapi",
    "__gpp",
    r"\bcmp\b",
    r"cookie[-_ ]?(banner|bar|notice|law|bot|wall|hub|first|yes|info|script|pro|policy|choice|setting|prefer)",
    "onetrust",
    "usercentrics",
    "didomi",
    "trustarc",
    "quantcast",
    "tarteaucitron",
    "klaro",
    "iubenda",
    "termly",
    "osano",
)
CLOSING_SIGNS = frozenset("×✕✖✗x⨯╳")


class Reading(NamedTuple):
    meaning: Meaning
    language: str
    """ISO 639-1 of the list that matched; `sign` for a bare ×."""
    whole: bool
    """The phrase is the whole label."""
    phrase: str


class _Phrase(NamedTuple):
    text: str
    meaning: Meaning
    language: str


def plain(text: str) -> str:
    """Case-folded, composed, one space between words, no punctuation, signs or control characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(" " if unicodedata.category(sign)[0] in "PSZC" else sign for sign in folded)
    return " ".join(letters.split())


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    source = files("crawler.browser.consent").joinpath("words.yaml").read_text("utf-8")
    lists: dict[str, dict[str, list[str]]] = YAML(typ="safe").load(source)
    return lists


@cache
def _phrases() -> tuple[_Phrase, ...]:
    """Longest first; on a tie by precedence of meaning."""
    found = {
        _Phrase(plain(text), meaning, language)
        for language, meanings in _lists().items()
        for meaning in _SPOKEN
        for text in meanings.get(meaning.value, ())
    }
    return tuple(sorted(found, key=lambda p: (-len(p.text), _SPOKEN.index(p.meaning), p.language)))


@cache
def _whole() -> dict[str, _Phrase]:
    table: dict[str, _Phrase] = {}
    for phrase in _phrases():
        table.setdefault(phrase.text, phrase)
    return table


def languages() -> tuple[str, ...]:
    return tuple(_lists())


def _unspaced(text: str) -> bool:
    """Chinese, Japanese and Korean: words are not separated, or take endings without a space."""
    return any(
        "\u3040" <= sign <= "\u30ff" or "\u3400" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7a3" for sign in text
    )


def _occurs(phrase: str, text: str) -> bool:
    if _unspaced(phrase):
        return phrase in text
    return f" {phrase} " in f" {text} "


@cache
def read(label: str) -> Reading | None:
    """What the label of a control means; None: no phrase of ours occurs in it, or it is a sentence."""
    signs = label.strip().casefold()
    if signs and len(signs) <= 2 and set(signs) <= CLOSING_SIGNS | {"\ufe0f"}:
        return Reading(Meaning.CLOSE, "sign", True, signs)
    if not signs or len(signs) > LONGEST_LABEL:
        return None
    text = plain(label)
    if (exact := _whole().get(text)) is not None:
        return Reading(exact.meaning, exact.language, True, exact.text)
    found: list[_Phrase] = []
    for phrase in _phrases():
        # "no" and "ok" inside a label mean nothing; at its beginning they do ("No, thanks").
        occurs = (
            text.startswith(phrase.text + " ")
            if len(phrase.text) <= SHORT and not _unspaced(phrase.text)
            else _occurs(phrase.text, text)
        )
        if occurs and not any(_occurs(phrase.text, longer.text) for longer in found):
            found.append(phrase)
    # Phrases lost in a long label say little: together they must be a third of it.
    if not found or 3 * sum(len(phrase.text) for phrase in found) < len(text):
        return None
    best = min(found, key=lambda phrase: (_SPOKEN.index(phrase.meaning), -len(phrase.text)))
    return Reading(best.meaning, best.language, False, best.text)


def is_required(label: str) -> bool:
    """The words beside a toggle say that it cannot be refused."""
    text = plain(label)
    return any(_occurs(plain(word), text) for lists in _lists().values() for word in lists["required"])


@cache
def about_pattern() -> str:
    """A regular expression (JavaScript and Python) for the words without which a text is not about consent."""
    words = {word.casefold() for lists in _lists().values() for word in lists["about"]}
    return "|".join(sorted((re.escape(word).replace("\\ ", " ") for word in words), key=len, reverse=True))


@cache
def mention_pattern() -> str:
    """As `about_pattern`, for the source of scripts, where `document.cookie` says nothing about asking for consent."""
    words = {re.escape(w.casefold()).replace("\\ ", " ") for lists in _lists().values() for w in lists["about"]}
    telling = sorted(words - {"cookie", "cookies"}, key=len, reverse=True)
    return "|".join([*telling, *_IN_SOURCES, r"(?<![.\w$])cookies?(?!\s*[=(:]|\.[\w$])"])


def language_of(text: str) -> str | None:
    """The language whose consent vocabulary occurs most in the text; None: none occurs."""
    plainly = plain(text)
    score = {
        language: sum(
            len(word)
            for key in ("about", "accept", "reject", "settings", "policy")
            for word in lists.get(key, ())
            if len(word) > 3 and _occurs(plain(word), plainly)
        )
        for language, lists in _lists().items()
    }
    best = max(score, key=lambda language: score[language])
    return best if score[best] else None


def is_about(text: str) -> bool:
    return re.search(about_pattern(), text.casefold()) is not None
