"""What consent interfaces offer, layer by layer, as the capture measured them."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Subject
from crawler.visits import ChoiceStatus, Interface, InterfaceControl, Visit

REFUSALS = frozenset({"reject"})


def layers(evidence: Evidence) -> Iterator[tuple[Visit, Interface, int, list[InterfaceControl]]]:
    """Each layer of each interface of each visit."""
    for visit in evidence.visits:
        for interface in visit.interfaces:
            for layer in sorted({control.layer for control in interface.controls}):
                yield visit, interface, layer, [c for c in interface.controls if c.layer == layer]


def no_interface(evidence: Evidence) -> str | None:
    """Why nothing can be said about an interface; None: at least one was measured."""
    if any(visit.interfaces for visit in evidence.visits):
        return None
    return "No consent interface was measured; whether one is needed is CONSENT-006's question."


def interface_subject(evidence: Evidence, interface: Interface | None = None) -> Subject:
    platform = interface.platform if interface else None
    return Subject(kind="interface", name="consent interface", domain=evidence.site, vendor=platform)


def clicks_for(visit: Visit, wanted: str) -> int | None:
    """Actions that a proved choice took; None: it was not proved on this visit."""
    for choice in visit.choices:
        if choice.wanted.value == wanted and choice.status is ChoiceStatus.CONFIRMED:
            return len(choice.clicks)
    return None
