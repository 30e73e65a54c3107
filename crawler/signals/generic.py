"""Reads a choice out of a first-party item that nobody documented: what its name and its value say in plain words."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from crawler.observations import Consent
from crawler.signals.base import Category, ConsentRecord, says_of

_ABOUT = re.compile(
    r"consent|cookie|gdpr|ccpa|rgpd|dsgvo|privacy|cmp|tracking|opt[-_ ]?(in|out)|einwilligung|datenschutz", re.I
)
_GRANTED = frozenset(
    [
        "1",
        "true",
        "yes",
        "y",
        "on",
        "allow",
        "allowed",
        "accept",
        "accepted",
        "acceptall",
        "accept_all",
        "accept-all",
        "accepted_all",
        "all",
        "allowall",
        "allow_all",
        "granted",
        "grant",
        "agree",
        "agreed",
        "opt-in",
        "optin",
        "opted-in",
        "opted_in",
        "full",
        "enabled",
        "consented",
        "akzeptiert",
        "ja",
        "oui",
        "si",
        "tak",
    ]
)
_DENIED = frozenset(
    [
        "0",
        "false",
        "no",
        "n",
        "off",
        "deny",
        "denied",
        "reject",
        "rejected",
        "rejectall",
        "reject_all",
        "reject-all",
        "rejected_all",
        "declined",
        "decline",
        "refused",
        "refuse",
        "none",
        "necessary",
        "required",
        "essential",
        "essentials",
        "minimal",
        "opt-out",
        "optout",
        "opted-out",
        "opted_out",
        "disabled",
        "disagree",
        "disagreed",
        "abgelehnt",
        "nein",
        "non",
        "nie",
        "only_necessary",
        "only-necessary",
        "necessary_only",
        "necessary-only",
        "onlynecessary",
        "essential_only",
        "essential-only",
    ]
)
_PLAIN_YES = frozenset(["1", "true", "yes", "y", "on"])
_ANSWERS = frozenset(["yes", "y"])
"""Plain words that answer a question, where a flag such as 1 or true may only note that it was asked."""
_CONSENT_ITSELF = re.compile(r"consent(?!\w*(banner|bar|notice|popup|modal))|einwilligung", re.I)
_WAS_ASKED = re.compile(
    r"notice|banner|popup|modal|shown|seen|dismiss|hid|clos|ask|set$|saved|given_at|displayed", re.I
)
_PURPOSE = re.compile(
    r"analytic|statisti|market|advert|\bads?\b|ad_|target|social|personali|preferenc|functional|performance|track|media|experience|"
    r"measure|optional|comfort|external|third.?part|remarket|profil|video|maps",
    re.I,
)
_REQUIRED = re.compile(r"necess|essential|required|strict|technical|notwendig|essenziell|security", re.I)
_DEEPEST = 4


def is_about_consent(name: str) -> bool:
    return _ABOUT.search(name) is not None


def is_required_name(category: str) -> bool:
    return _REQUIRED.search(category) is not None


def read_generic(name: str, value: str) -> ConsentRecord | None:
    """None: the item does not read as a choice.

    A plain 1 or true under a name that only says "cookie consent" may mean "was asked" as well as "was granted", so it
    is not read as a grant unless the name says so; a plain no is a denial, and `consent=yes` an answer.
    """
    text = unquote(value).strip().strip('"')[:20_000]
    if not text:
        return None
    if text[0] in "{[":
        return _read_json(name, text)
    if re.search(r"[=:][^,;&|]*[,;&|]", text + ";") and re.search(r"[=:]", text):
        record = _read_pairs(name, text)
        if record is not None:
            return record
    if not is_about_consent(name):
        return None
    word = text.casefold()
    if word in _DENIED:
        return ConsentRecord(platform="", said=_of_name(name, Consent.REJECTED))
    if word in _PLAIN_YES:
        meaning = _name_says(name)
        if meaning is None and word in _ANSWERS and _CONSENT_ITSELF.search(name) and not _WAS_ASKED.search(name):
            meaning = Consent.ACCEPTED
        return None if meaning is None else ConsentRecord(platform="", said=meaning)
    if word in _GRANTED:
        return ConsentRecord(platform="", said=_of_name(name, Consent.ACCEPTED))
    listed = [part for part in re.split(r"[\s,;|+]+", word) if part]
    if len(listed) > 1 and all(_PURPOSE.search(part) or _REQUIRED.search(part) for part in listed):
        optional = any(not _REQUIRED.search(part) for part in listed)
        return ConsentRecord(platform="", said=Consent.ACCEPTED if optional else Consent.REJECTED)
    meaning = _name_says(name)  # a time stamp under a name such as `consent_rejected_at`
    return None if meaning is None else ConsentRecord(platform="", said=meaning)


def _name_says(name: str) -> Consent | None:
    plain = name.casefold()
    if re.search(r"reject|declin|denied|deny|refus|opt[-_ ]?out|abgelehnt|disallow", plain):
        return Consent.REJECTED
    if re.search(r"accepted|acceptall|accept[-_]all|granted|agreed|allowed|opt[-_ ]?in|akzeptiert", plain):
        return Consent.ACCEPTED
    return None


def _of_name(name: str, value_says: Consent) -> Consent:
    """`optout=0` means the opposite of `consent=0`."""
    if _name_says(name) is Consent.REJECTED:
        return Consent.ACCEPTED if value_says is Consent.REJECTED else Consent.REJECTED
    return value_says


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.casefold()
        if word in _GRANTED:
            return True
        if word in _DENIED:
            return False
    return None


def _record(flags: dict[str, bool], about: bool) -> ConsentRecord | None:
    categories = tuple(
        Category(name=key[:40], granted=granted, required=_REQUIRED.search(key) is not None)
        for key, granted in flags.items()
        if _PURPOSE.search(key) or _REQUIRED.search(key)
    )
    if says_of(categories) is not None and (about or len(categories) > 1):
        return ConsentRecord(platform="", categories=categories)
    if about:
        for key, granted in flags.items():
            if re.fullmatch(
                r"(consent|accepted|accept|allowed|granted|agree|agreed|all|choice|status|cookies|value)", key, re.I
            ):
                return ConsentRecord(platform="", said=Consent.ACCEPTED if granted else Consent.REJECTED)
            if re.fullmatch(r"(rejected|declined|denied|refused|optout|opt_out)", key, re.I):
                return ConsentRecord(platform="", said=Consent.REJECTED if granted else Consent.ACCEPTED)
    return None


def _read_pairs(name: str, text: str) -> ConsentRecord | None:
    flags: dict[str, bool] = {}
    for part in re.split(r"[,;&|]", text.strip("{} "))[:100]:
        key, separator, value = (
            re.sub(r"[\"']", "", part).partition("=") if "=" in part else re.sub(r"[\"']", "", part).partition(":")
        )
        granted = _flag(value.strip())
        if separator and granted is not None:
            flags[key.strip()] = granted
    return _record(flags, is_about_consent(name)) if flags else None


def _read_json(name: str, text: str) -> ConsentRecord | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return _read_pairs(name, text)
    about = is_about_consent(name)
    if isinstance(data, list) and about and data and all(isinstance(entry, str) for entry in data):
        optional = any(_PURPOSE.search(entry) and not _REQUIRED.search(entry) for entry in data)
        known = all(_PURPOSE.search(entry) or _REQUIRED.search(entry) for entry in data)
        return ConsentRecord(platform="", said=Consent.ACCEPTED if optional else Consent.REJECTED) if known else None
    flags: dict[str, bool] = {}
    _collect(data, flags, 0)
    return _record(flags, about or is_about_consent(" ".join(flags)))


def _collect(data: object, flags: dict[str, bool], depth: int) -> None:
    if depth > _DEEPEST or not isinstance(data, dict):
        return
    for key, value in list(data.items())[:200]:
        granted = _flag(value)
        if granted is not None:
            flags.setdefault(str(key), granted)
        elif (
            isinstance(value, list) and _names_list(str(key)) is not None and all(isinstance(one, str) for one in value)
        ):
            listed = _names_list(str(key))
            for one in value[:50]:
                flags.setdefault(one, bool(listed))
        else:
            _collect(value, flags, depth + 1)


def _names_list(key: str) -> bool | None:
    """`accepted: [marketing]` lists grants, `rejected: […]` denials."""
    if re.fullmatch(r"(accepted|allowed|granted|enabled|categories|consents?)(categories|purposes)?", key, re.I):
        return True
    if re.fullmatch(r"(rejected|denied|disabled|declined)(categories|purposes)?", key, re.I):
        return False
    return None
