"""What counts as undeclared: item by item where a list exists, else by the general categories."""

from __future__ import annotations

from classifiers.base import Purpose
from classifiers.declared import category_purposes
from classifiers.evidence import Evidence, Seen
from classifiers.findings import DeclaredState, Severity

NO_DECLARATION = "No declaration was given, so nothing could be held against one."


def is_undeclared(evidence: Evidence, seen: Seen) -> bool:
    """Of a list of items: not in it. Of categories only: no single category covers it, though its technology and
    purpose are each declared somewhere (where they are not, DECL-002 and DECL-003 say so)."""
    if evidence.index.lists_items:
        return seen.match.item is None
    return (
        seen.match.state is DeclaredState.UNDECLARED
        and seen.label.purpose is not Purpose.UNCLASSIFIED
        and seen.trace.technology in evidence.index.technologies
        and seen.label.purpose in declared_purposes(evidence)
    )


def declared_purposes(evidence: Evidence) -> frozenset[Purpose]:
    declaration = evidence.declaration
    if declaration is None:
        return frozenset()
    categories = (*declaration.categories, *declaration.tool_categories)
    return frozenset(purpose for category in categories for purpose in category_purposes(category))


def severity_at(evidence: Evidence, severity: Severity) -> Severity:
    """A list of items decides; general categories only warn."""
    return severity if evidence.index.lists_items else Severity.MEDIUM


def list_at(evidence: Evidence) -> str:
    return "the declared items" if evidence.index.lists_items else "the declared categories"
