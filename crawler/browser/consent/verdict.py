"""Whether a choice took hold: what independent witnesses say, put together. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.observations import Consent
from crawler.visits import ChoiceStatus, WitnessReading

INTERFACE = "interface"
FAMILIES = {"google_signals": "consent_mode"}
"""Witnesses that only repeat another one count as that one."""


SOME_PURPOSES = frozenset({"consent_mode", "google_signals", "gpp"})
"""Witnesses that know of advertising and analytics only: a choice of some purposes may look whole to them."""


def agrees(*, wanted: Consent, says: Consent) -> bool:
    """Refusing and withdrawing want the same state. Accepting may leave purposes ungranted that nobody asked for."""
    if wanted in (Consent.REJECTED, Consent.WITHDRAWN):
        return says in (Consent.REJECTED, Consent.WITHDRAWN)
    if wanted is Consent.ACCEPTED:
        return says in (Consent.ACCEPTED, Consent.PARTIAL)
    return says is wanted


def _sees_a_part(wanted: Consent, reading: WitnessReading) -> bool:
    whole = reading.says in (Consent.ACCEPTED, Consent.REJECTED)
    return wanted is Consent.PARTIAL and whole and reading.witness in SOME_PURPOSES


def verdict(wanted: Consent, readings: Sequence[WitnessReading]) -> tuple[ChoiceStatus, str]:
    """Status and one sentence why."""
    speaking = [reading for reading in readings if reading.says is not None and not _sees_a_part(wanted, reading)]
    for_it = [reading.witness for reading in speaking if reading.says and agrees(wanted=wanted, says=reading.says)]
    against = [reading for reading in speaking if reading.says and not agrees(wanted=wanted, says=reading.says)]
    if against:
        contrary = "; ".join(f"{reading.witness} says {reading.says}: {reading.detail}" for reading in against)
        agreeing = f", though {' and '.join(for_it)} agree with it" if for_it else ""
        return ChoiceStatus.CONTRADICTED, f"{contrary}{agreeing}."
    if wanted is Consent.UNDECIDED and INTERFACE in for_it:
        return ChoiceStatus.CONFIRMED, "The interface was closed, and nothing was recorded as a choice."
    if len({FAMILIES.get(witness, witness) for witness in for_it}) >= 2:
        return ChoiceStatus.CONFIRMED, f"{', '.join(for_it)} agree on {wanted}."
    existing = [reading for reading in readings if reading.witness != "gpc"]
    if len(for_it) == 1 and for_it[0] != INTERFACE and len(existing) == 1:
        return ChoiceStatus.CONFIRMED, f"{for_it[0]} is the only witness there is, and says {wanted}."
    silent = "; ".join(f"{reading.witness}: {reading.detail}" for reading in readings if reading.says is None)
    only = f"Only {for_it[0]} shows it" if for_it else "No witness shows it"
    return ChoiceStatus.UNCONFIRMED, f"{only}{f' ({silent})' if silent else ''}."
