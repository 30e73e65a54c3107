"""Whether a value is what the plan says it must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from classifiers.tagplan.plan import Condition, ValueType

_EMAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?:\+|00)[1-9](?:[ ()./-]?\d){7,14}(?!\d)")
_TYPES: dict[ValueType, Callable[[str], bool]] = {
    ValueType.TEXT: lambda value: bool(value.strip()),
    ValueType.INTEGER: lambda value: re.fullmatch(r"-?\d+", value) is not None,
    ValueType.NUMBER: lambda value: re.fullmatch(r"-?\d+(\.\d+)?", value) is not None,
    ValueType.BOOLEAN: lambda value: value.lower() in ("true", "false", "0", "1"),
    ValueType.URL: lambda value: re.match(r"https?://[^\s/]+", unquote(value)) is not None,
    ValueType.CURRENCY: lambda value: re.fullmatch(r"[A-Z]{3}", value) is not None,
}


def mismatch(condition: Condition, value: str) -> str | None:
    """How the value differs, without telling it where it may be personal; None: it is as planned."""
    if condition.no_pii and (kind := personal(value)):
        return f"holds {kind}"
    if condition.equals is not None and value != condition.equals:
        return f"is {_shown(value)}, planned {condition.equals!r}"
    if condition.regex is not None and re.fullmatch(condition.regex, value) is None:
        return f"is {_shown(value)}, planned a value of the form {condition.regex}"
    if condition.type is not None and not _TYPES[condition.type](value):
        return f"is {_shown(value)}, planned of the type {condition.type}"
    return None


def personal(value: str) -> str | None:
    plain = unquote(unquote(value))
    if _EMAIL.search(plain):
        return "an e-mail address"
    return "a telephone number" if _PHONE.search(plain) else None


def undecidable(condition: Condition) -> bool:
    """A value that was not kept can still be there or not; nothing else is known of it."""
    return bool(condition.no_pii or condition.equals is not None or condition.regex or condition.type)


def _shown(value: str) -> str:
    if personal(value):
        return "a value that names a person"
    return repr(value if len(value) <= 60 else f"{value[:59]}…")
