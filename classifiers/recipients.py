"""Which declared class of recipients a third party belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.declaration import Declaration, Recipient
from classifiers.evidence import Evidence, Seen
from classifiers.parties import covers

INDEPENDENT = "independent_marketing"


def names_recipients(declaration: Declaration) -> bool:
    """Whether anyone is named at all, by class or by item."""
    by_class = any(recipient.entities for recipient in declaration.recipients)
    return by_class or any(item.recipient for item in declaration.items)


def declared_recipient(evidence: Evidence, seen: Sequence[Seen]) -> Recipient | None:
    """By the name of the entity or vendor, by domain, or by an item entry that names its recipient class."""
    declaration = evidence.declaration
    if declaration is None:
        return None
    names = {name.casefold() for one in seen for name in (one.label.entity, one.label.vendor) if name}
    hosts = {one.trace.host for one in seen}
    for recipient in declaration.recipients:
        for entity in recipient.entities:
            if entity.casefold() in names or all(covers(entity, host) for host in hosts):
                return recipient
    by_item = {one.match.item.recipient for one in seen if one.match.item and one.match.item.recipient}
    by_host = {
        item.recipient
        for host in hosts
        for item in declaration.items
        if item.recipient and any(domain != "*" and covers(domain, host) for domain in item.domains)
    }
    return next((recipient for recipient in declaration.recipients if recipient.id in by_item | by_host), None)
