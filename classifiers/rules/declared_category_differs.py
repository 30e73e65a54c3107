"""DECL-004."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Purpose
from classifiers.by_catalogue import ByCatalogue
from classifiers.describe import spread, thing
from classifiers.evidence import Evidence, by_item
from classifiers.findings import DeclaredState, Finding, Severity
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION
from crawler.observations import CookieSighting, RequestSighting, StorageSighting

_EXEMPT = (Purpose.NECESSARY, Purpose.CONSENT_RECORD)


class DeclaredCategoryDiffers(Rule):
    """An item is declared for another purpose than curated sources give.

    Why it matters: what is declared as necessary runs without consent [TF V2]; one study found known cookies under
    a wrong purpose on 8.2 % of sites, 2.7 % as necessary [B22 V]. Sources themselves agree on 70 to 93 % of names.

    Fix: move the item to the category of its real use, or write down why this site uses it otherwise.
    """

    id = "DECL-004"
    severity = Severity.MEDIUM
    reads = (CookieSighting, StorageSighting, RequestSighting)
    passed = "No declared item was observed whose declared purpose differs from a curated entry"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        return None if evidence.index.lists_items else "The declaration lists no items, so no item has a category."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        declaration = evidence.declaration
        if declaration is None:
            return
        curated = ByCatalogue(evidence.catalogue)
        declared = [one for one in evidence.seen if one.match.state is DeclaredState.ITEM]
        for _, seen in by_item(declared):
            first = seen[0]
            item = first.match.item
            known = curated.classify(first.sighting)
            if item is None or known is None or known.source.endswith("#host"):
                continue
            purposes = declaration.purposes_of(item)
            if not purposes or known.purpose in purposes or known.purpose is Purpose.UNCLASSIFIED:
                continue
            exempt = all(purpose in _EXEMPT for purpose in purposes)
            yield self.finding(
                evidence,
                seen,
                purpose=known.purpose,
                severity=Severity.HIGH if exempt and known.purpose not in _EXEMPT else self.severity,
                observation=f"Declared as {' or '.join(purposes)}, classified {known.purpose.value} by {known.source}: "
                f"{thing(first)} {spread(evidence, seen, None)}.",
                declared_at=item.place,
                explanations=("Sources agree on a purpose for 70 to 93 % of names only.",),
            )
