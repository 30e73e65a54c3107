"""Google consent mode: `gcs` and `gcd` of Google's requests, and the `consent` entries of the data layer.

No official table exists for either parameter: what stands here is what several independent guides agree on, so unknown
letters stay unknown and neither is ever the only evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from crawler.observations import Consent, Record
from crawler.signals.base import Undecodable

GCD_ORDER = ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")
CONSENT_TYPES = (*GCD_ORDER, "functionality_storage", "personalization_storage", "security_storage")


class Granted(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    UNSET = "unset"
    UNKNOWN = "unknown"


class Gcs(Record):
    raw: str
    ad_storage: Granted
    analytics_storage: Granted

    @property
    def says(self) -> Consent | None:
        return _says((self.ad_storage, self.analytics_storage))


class GcdSignal(Record):
    letter: str
    default: Granted
    update: Granted

    @property
    def effective(self) -> Granted:
        return self.default if self.update is Granted.UNSET else self.update


class Gcd(Record):
    raw: str
    ad_storage: GcdSignal
    analytics_storage: GcdSignal
    ad_user_data: GcdSignal
    ad_personalization: GcdSignal

    @property
    def signals(self) -> tuple[GcdSignal, GcdSignal, GcdSignal, GcdSignal]:
        return self.ad_storage, self.analytics_storage, self.ad_user_data, self.ad_personalization

    @property
    def says(self) -> Consent | None:
        return _says(signal.effective for signal in self.signals)


class ConsentMode(Record):
    """The state after all `default` and `update` entries, in order."""

    defaults: tuple[tuple[str, Granted], ...]
    updates: tuple[tuple[str, Granted], ...]
    """The last word of each type by `update`."""
    wait_for_update: int | None = None

    @property
    def effective(self) -> dict[str, Granted]:
        return {**dict(self.defaults), **dict(self.updates)}

    @property
    def says(self) -> Consent | None:
        """Over the types that need consent; security and functionality are granted by most sites without asking."""
        asked = [granted for name, granted in self.effective.items() if name in (*GCD_ORDER, "personalization_storage")]
        return _says(asked)


def _says(states: Iterable[Granted]) -> Consent | None:
    known = {state for state in states if state in (Granted.GRANTED, Granted.DENIED)}
    if not known:
        return None
    if len(known) == 2:
        return Consent.PARTIAL
    return Consent.ACCEPTED if Granted.GRANTED in known else Consent.REJECTED


_DIGIT = {"1": Granted.GRANTED, "0": Granted.DENIED, "-": Granted.UNSET}


def decode_gcs(text: str) -> Gcs | Undecodable:
    """`G1` + ad storage + analytics storage: 1 granted, 0 denied, `-` not set, else unknown. Never raises."""
    if not re.fullmatch(r"G1..", text[:16], re.S):
        return Undecodable(signal="gcs", why="not `G1` and two signs")
    return Gcs(
        raw=text,
        ad_storage=_DIGIT.get(text[2], Granted.UNKNOWN),
        analytics_storage=_DIGIT.get(text[3], Granted.UNKNOWN),
    )


_STATE = (Granted.UNSET, Granted.DENIED, Granted.GRANTED)


def decode_gcd(text: str) -> Gcd | Undecodable:
    """Digits are opaque separators between four letters; so is what follows them, such as the `l1` of
    `13l3l3l3l1l1`. Letter − `l` = 4 × default + update. Never raises."""
    if len(text) > 64 or not re.fullmatch(r"[0-9]+(?:[A-Za-z][0-9]+){4}[A-Za-z0-9]*", text):
        return Undecodable(signal="gcd", why="not four letters between digits")
    letters = re.findall(r"[A-Za-z]", text)[: len(GCD_ORDER)]
    return Gcd(raw=text, **dict(zip(GCD_ORDER, map(_signal, letters), strict=True)))


def _signal(letter: str) -> GcdSignal:
    default, update = divmod(ord(letter) - ord("l"), 4)
    if 0 <= default <= 2 and 0 <= update <= 2:
        return GcdSignal(letter=letter, default=_STATE[default], update=_STATE[update])
    return GcdSignal(letter=letter, default=Granted.UNKNOWN, update=Granted.UNKNOWN)


def fold_consent_mode(entries: Iterable[tuple[str, Mapping[str, object]]]) -> ConsentMode | None:
    """`entries`: (`default` or `update`, its object) in the order of the data layer; None: there is none."""
    defaults: dict[str, Granted] = {}
    updates: dict[str, Granted] = {}
    wait: int | None = None
    any_entry = False
    for command, state in entries:
        if command not in ("default", "update"):
            continue
        any_entry = True
        told = state.get("wait_for_update")
        if isinstance(told, int) and not isinstance(told, bool):
            wait = told
        for name, value in state.items():
            if name in CONSENT_TYPES:
                granted = {"granted": Granted.GRANTED, "denied": Granted.DENIED}.get(str(value), Granted.UNKNOWN)
                (defaults if command == "default" else updates)[name] = granted
    if not any_entry:
        return None
    return ConsentMode(defaults=tuple(defaults.items()), updates=tuple(updates.items()), wait_for_update=wait)
